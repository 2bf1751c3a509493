"""The other pair: 2-D convolutions over the scaled log-mel itself, x [b, 1, mel, t] (the classic design, for comparison).

Both fold 4 x 4 points into channels, so that nothing is computed at full resolution. The generator halves the time steps and the
bands from stage to stage upwards like a DCGAN, with a style that gates every stage, and is convolutional and circular in time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import StyleGenerator
from artgen.types import Noise, SampleOptions
from artgen_music.form import SECTION, Remembered, form_of
from artgen_music.projection import Projection
from artgen_music.timeline import Timeline

FOLD = 4  # points a side that become channels
NOISE = 4


class SpectrogramGenerator(StyleGenerator):
    """z [b, z], class weights [b, k], draws -> scaled log-mel [b, 1, mel, t].

    ``widths``: channels of the stages, coarse to fine; ``shape``: (mel, frames) where no length is asked for."""

    def __init__(
        self, latent: int, classes: int, style: int, shape: tuple[int, int], widths: Sequence[int], per_second: float
    ) -> None:
        super().__init__(latent, classes, style, len(widths))
        self.mels, self.frames = shape
        self.per_second = per_second
        self.grid = FOLD * 2 ** (len(widths) - 1)
        self.bands = self.mels // self.grid
        self.timeline = Timeline(style, 2 * per_second / self.grid, 16)
        self.enter = nn.Conv1d(32 + Timeline.CLOCK + 16, widths[0] * self.bands, 1)
        self.stages = nn.ModuleList(_Stage(a, b, style) for a, b in zip([widths[0], *widths], widths, strict=False))
        self.head = nn.Conv2d(widths[-1], FOLD * FOLD, 3, padding=(1, 0))

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        frames = self.frames if options.seconds is None else max(1, math.ceil(options.seconds * self.per_second - 1e-6))
        form = form_of(math.ceil(frames / self.grid), SECTION * self.frames / self.grid, loop=options.loop)
        remembered = Remembered(noise, form)
        styles = self.per_layer(w)
        clock, motif, theme = self.timeline(styles[0], noise, form, options.loop)
        given = torch.cat([clock, motif, theme, remembered.normal(16, form.steps)], 1)
        x = self.enter(given).unflatten(1, (-1, self.bands)).contiguous(memory_format=torch.channels_last)
        for level, (stage, style) in enumerate(zip(self.stages, styles, strict=True)):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest") if level else x
            x = stage(x, style, remembered.normal(NOISE, *x.shape[2:]))
        x = F.pixel_shuffle(self.head(_around(F.leaky_relu(x, 0.2))), FOLD)
        return x if options.loop else x[..., :frames]


class _Stage(nn.Module):
    """Noise, then a styled residual block: [b, a, h, t] -> [b, c, h, t]."""

    def __init__(self, before: int, width: int, style: int) -> None:
        super().__init__()
        self.gates = nn.Linear(style, 2 * before)
        nn.init.normal_(self.gates.weight, std=0.5 / math.sqrt(style))
        nn.init.zeros_(self.gates.bias)
        self.noise = nn.Conv2d(NOISE, before, 1)
        self.first = nn.Conv2d(before, width, 3, padding=(1, 0))
        self.second = nn.Conv2d(width, width, 3, padding=(1, 0))
        self.skip = nn.Conv2d(before, width, 1) if before != width else nn.Identity()
        with torch.no_grad():
            self.second.weight.mul_(0.3)

    def forward(self, x: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        gate, shift = self.gates(style)[:, :, None, None].chunk(2, 1)
        h = (x + self.noise(noise)) * (1 + gate) + shift
        h = self.first(_around(F.leaky_relu(h, 0.2)))
        return self.skip(x) + self.second(_around(F.leaky_relu(h, 0.2)))


class SpectrogramDiscriminator(nn.Module):
    """x [b, c, mel, t], class weights [b, k] -> logits [b, t'] of stretches of time and one of the whole.

    ``channels``: c, more than one where spectrograms are judged together.
    ``widths``: channels from fine to coarse; every stage halves bands and time."""

    def __init__(self, classes: int, mels: int, widths: Sequence[int], channels: int = 1) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels * FOLD * FOLD, widths[0], 3, padding=1)
        after = [*widths[1:], widths[-1]]
        self.blocks = nn.ModuleList(_Block(a, b) for a, b in zip(widths, after, strict=True))
        rows = mels // FOLD // 2 ** len(widths)
        self.local = Projection(widths[-1] * rows, classes)
        self.whole = Projection(widths[-1] * rows, classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.enter(F.pixel_unshuffle(x, FOLD).contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            h = block(h)
        h = h.flatten(1, 2)
        return torch.cat([self.local(h, condition), self.whole(h.mean(2, keepdim=True), condition)], 1)


class _Block(nn.Module):
    """Residual block, then half the bands and steps: [b, a, h, t] -> [b, c, h/2, t/2]."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, before, 3, padding=1)
        self.second = nn.Conv2d(before, before, 3, padding=1)
        self.leave = nn.Conv2d(before, after, 1)
        with torch.no_grad():
            self.second.weight.mul_(0.3)

    def forward(self, x: Tensor) -> Tensor:
        h = x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))
        return self.leave(F.avg_pool2d(h, 2))


def _around(x: Tensor) -> Tensor:
    """One step of the end before the beginning and the reverse: [b, c, h, t] -> [b, c, h, t + 2]."""
    return torch.cat([x[..., -1:], x, x[..., :1]], 3)
