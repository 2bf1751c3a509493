"""The default: R3GAN's normalization-free residual networks (Huang 2024) behind a mapping network, cut for few cores.

Two things make it fast without a GPU: ``patch`` pixels a side are folded into channels, so that nothing but the last,
thin layer works at full resolution, and blocks are dense and narrow (``block="dense"``). The output is bounded by tanh,
and the pixel shuffle is smoothed, which keeps its grid out of the picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import GAIN, SLOPE, AddNoise, ProjectionHead, Resize, StyleGenerator, pyramid, scaled_conv, unpatch
from artgen.types import Noise, SampleOptions

GROUP = 16  # channels a group of a bottleneck's convolution
DETAIL = 8  # channels of the only features at full resolution


@dataclass(frozen=True)
class Backbone:
    """What generator, discriminator, encoder and decoder have in common.

    - ``shape``: ``(c, h, w)`` of a picture.
    - ``widths``: channels of every level, coarsest first, the finest being at ``h / patch``.
    - ``blocks``: residual blocks a level.
    """

    shape: tuple[int, int, int]
    widths: tuple[int, ...]
    patch: int = 2
    blocks: int = 1
    block: Literal["dense", "bottleneck"] = "dense"

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """``(h, w)`` of every level, coarsest first."""
        return pyramid(self.shape[1] // self.patch, self.shape[2] // self.patch)

    @property
    def depth(self) -> int:
        """Residual blocks in all."""
        return self.blocks * len(self.widths)


class ResidualBlock(nn.Module):
    """x + branch(x): two 3x3 convolutions (dense), or 1x1 up to 2c, grouped 3x3, 1x1 down (bottleneck, R3GAN).

    Fixup initialization (Zhang 2019): the m layers of a branch are scaled by depth^(-1 / (2m - 2)), the last is zero.
    A style scales the channels that enter the branch, s = 1 + A w; noise enters behind the first convolution.
    ``forward(x [b, c, h, w], w [b, w] | None, draws | None) -> [b, c, h, w]``.
    """

    def __init__(self, channels: int, backbone: Backbone, style: int = 0, noise: bool = False) -> None:
        super().__init__()
        if backbone.block == "dense":
            plan = [(channels, channels, 3, 1), (channels, channels, 3, 1)]
        else:
            groups = max(1, 2 * channels // GROUP)
            plan = [
                (channels, 2 * channels, 1, 1),
                (2 * channels, 2 * channels, 3, groups),
                (2 * channels, channels, 1, 1),
            ]
        gain = GAIN * backbone.depth ** (-1 / (2 * len(plan) - 2))
        last = len(plan) - 1
        self.layers = nn.ModuleList(
            scaled_conv(a, b, kernel, gain if i < last else 0.0, i < last, groups if b % groups == 0 else 1)
            for i, (a, b, kernel, groups) in enumerate(plan)
        )
        self.affine = nn.Linear(style, channels) if style else None
        self.noise = AddNoise(plan[0][1]) if noise else None

    def forward(self, x: Tensor, w: Tensor | None = None, noise: Noise | None = None) -> Tensor:
        y = x
        if self.affine is not None and w is not None:
            y = y * (1 + self.affine(w))[:, :, None, None]
        y = self.layers[0](y)
        if self.noise is not None and noise is not None:
            y = self.noise(y, noise)
        for layer in self.layers[1:]:
            y = layer(F.leaky_relu(y, SLOPE))
        return x + y


class Synthesis(nn.Module):
    """Styles to a picture: ``ws``, one ``[b, w]`` per style layer, ``-> [b, c, h, w]`` in [-1, 1].

    Style layers: the coarsest map (a learned basis times a linear map of w), then one for each residual block. ``noise``: a
    random value per place in each block; ``grain``: in the features at full resolution too. Without them what is finer than a
    patch is the same weave everywhere.
    """

    def __init__(self, style: int, backbone: Backbone, noise: bool, grain: bool = False) -> None:
        super().__init__()
        widths, (c, _, _) = backbone.widths, backbone.shape
        self.style_layers = 1 + backbone.depth
        self.patch = backbone.patch
        self.basis = nn.Parameter(torch.randn(widths[0], *backbone.sizes[0]))
        self.start = nn.Linear(style, widths[0])
        nn.init.normal_(self.start.weight, std=1 / sqrt(style))
        self.changes = nn.ModuleList(Resize(a, b, up=True) for a, b in itertools.pairwise(widths))
        self.levels = nn.ModuleList(
            nn.ModuleList(ResidualBlock(width, backbone, style, noise) for _ in range(backbone.blocks))
            for width in widths
        )
        self.unfold = scaled_conv(widths[-1], DETAIL * self.patch**2, 3, GAIN)
        self.grain = AddNoise(DETAIL) if grain else None
        self.paint = scaled_conv(DETAIL, c, 3, 1.0)

    def forward(self, ws: Sequence[Tensor], noise: Noise) -> Tensor:
        styles = iter(ws)
        x = self.basis * self.start(next(styles))[:, :, None, None]
        for index, level in enumerate(self.levels):
            x = self.changes[index - 1](x) if index else x
            assert isinstance(level, nn.ModuleList)
            for block in level:
                x = block(x, next(styles), noise)
        x = unpatch(self.unfold(x), self.patch)
        if self.grain is not None:
            x = self.grain(x, noise)
        return torch.tanh(self.paint(F.leaky_relu(x, SLOPE)))


class Trunk(nn.Module):
    """A picture to its coarsest feature map: ``[b, c, h, w] -> [b, widths[0], h0, w0]``. Items never meet."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        widths = backbone.widths[::-1]
        self.patch = backbone.patch
        self.fold = scaled_conv(backbone.shape[0] * self.patch**2, widths[0], 3, 1.0)
        self.levels = nn.ModuleList(
            nn.Sequential(*(ResidualBlock(width, backbone) for _ in range(backbone.blocks))) for width in widths
        )
        self.changes = nn.ModuleList(Resize(a, b, up=False) for a, b in itertools.pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        x = self.fold(F.pixel_unshuffle(x, self.patch))
        for index, level in enumerate(self.levels):
            x = level(self.changes[index - 1](x) if index else x)
        return x


class ModernGenerator(StyleGenerator):
    """Mapping network, then Synthesis: ``(z [b, z], condition [b, k], draws) -> [b, c, h, w]`` in [-1, 1]."""

    def __init__(
        self,
        latent: int,
        classes: int,
        style: int,
        mapping_layers: int,
        backbone: Backbone,
        noise: bool,
        grain: bool = False,
    ) -> None:
        super().__init__(latent, classes, style, 1 + backbone.depth, mapping_layers)
        self.net = Synthesis(style, backbone, noise, grain)

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        """``w``: ``[b, w]`` or ``[b, style_layers, w]``."""
        return self.net(self.per_layer(w), noise)


class ModernDiscriminator(nn.Module):
    """Trunk, a learned window per channel over the coarsest map (R3GAN's basis), class projection.

    ``forward(x [b, c, h, w], condition [b, k]) -> [b, 1]``; an item's logit depends on that item only.
    """

    def __init__(self, classes: int, backbone: Backbone) -> None:
        super().__init__()
        (h, w), width = backbone.sizes[0], backbone.widths[0]
        self.trunk = Trunk(backbone)
        self.basis = nn.Parameter(torch.randn(width, h, w) / sqrt(h * w))
        self.head = ProjectionHead(width, classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return self.head((self.trunk(x) * self.basis).sum((2, 3)), condition)
