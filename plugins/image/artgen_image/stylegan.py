"""StyleGAN (Karras 2019) in the form of its second paper (Karras 2020): modulated convolutions, noise, skip outputs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import (
    AddNoise,
    EqualConv2d,
    EqualLinear,
    ModulatedConv2d,
    ProjectionHead,
    StyleGenerator,
    down2,
    minibatch_std,
    pyramid,
    up2,
)
from artgen.types import Noise, SampleOptions


@dataclass(frozen=True)
class StyleSettings:
    """Sizes of z, of the classes, of w; layers between z and w; whether noise is added at every layer."""

    latent: int
    classes: int
    style: int
    mapping_layers: int
    noise: bool


class StyledLayer(nn.Module):
    """Modulated 3x3 convolution, noise, bias, leaky ReLU: ``x [b, i, h, w], w [b, w] -> [b, o, h, w]``."""

    def __init__(self, inputs: int, outputs: int, settings: StyleSettings) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(inputs, outputs, settings.style)
        self.noise = AddNoise(outputs) if settings.noise else None
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, x: Tensor, w: Tensor, noise: Noise) -> Tensor:
        x = self.conv(x, w)
        if self.noise is not None:
            x = self.noise(x, noise)
        return F.leaky_relu(x + self.bias, 0.2) * sqrt(2)


class Stylegan(StyleGenerator):
    """Mapping network, a learned constant, two styled layers a level (one at the first), a sum of the levels' pictures.

    ``(z [b, z], condition [b, k], draws) -> [b, c, h, w]``. Style layer 0 is the first convolution, 2 l - 1 and
    2 l those of level l; a level's picture takes the style of its last convolution. The published network's output is unbounded;
    tanh is put behind it, so that a white ground can be met exactly.
    """

    def __init__(self, settings: StyleSettings, widths: Sequence[int], shape: tuple[int, int, int]) -> None:
        layers = 2 * len(widths) - 1
        super().__init__(settings.latent, settings.classes, settings.style, layers, settings.mapping_layers)
        self.constant = nn.Parameter(torch.randn(1, widths[0], *pyramid(*shape[1:])[0]))
        self.first = StyledLayer(widths[0], widths[0], settings)
        pairs = list(itertools.pairwise(widths))
        self.entering = nn.ModuleList(StyledLayer(a, b, settings) for a, b in pairs)
        self.leaving = nn.ModuleList(StyledLayer(b, b, settings) for _, b in pairs)
        self.pictures = nn.ModuleList(
            ModulatedConv2d(width, shape[0], settings.style, 1, demodulate=False) for width in widths
        )
        self.bias = nn.Parameter(torch.zeros(shape[0], 1, 1))

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        """``w``: ``[b, w]`` or ``[b, style_layers, w]``."""
        ws = self.per_layer(w)
        x = self.first(self.constant.expand(w.shape[0], -1, -1, -1), ws[0], noise)
        picture = self.pictures[0](x, ws[0])
        for level, (enter, leave) in enumerate(zip(self.entering, self.leaving, strict=True), start=1):
            x = leave(enter(up2(x), ws[2 * level - 1], noise), ws[2 * level], noise)
            picture = up2(picture) + self.pictures[level](x, ws[2 * level])
        return torch.tanh(picture + self.bias)


class ResidualDown(nn.Module):
    """(two 3x3 convolutions + a 1x1 shortcut, both halved) / sqrt(2): ``[b, i, h, w] -> [b, o, h / 2, w / 2]``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualConv2d(inputs, inputs, 3)
        self.second = EqualConv2d(inputs, outputs, 3)
        self.shortcut = EqualConv2d(inputs, outputs, 1, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        y = F.leaky_relu(self.first(x), 0.2)
        y = F.leaky_relu(self.second(down2(y)), 0.2)
        return (y + self.shortcut(down2(x))) / sqrt(2)


class StyleganDiscriminator(nn.Module):
    """Residual, with minibatch standard deviation before the last convolution and a class projection.

    ``forward(x [b, c, h, w], condition [b, k]) -> [b, 1]``; an item's logit depends on its group of four.
    """

    def __init__(self, classes: int, widths: Sequence[int], shape: tuple[int, int, int]) -> None:
        super().__init__()
        h, w = pyramid(*shape[1:])[0]
        fine = widths[::-1]
        self.enter = EqualConv2d(shape[0], fine[0], 1)
        self.downs = nn.ModuleList(ResidualDown(a, b) for a, b in itertools.pairwise(fine))
        self.conv = EqualConv2d(widths[0] + 1, widths[0], 3)
        self.dense = EqualLinear(widths[0] * h * w, widths[0])
        self.head = ProjectionHead(widths[0], classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = F.leaky_relu(self.enter(x), 0.2)
        for down in self.downs:
            x = down(x)
        x = F.leaky_relu(self.conv(minibatch_std(x)), 0.2)
        return self.head(F.leaky_relu(self.dense(x.flatten(1)), 0.2), condition)
