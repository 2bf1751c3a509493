"""Layers of the convolutional GAN families: equalized, modulated and noisy ones."""

from __future__ import annotations

from contextlib import nullcontext
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.contract.networks import Noise


class EqualLinear(nn.Module):
    """Dense layer with equalized learning rate (Karras 2018, section 4.1): ``[b, i] -> [b, o]``.

    Weights are stored as N(0, 1) and scaled by gain / sqrt(fan-in) when used, so that Adam moves every layer alike.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = sqrt(2), bias: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.scale = gain / sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias)


class EqualConv2d(nn.Module):
    """Convolution with equalized learning rate (Karras 2018, section 4.1), stride 1, same size, odd ``kernel``:
    ``[b, i, h, w] -> [b, o, h, w]``."""

    def __init__(self, inputs: int, outputs: int, kernel: int, gain: float = sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / sqrt(inputs * kernel * kernel)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.weight.shape[-1] // 2)


class ModulatedConv2d(nn.Module):
    """Weight-modulated convolution (Karras 2020, equations 1 and 3): ``x [b, i, h, w], w [b, w] -> [b, o, h, w]``.

    Kernel of sample n: s_n,i * weight_o,i, then divided by its norm over i and the window (``demodulate``). Written as
    scale in, convolve, scale out, which is the same map: one dense convolution for the batch instead of b grouped ones.
    """

    def __init__(self, inputs: int, outputs: int, style: int, kernel: int = 3, demodulate: bool = True) -> None:
        super().__init__()
        self.affine = EqualLinear(style, inputs, gain=1.0, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.scale = 1 / sqrt(inputs * kernel * kernel)
        self.demodulate = demodulate

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.affine(w)
        kernel = self.weight * self.scale
        y = F.conv2d(x * style[:, :, None, None], kernel, padding=kernel.shape[-1] // 2)
        if not self.demodulate:
            return y
        norm = style.square() @ kernel.square().sum((2, 3)).T
        return y * torch.rsqrt(norm + 1e-8)[:, :, None, None]


class AddNoise(nn.Module):
    """Add one noise value per place, with a learned strength per channel that starts at 0 (Karras 2019, figure 1)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor, noise: Noise) -> Tensor:
        """``x [b, c, h, w]``; the draws give ``[b, 1, h, w]``."""
        return add_noise(x, self.strength, noise)


def add_noise(x: Tensor, strength: Tensor, noise: Noise) -> Tensor:
    """``x [b, c, h, w]`` and one noise value per place, ``[b, 1, h, w]``, times ``strength``, see ``add_weighed``."""
    return add_weighed(x, strength, noise.normal(1, *x.shape[2:]))


def add_weighed(x: Tensor, strength: Tensor, values: Tensor) -> Tensor:
    """``x [b, c, ...]`` and one value per place, ``values [b, 1, ...]``, times ``strength``, c numbers of any shape. ``x`` may be
    ``[1, c, ...]``, what all works share.

    Computed as a product of places with channels, which keeps ``x``'s precision and, in channels_last, its order in memory. The
    product by broadcasting has another order and, in mixed precision, makes all that follows float32: it takes up to three times
    as long, there and back."""
    if 1 == x.shape[0] != len(values):
        x = x.expand(len(values), *x.shape[1:])
    b, c, *size = x.shape
    places, channels = values.to(x.dtype).reshape(-1, 1), strength.to(x.dtype).reshape(1, c)
    mixed = x.dtype == torch.float32 and torch.is_autocast_enabled(x.device.type)  # which would round x
    with torch.autocast(x.device.type, enabled=False) if mixed else nullcontext():
        made = torch.addmm(x.movedim(1, -1).reshape(-1, c), places, channels)
    return made.view(b, *size, c).movedim(-1, 1)


def pixel_norm(x: Tensor) -> Tensor:
    """Scale the channels at every place to mean square one (Karras 2018, section 4.2): ``[b, c, ...]``."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)
