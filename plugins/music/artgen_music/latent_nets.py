"""The default pair: 1-D convolutions over sequences of latents [b, c, t] (see ``codec.LatentCodec``).

The generator is a pyramid in time: style, class and theme shape an eighth of the steps, then twice as many at each stage,
interpolated linearly, each stage with noise of its own, down to single steps. Convolutions run on a circle, so that any
number of steps works and a piece can be looped. The discriminator judges both stretches of a second and the whole.
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

LIMIT = (
    3.0  # six standard deviations of the codes: nothing real lies beyond, and a generator that strays cannot explode
)
NOISE = 16  # channels of fresh noise at every stage


class LatentGenerator(StyleGenerator):
    """z [b, z], class weights [b, k], draws -> latents [b, c, t]; ``per_second`` steps make a second.

    ``widths``: channels of the stages, coarse to fine; the finest has ``steps`` steps where no length is asked for.
    """

    def __init__(
        self, latent: int, classes: int, style: int, shape: tuple[int, int], widths: Sequence[int], per_second: float
    ) -> None:
        super().__init__(latent, classes, style, len(widths))
        channels, self.steps = shape
        self.per_second, self.grid = per_second, 2 ** (len(widths) - 1)
        self.timeline = Timeline(style, bar=2 * per_second, channels=NOISE)
        before = [0, *widths[:-1]]
        self.stages = nn.ModuleList(_Stage(a, b, style) for a, b in zip(before, widths, strict=True))
        self.head = nn.Conv1d(widths[-1], channels, 1)

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        steps = self.steps if options.seconds is None else max(1, math.ceil(options.seconds * self.per_second - 1e-6))
        form = form_of(steps, SECTION * self.steps, self.grid, options.loop)
        whole, remembered = form.steps, Remembered(noise, form)
        styles = self.per_layer(w)
        clock, motif, theme = self.timeline(styles[0], noise, form, options.loop)
        timing = torch.cat([theme, motif, clock], 1)
        x: Tensor | None = None
        for level, (stage, style) in enumerate(zip(self.stages, styles, strict=True)):
            stride = self.grid >> level
            known = F.avg_pool1d(timing, stride) if stride > 1 else timing
            x = stage(x, style, torch.cat([known, remembered.normal(NOISE, whole // stride)], 1))
        assert x is not None
        codes = self.head(F.leaky_relu(x, 0.2))[..., : whole if options.loop else steps]
        return LIMIT * torch.tanh(codes / LIMIT)


class _Stage(nn.Module):
    """Twice the steps (unless first), noise and timing added, one styled residual block: [b, a, t/2] -> [b, c, t]."""

    def __init__(self, before: int, width: int, style: int) -> None:
        super().__init__()
        self.widen = nn.Conv1d(before, width, 1) if before else None
        self.enter = nn.Conv1d(NOISE * 3 + Timeline.CLOCK, width, 1)
        self.block = _StyledBlock(width, style)

    def forward(self, x: Tensor | None, style: Tensor, given: Tensor) -> Tensor:
        entering = self.enter(given)
        if self.widen is not None and x is not None:
            entering = entering + double(self.widen(x))
        return self.block(entering, style)


class _StyledBlock(nn.Module):
    """x + convolutions of x, gated by the style before each: [b, c, t], style [b, w] -> [b, c, t]."""

    def __init__(self, width: int, style: int) -> None:
        super().__init__()
        self.gates = nn.Linear(style, 3 * width)
        self.first = _conv(width, width)
        self.second = _conv(width, width, gain=0.3)
        nn.init.normal_(self.gates.weight, std=0.5 / math.sqrt(style))
        nn.init.zeros_(self.gates.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        gate1, gate2, shift = self.gates(style)[:, :, None].chunk(3, 1)
        h = self.first(around(F.leaky_relu(x * (1 + gate1) + shift, 0.2)))
        return x + self.second(around(F.leaky_relu(h * (1 + gate2), 0.2)))


class LatentDiscriminator(nn.Module):
    """x [b, c, t], class weights [b, k] -> logits [b, t/4 + t/8]: one for each stretch of about a second, then the one for
    the whole, repeated so that it counts half as much as all the others together.

    It sees latents beside their differences in time, so that notes that do not hold are easy to tell.
    """

    def __init__(self, classes: int, shape: tuple[int, int], widths: Sequence[int]) -> None:
        super().__init__()
        channels, _ = shape
        self.enter = nn.Conv1d(2 * channels, widths[0], 1)
        after = [*widths[1:], widths[-1]]
        self.blocks = nn.ModuleList(_Block(a, b) for a, b in zip(widths, after, strict=True))
        self.local = Projection(after[1], classes)
        self.whole = Projection(2 * widths[-1] + 1, classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        change = F.pad(x.diff(dim=2), (1, 0))
        h = self.enter(torch.cat([x, change], 1))
        local: Tensor | None = None
        for level, block in enumerate(self.blocks):
            h = block(h)
            if level == 1:
                local = self.local(h, condition)
        h = F.leaky_relu(h, 0.2)
        summary = torch.cat([h.mean(2), h.square().mean(2).add(1e-4).sqrt(), _spread(h)], 1)
        whole = self.whole(summary[:, :, None], condition)
        return whole if local is None else torch.cat([local, whole.expand(-1, max(1, local.shape[1] // 2))], 1)


class _Block(nn.Module):
    """Residual block, then half the steps, without the last one of an odd number: [b, a, t] -> [b, c, t // 2]."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first, self.second = _conv(before, before, padding=1), _conv(before, before, padding=1, gain=0.3)
        self.leave = nn.Conv1d(before, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))
        return self.leave((h[..., :-1:2] + h[..., 1::2]) * 0.5)  # a pooling of torch takes four times as long, and back


def around(x: Tensor) -> Tensor:
    """One step of the end before the beginning and the reverse: [b, c, t] -> [b, c, t + 2]."""
    return torch.cat([x[..., -1:], x, x[..., :1]], 2)


def double(x: Tensor) -> Tensor:
    """Twice the steps, linearly in between, on the circle: [b, c, t] -> [b, c, 2 t]."""
    padded = around(x)
    early, late = torch.lerp(x, padded[..., :-2], 0.25), torch.lerp(x, padded[..., 2:], 0.25)
    return torch.stack([early, late], 3).flatten(2)


def _conv(before: int, after: int, padding: int = 0, gain: float = 1.0) -> nn.Conv1d:
    """Convolution of three steps, initialized to keep the variance times ``gain ** 2`` after a leaky ReLU."""
    conv = nn.Conv1d(before, after, 3, padding=padding)
    nn.init.kaiming_normal_(conv.weight, a=0.2)
    with torch.no_grad():
        conv.weight.mul_(gain)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv


def _spread(h: Tensor) -> Tensor:
    """Standard deviation over the batch, averaged (Karras 2018): [b, c, t] -> [b, 1]; half batches are kept apart."""
    groups = h.unflatten(0, (2, -1)) if len(h) % 2 == 0 else h[None]
    spread = groups.sub(groups.mean(1, keepdim=True)).square().mean(1).add(1e-6).sqrt().mean((1, 2))
    return spread.repeat_interleave(groups.shape[1])[:, None]
