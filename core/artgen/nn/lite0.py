"""EfficientNet-lite0 (Tan 2019, without squeeze-and-excitation) up to its block 10, with weights that ship.

The discriminator looks at pictures through it (see ``features``), so no figure of quality may be computed from it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from artgen.nn.frozen import load_frozen
from artgen.nn.resample import depthwise

NAME = "EfficientNet-lite0 (ImageNet)"
WEIGHTS = Path(__file__).parent / "weights" / "lite0.safetensors"
# (factor of the expansion, channels, kernel, repeats, first stride), table 1 of the paper
_BLOCKS = ((1, 16, 3, 1, 1), (6, 24, 3, 2, 2), (6, 40, 5, 2, 2), (6, 80, 3, 3, 2), (6, 112, 5, 3, 1))
CHANNELS = (24, 40, 112)  # of the levels
STRIDES = (4, 8, 16)  # pixels to a place of the levels
SCALES = (11.4, 10.5, 8.5)  # root of the mean square of the levels, over the embedded drawings at 64 px


class Lite0(nn.Module):
    """``[b, 3, h, w]`` in [-1, 1] to its levels: 24 channels at a quarter of the size, 40 at an eighth, 112 at a sixteenth.

    Batch norms are folded into the convolutions. ``h`` and ``w``: multiples of 16.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 32, 3, 2)])
        self._plan: list[
            tuple[int, bool, bool]
        ] = []  # layers of a block, whether its input is added, whether it is a level
        channels = 32
        for factor, width, kernel, repeats, stride in _BLOCKS:
            for repeat in range(repeats):
                step, inner = stride if repeat == 0 else 1, channels * factor
                if factor > 1:
                    self.layers.append(nn.Conv2d(channels, inner, 1))
                padding = kernel // 2 if step == 1 else 0
                self.layers.append(nn.Conv2d(inner, inner, kernel, step, padding, groups=inner))
                self.layers.append(nn.Conv2d(inner, width, 1))
                level = repeat == repeats - 1 and width in CHANNELS
                self._plan.append((3 if factor > 1 else 2, step == 1 and channels == width, level))
                channels = width

    def forward(self, x: Tensor) -> list[Tensor]:
        layers = iter(self.layers)
        x = _relu6(_apply(next(layers), x))
        levels: list[Tensor] = []
        for count, added, level in self._plan:
            y = x
            for number in range(count):
                y = _apply(next(layers), y)
                y = _relu6(y) if number < count - 1 else y
            x = x + y if added else y
            if level:
                levels.append(x)
        return levels


def see(x: Tensor) -> list[Tensor]:
    """Pictures ``[b, 3, h, w]`` in [-1, 1] to the levels, on the device of ``x``. Where mixed precision is on, the whole network
    computes in bfloat16: the copies at the borders of single layers took 40% of its time."""
    if x.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
        with torch.autocast("cpu", enabled=False):
            return load_lite0(x.device, torch.bfloat16)(x.bfloat16().contiguous(memory_format=torch.channels_last))
    return load_lite0(x.device)(x)


def frozen_levels(x: Tensor) -> list[Tensor]:
    """Pictures ``[b, 3, h, w]`` in [-1, 1], sides multiples of 16, to what EfficientNet-lite0 sees at a quarter, an eighth and a
    sixteenth of their size: ``[b, 24 | 40 | 112, ...]``, each of about unit mean square."""
    return [level / scale for level, scale in zip(see(x), SCALES, strict=True)]


def _relu6(x: Tensor) -> Tensor:
    return (
        F.relu6(x) if torch.is_grad_enabled() else F.relu6(x, inplace=True)
    )  # gradients through views are slower in place


def _apply(layer: nn.Module, x: Tensor) -> Tensor:
    """The convolution; one of stride 2 as TensorFlow pads an even side, one pixel more at its end: its kernel has got a row and a
    column of zeros in front (see ``load_lite0``), which is cheaper than padding the picture."""
    assert isinstance(layer, nn.Conv2d)
    if (
        layer.kernel_size[0] == 1
    ):  # a matrix product over channels_last; torch's own 1x1 copies small batches to another layout
        return F.linear(x.permute(0, 2, 3, 1), layer.weight.flatten(1), layer.bias).permute(0, 3, 1, 2)
    stride, padding = layer.stride[0], int(layer.padding[0])
    if layer.groups > 1:
        if x.dtype == torch.bfloat16:
            return _Depthwise.apply(x, layer.weight, layer.bias, stride, padding)
        return depthwise(x, layer.weight, layer.bias, stride, padding)
    return layer(x)


class _Depthwise(torch.autograd.Function):
    """A frozen depthwise convolution in bfloat16. Its gradient in torch takes three to eighty times as long on a CPU; at stride 1
    it is the convolution with the turned kernel, which is fast, at stride 2 float32's."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        ctx.shape, ctx.kernel, ctx.stride, ctx.padding = x.shape, kernel, stride, padding
        return F.conv2d(x, kernel, bias, stride, padding, groups=len(kernel))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient, kernel = gradients[0], ctx.kernel
        if ctx.stride == 1:
            x = F.conv2d(gradient, kernel.flip(2, 3), None, 1, ctx.padding, groups=len(kernel))
        else:
            exact = conv2d_input(
                ctx.shape, kernel.float(), gradient.float(), ctx.stride, ctx.padding, groups=len(kernel)
            )
            x = exact.to(gradient.dtype)
        return x, None, None, None, None


@lru_cache(maxsize=4)
def load_lite0(device: torch.device, dtype: torch.dtype = torch.float32) -> Lite0:
    """The network with its weights, frozen, on ``device``, in ``dtype``."""
    network = load_frozen(Lite0(), WEIGHTS, device)
    for layer in network.layers:
        assert isinstance(layer, nn.Conv2d)
        if layer.stride[0] == 2:
            layer.weight = nn.Parameter(F.pad(layer.weight, (1, 0, 1, 0)), requires_grad=False)
            layer.kernel_size, layer.padding = (layer.weight.shape[2],) * 2, (layer.weight.shape[2] // 2 - 1,) * 2
    return network.to(dtype=dtype, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
