"""Heads of discriminators that look through a frozen network that has seen the world.

Projected GAN (Sauer 2021): features of a frozen network, mixed by frozen random projections, so that no level and no channel can
be singled out, and a small head a level. Vision-aided GAN (Kumari 2022): such heads beside a discriminator that sees the pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from artgen.nn.frozen import looking
from artgen.nn.lite0 import CHANNELS, NAME, SCALES, STRIDES, see

WIDTHS = (48, 64, 96)  # channels of the mixed levels, finest first
RAMP = (
    10_000  # items, real and made, over which the heads join: at once, they are so sure that a new generator collapses
)
BEGIN = 0.01  # their share at first: none would give them no gradient
PLACES = 4  # places a side at which a head answers
SLOPE = 0.2
SEED = 2021  # of the projections, which are drawn anew at every start and so need no place in a checkpoint


class Projections(nn.Module):
    """Frozen random mixing of the levels of Lite0: across channels (1x1), then from coarse to fine (3x3); Sauer 2021, 3.2.

    ``forward([[b, c_i, h_i, w_i], ...] finest first) -> [[b, WIDTHS[i], h_i, w_i], ...]``, of about unit variance."""

    def __init__(self) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(SEED)
        for number, (channels, scale, width) in enumerate(zip(CHANNELS, SCALES, WIDTHS, strict=True)):
            kernel = torch.randn(width, channels, 1, 1, generator=rng) / (sqrt(channels) * scale)
            self.register_buffer(f"across{number}", kernel, persistent=False)
        for number, (fine, coarse) in enumerate(pairwise(WIDTHS)):
            kernel = torch.randn(fine, fine + coarse, 3, 3, generator=rng) / sqrt(9 * (fine + coarse))
            self.register_buffer(f"down{number}", kernel, persistent=False)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        mixed = [F.conv2d(level, self.get_buffer(f"across{number}")) for number, level in enumerate(levels)]
        for number in reversed(range(len(mixed) - 1)):
            coarse = F.interpolate(mixed[number + 1], size=mixed[number].shape[2:])
            both = torch.cat([mixed[number], coarse], 1)
            mixed[number] = F.conv2d(both, self.get_buffer(f"down{number}"), padding=1)
        return mixed


class FeatureHead(nn.Module):
    """One level to logits at about PLACES x PLACES places: ``(x [b, c, h, w], condition [b, k]) -> [b, places]``.

    Halved by strided convolutions; spectral normalization (Miyato 2018) keeps the head slow enough for the generator to follow. A
    class moves the last layer (projection, Miyato & Koyama 2018)."""

    def __init__(self, channels: int, classes: int, halvings: int) -> None:
        super().__init__()
        convs = [nn.Conv2d(channels, channels, 4, 2, 1) for _ in range(halvings)] or [
            nn.Conv2d(channels, channels, 3, padding=1)
        ]
        self.convs = nn.ModuleList(spectral_norm(conv) for conv in convs)
        self.last = spectral_norm(nn.Conv2d(channels, 1, 1))
        self.embed = nn.Linear(classes, channels, bias=False) if classes else None
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, std=1 / sqrt(classes))
        self.scale = 1 / sqrt(channels)

    def from_classes(self, learned: Mapping[str, Tensor], weights: Tensor) -> Mapping[str, Tensor]:
        """See LearnsClasses. What classes added is left out where there are none: the normalized last layer has no room."""
        made = dict(learned)
        before = made.pop("embed.weight", None)
        if self.embed is not None:
            made["embed.weight"] = torch.zeros_like(self.embed.weight) if before is None else before @ weights.T
        return made

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        for conv in self.convs:
            x = F.leaky_relu(conv(x), SLOPE)
        logits = self.last(x)
        if self.embed is not None:
            logits = logits + (self.embed(condition)[:, :, None, None] * x).sum(1, keepdim=True) * self.scale
        return logits.flatten(1)


class FeatureHeads(nn.Module):
    """A head for each level of the frozen network: ``(x [b, c, h, w] in [-1, 1], condition [b, k]) -> [b, places]`` logits.

    - ``classes``: k, 0 where there are none.
    - ``side``: pixels a side, a multiple of 16, to which pictures are resized for the frozen network.

    A gradient penalty does not go through the frozen network (see ``looking``). Their discriminator's networks say so:
    ``feature_sources=(FeatureHeads.source,)``."""

    source = NAME

    def __init__(self, classes: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.projections = Projections()
        halvings = [max(0, (side // stride // PLACES).bit_length() - 1) for stride in STRIDES]
        for number, (width, times) in enumerate(zip(WIDTHS, halvings, strict=True)):
            self.add_module(str(number), FeatureHead(width, classes, times))
        self.places = sum((side // stride >> times) ** 2 for stride, times in zip(STRIDES, halvings, strict=True))

    @property
    def learning(self) -> bool:
        """Whether this is a step in which the heads learn."""
        return self.training and any(parameter.requires_grad for parameter in self.parameters())

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        with looking():
            levels = self.projections(see(self._seen(x)))
        return torch.cat([self.get_submodule(str(number))(level, condition) for number, level in enumerate(levels)], 1)

    @staticmethod
    def beginning() -> Tensor:
        """How far they have come in at first: a number."""
        return torch.full((), BEGIN)

    def join(self, logits: Tensor, pixels: Tensor, joined: Tensor) -> Tensor:
        """Their ``logits [b, places]`` as far as they have come in: at first nearly the pixels' ``[b, 1]``.

        ``joined``: a buffer of the discriminator, which begins as ``beginning()``, grows to 1 while the heads learn, and lies in
        the checkpoint: a start from one in which they have learned has them at once."""
        mixed = pixels + joined.clone() * (logits - pixels)
        if self.learning:
            joined.add_(len(logits) / RAMP).clamp_(max=1)
        return mixed

    def _seen(self, x: Tensor) -> Tensor:
        """As the frozen network wants pictures: in color, at its size."""
        x = x.float().expand(-1, 3, -1, -1)
        if x.shape[2:] == (self.side, self.side):
            return x
        return F.interpolate(x, (self.side, self.side), mode="bilinear", antialias=self.side < min(x.shape[2:]))
