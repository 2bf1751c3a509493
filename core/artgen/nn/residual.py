"""Normalization-free residual networks after R3GAN (Huang 2024), narrow and dense, which is fast on few cores."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn.conv import add_weighed
from artgen.nn.resample import down2, up2

Dims = Literal[1, 2, 3]
_CONVOLUTIONS: dict[int, type[nn.Conv1d | nn.Conv2d | nn.Conv3d]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
SLOPE = 0.2  # of leaky ReLU
GAIN = sqrt(2 / (1 + SLOPE**2))  # keeps the variance through a convolution and a leaky ReLU (He 2015)


def scaled_conv(
    inputs: int, outputs: int, kernel: int, gain: float = GAIN, bias: bool = True, groups: int = 1, dims: Dims = 2
) -> nn.Conv1d | nn.Conv2d | nn.Conv3d:
    """Same-size convolution with weights N(0, gain / sqrt(fan-in)), zero for gain 0, and zero bias.

    - ``inputs``, ``outputs``: channels.
    - ``kernel``: its side, odd.
    - ``gain``: of the weights; 0: the layer begins as zero.
    - ``dims``: 1 for sequences ``[b, c, n]``, 2 for pictures ``[b, c, h, w]``, 3 for films and volumes ``[b, c, t, h, w]``."""
    layer = _CONVOLUTIONS[dims](inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=bias)
    if gain:
        nn.init.normal_(layer.weight, std=gain / sqrt(inputs // groups * kernel**dims))
    else:
        nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class DenseBlock(nn.Module):
    """x + branch(x) with two convolutions of side 3: ``x [b, c, ...], style [b, s] | None, added ([c], [b, 1, ...]) | None ->
    [b, c, ...]``, where ... are as many axes as ``dims`` says: one for sequences, two for pictures, three for films and volumes.

    Fixup initialization (Zhang 2019): the first layer is scaled by depth^(-1/2) of a network of ``depth`` blocks, the last is
    zero. A style scales the channels that enter the branch by 1 + A s. ``added``: strengths of the channels, and values of the
    places, such as noise. Their product is added to what the first layer gives (see ``add_weighed``).
    """

    def __init__(self, channels: int, depth: int, style: int = 0, dims: Dims = 2) -> None:
        super().__init__()
        self.first = scaled_conv(channels, channels, 3, GAIN / sqrt(depth), dims=dims)
        self.last = scaled_conv(channels, channels, 3, 0.0, bias=False, dims=dims)
        self.affine = nn.Linear(style, channels) if style else None

    def forward(self, x: Tensor, style: Tensor | None = None, added: tuple[Tensor, Tensor] | None = None) -> Tensor:
        y = x
        if self.affine is not None and style is not None:
            y = y * (1 + self.affine(style)).reshape(*y.shape[:2], *[1] * (y.dim() - 2))
        y = self.first(y)
        if added is not None:
            y = add_weighed(y, *added)
        return x + self.last(F.leaky_relu(y, SLOPE))


class Resize(nn.Module):
    """Double (or halve) every axis of ``[b, c, ...]`` and change the channels by a convolution of side 1 at the coarser side.
    ``dims``: see ``DenseBlock``."""

    def __init__(self, inputs: int, outputs: int, up: bool, dims: Dims = 2) -> None:
        super().__init__()
        self.mix = scaled_conv(inputs, outputs, 1, 1.0, bias=False, dims=dims) if inputs != outputs else nn.Identity()
        self.up = up

    def forward(self, x: Tensor) -> Tensor:
        return up2(self.mix(x)) if self.up else self.mix(down2(x))
