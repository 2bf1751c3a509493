"""Normalization-free residual networks after R3GAN (Huang 2024), narrow and dense, which is fast on few cores."""

from __future__ import annotations

from math import sqrt

from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn.resample import down2, up2

SLOPE = 0.2  # of leaky ReLU
GAIN = sqrt(2 / (1 + SLOPE**2))  # keeps the variance through a convolution and a leaky ReLU (He 2015)


def scaled_conv(
    inputs: int, outputs: int, kernel: int, gain: float = GAIN, bias: bool = True, groups: int = 1
) -> nn.Conv2d:
    """Same-size convolution with weights N(0, gain / sqrt(fan-in)), zero for gain 0, and zero bias."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=bias)
    if gain:
        nn.init.normal_(layer.weight, std=gain / sqrt(inputs // groups * kernel * kernel))
    else:
        nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class DenseBlock(nn.Module):
    """x + branch(x) with two 3x3 convolutions: ``x [b, c, h, w], style [b, s] | None -> [b, c, h, w]``.

    Fixup initialization (Zhang 2019): the first layer is scaled by depth^(-1/2) of a network of ``depth`` blocks, the last is
    zero. A style scales the channels that enter the branch by 1 + A s.
    """

    def __init__(self, channels: int, depth: int, style: int = 0) -> None:
        super().__init__()
        self.first = scaled_conv(channels, channels, 3, GAIN / sqrt(depth))
        self.last = scaled_conv(channels, channels, 3, 0.0, bias=False)
        self.affine = nn.Linear(style, channels) if style else None

    def forward(self, x: Tensor, style: Tensor | None = None) -> Tensor:
        y = x
        if self.affine is not None and style is not None:
            y = y * (1 + self.affine(style))[:, :, None, None]
        return x + self.last(F.leaky_relu(self.first(y), SLOPE))


class Resize(nn.Module):
    """Double (or halve) the size and change the channels by a 1x1 convolution at the coarser side."""

    def __init__(self, inputs: int, outputs: int, up: bool) -> None:
        super().__init__()
        self.mix = scaled_conv(inputs, outputs, 1, 1.0, bias=False) if inputs != outputs else nn.Identity()
        self.up = up

    def forward(self, x: Tensor) -> Tensor:
        return up2(self.mix(x)) if self.up else self.mix(down2(x))
