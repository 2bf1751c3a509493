"""Progressive growing (Karras 2018): from 4x4 upward, each new level faded in, phases as shares of the budget."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import EqualConv2d, EqualLinear, ProjectionHead, minibatch_std, pixel_norm, pyramid
from artgen.types import Noise, SampleOptions


class Stage(NamedTuple):
    """Where the growth stands.

    - ``level``: finest level in use, 0 is the coarsest.
    - ``alpha``: its weight in [0, 1]; 1 when it is not faded.
    """

    level: int
    alpha: float


def stage_at(progress: float, levels: int, final_phase: float) -> Stage:
    """Where growth stands after a share ``progress`` in [0, 1] of the budget; pure, so that a resume is exact.

    The coarsest level is trained alone, each next one is faded in, then trained: 2 levels - 1 phases. The last one
    takes ``final_phase`` of the budget, the others equal parts of the rest (the paper: 600,000 pictures each).
    """
    early = 2 * (levels - 1)
    if early == 0 or progress >= 1 - final_phase:
        return Stage(levels - 1, 1.0)
    phase, share = divmod(max(progress, 0.0) * early / (1 - final_phase), 1)
    level = (int(phase) + 1) // 2
    return Stage(level, share if int(phase) % 2 else 1.0)


class Growing(nn.Module):
    """A network that grows: ``set_progress(share of the budget)`` is all its state, kept in the buffer ``progress``.

    A fresh network is full-grown (progress 1). The stage is read from the buffer again only when it has changed,
    so that loading a checkpoint or averaging weights needs no word to the network, and a GPU is not waited for.
    """

    progress: Tensor

    def __init__(self, levels: int, final_phase: float) -> None:
        super().__init__()
        self.level_count, self.final_phase = levels, final_phase
        self.register_buffer("progress", torch.ones(()))
        self._known: tuple[Tensor, int, Stage] | None = None

    def set_progress(self, progress: float) -> None:
        """Grow to what belongs to this share of the budget, in [0, 1]."""
        self.progress.fill_(progress)

    @property
    def stage(self) -> Stage:
        known = self._known
        if known is not None and torch.compiler.is_exporting():
            return known[2]  # a graph is written of one stage, and has no values to read it from
        if known is None or known[0] is not self.progress or known[1] != self.progress._version:
            stage = stage_at(float(self.progress), self.level_count, self.final_phase)
            self._known = known = (self.progress, self.progress._version, stage)
        return known[2]


class Level(nn.Module):
    """Two 3x3 convolutions with leaky ReLU, each then pixel-normalized if asked: ``[b, i, h, w] -> [b, o, h, w]``."""

    def __init__(self, inputs: int, outputs: int, middle: int, normalize: bool) -> None:
        super().__init__()
        self.first, self.second = EqualConv2d(inputs, middle, 3), EqualConv2d(middle, outputs, 3)
        self.normalize = normalize

    def forward(self, x: Tensor) -> Tensor:
        for conv in (self.first, self.second):
            x = F.leaky_relu(conv(x), 0.2)
            x = pixel_norm(x) if self.normalize else x
        return x


class ProgressiveGenerator(Growing):
    """z and class to a picture of the current level, enlarged to full size: ``[b, z], [b, k] -> [b, c, h, w]``.

    Always full size, so that trainer, augmentation and writer need not know of growth: nearest-neighbor enlarging
    here and averaging in the discriminator cancel exactly. The output is linear, as published, clipped when decoded.
    """

    def __init__(
        self, latent: int, classes: int, widths: Sequence[int], shape: tuple[int, int, int], final_phase: float
    ) -> None:
        super().__init__(len(widths), final_phase)
        self.sizes = pyramid(*shape[1:])
        self.coarsest = (widths[0], *self.sizes[0])
        self.embed = nn.Linear(classes, latent, bias=False) if classes else None
        self.dense = EqualLinear(
            latent * (2 if classes else 1), widths[0] * self.sizes[0][0] * self.sizes[0][1], gain=2**0.5 / 4
        )
        self.start = EqualConv2d(widths[0], widths[0], 3)
        self.levels = nn.ModuleList(Level(a, b, b, True) for a, b in itertools.pairwise(widths))
        self.pictures = nn.ModuleList(EqualConv2d(width, shape[0], 1, gain=1.0) for width in widths)

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        level, alpha = self.stage
        x = pixel_norm(z if self.embed is None else torch.cat([z, self.embed(condition)], 1))
        x = pixel_norm(F.leaky_relu(self.dense(x).reshape(-1, *self.coarsest), 0.2))
        x = before = pixel_norm(F.leaky_relu(self.start(x), 0.2))
        for grow in self.levels[:level]:
            before, x = x, grow(_double(x))
        picture = self.pictures[level](x)
        if alpha < 1:
            picture = torch.lerp(_double(self.pictures[level - 1](before)), picture, alpha)
        return F.interpolate(picture, size=self.sizes[-1], mode="nearest")


class ProgressiveDiscriminator(Growing):
    """The mirror: full-size pictures are averaged down to the current level first. ``[b, c, h, w], [b, k] -> [b, 1]``.

    Minibatch standard deviation before the last convolution, so an item's logit depends on its group of four.
    """

    def __init__(self, classes: int, widths: Sequence[int], shape: tuple[int, int, int], final_phase: float) -> None:
        super().__init__(len(widths), final_phase)
        h, w = pyramid(*shape[1:])[0]
        self.enter = nn.ModuleList(EqualConv2d(shape[0], width, 1) for width in widths)
        self.levels = nn.ModuleList(Level(b, a, b, False) for a, b in itertools.pairwise(widths))
        self.conv = EqualConv2d(widths[0] + 1, widths[0], 3)
        self.dense = EqualLinear(widths[0] * h * w, widths[0])
        self.head = ProjectionHead(widths[0], classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        level, alpha = self.stage
        if level < self.level_count - 1:
            x = F.avg_pool2d(x, 2 ** (self.level_count - 1 - level))
        y = F.leaky_relu(self.enter[level](x), 0.2)
        for index in range(level, 0, -1):
            y = F.avg_pool2d(self.levels[index - 1](y), 2)
            if index == level and alpha < 1:
                y = torch.lerp(F.leaky_relu(self.enter[level - 1](F.avg_pool2d(x, 2)), 0.2), y, alpha)
        y = F.leaky_relu(self.conv(minibatch_std(y)), 0.2)
        return self.head(F.leaky_relu(self.dense(y.flatten(1)), 0.2), condition)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
