"""The default pair: 1-D convolutions over sequences of latents [b, c, t] (see ``codec.LatentCodec``).

In memory the channels of a step lie side by side, as oneDNN and cuDNN convolve them: otherwise every layer brings what it is
given into that order and back. What puts sequences together does so in that order; what works on single numbers keeps it.

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
        self.head = _Mix(widths[-1], channels)

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        steps = self.steps if options.seconds is None else max(1, math.ceil(options.seconds * self.per_second - 1e-6))
        form = form_of(steps, SECTION * self.steps, self.grid, options.loop)
        whole, remembered = form.steps, Remembered(noise, form)
        styles = self.per_layer(w)
        clock, motif, theme = self.timeline(styles[0], noise, form, options.loop)
        timing = torch.cat([theme, motif, clock], 1).transpose(1, 2).contiguous()
        x: Tensor | None = None
        for level, (stage, style) in enumerate(zip(self.stages, styles, strict=True)):
            stride = self.grid >> level
            known = timing.unflatten(1, (-1, stride)).mean(2) if stride > 1 else timing
            fresh = remembered.normal(NOISE, whole // stride).transpose(1, 2)
            x = stage(x, style, torch.cat([known, fresh], 2).transpose(1, 2))
        assert x is not None
        codes = self.head(F.leaky_relu(x, 0.2))[..., : whole if options.loop else steps]
        return LIMIT * torch.tanh(codes.float() / LIMIT)  # in bfloat16 a CPU takes six times as long


class _Stage(nn.Module):
    """Twice the steps (unless first), noise and timing added, one styled residual block: [b, a, t/2] -> [b, c, t]."""

    def __init__(self, before: int, width: int, style: int) -> None:
        super().__init__()
        self.widen = _Mix(before, width) if before else None
        self.enter = _Mix(NOISE * 3 + Timeline.CLOCK, width)
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
        self.first = _Conv(width, width)
        self.second = _Conv(width, width, gain=0.3)
        nn.init.normal_(self.gates.weight, std=0.5 / math.sqrt(style))
        nn.init.zeros_(self.gates.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        gate1, gate2, shift = self.gates(style)[:, :, None].chunk(3, 1)
        h = self.first(around(F.leaky_relu(torch.addcmul(shift, x, 1 + gate1), 0.2)))
        return x + self.second(around(F.leaky_relu(h * (1 + gate2), 0.2)))


class LatentDiscriminator(nn.Module):
    """x [b, c, t], class weights [b, k] -> logits [b, t/4 + t/8]: one for each stretch of about a second, then the one for
    the whole, repeated so that it counts half as much as all the others together.

    It sees latents beside their differences in time, so that notes that do not hold are easy to tell.
    """

    def __init__(self, classes: int, shape: tuple[int, int], widths: Sequence[int]) -> None:
        super().__init__()
        channels, _ = shape
        self.enter = _Mix(2 * channels, widths[0])
        after = [*widths[1:], widths[-1]]
        self.blocks = nn.ModuleList(_Block(a, b) for a, b in zip(widths, after, strict=True))
        self.local = Projection(after[1], classes)
        self.whole = Projection(2 * widths[-1] + 1, classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        steps = x.transpose(1, 2)
        change = F.pad(steps.diff(dim=1), (0, 0, 1, 0))
        h = self.enter(torch.cat([steps, change], 2).transpose(1, 2))
        local: Tensor | None = None
        for level, block in enumerate(self.blocks):
            h = block(h)
            if level == 1:
                local = self.local(h, condition)
        h = F.leaky_relu(h, 0.2).float()
        summary = torch.cat([h.mean(2), h.square().mean(2).add(1e-4).sqrt(), _spread(h)], 1)
        whole = self.whole(summary[:, :, None], condition)
        return whole if local is None else torch.cat([local, whole.expand(-1, max(1, local.shape[1] // 2))], 1)


class _Block(nn.Module):
    """Residual block, then half the steps, without the last one of an odd number: [b, a, t] -> [b, c, t // 2]."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first, self.second = _Conv(before, before, edge=True), _Conv(before, before, edge=True, gain=0.3)
        self.leave = _Mix(before, after, halve=True)

    def forward(self, x: Tensor) -> Tensor:
        h = x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))
        return self.leave(h)


class _Conv(nn.Conv1d):
    """Convolution of three steps: [b, i, t] -> [b, o, t] with ``edge``, a zero either side; two steps fewer without. Initialized
    to keep the variance times ``gain ** 2`` after a leaky ReLU.

    Computed as that of a picture one pixel high: torch keeps channels side by side in pictures and in their weights only."""

    def __init__(self, inputs: int, outputs: int, edge: bool = False, gain: float = 1.0) -> None:
        super().__init__(inputs, outputs, 3, padding=int(edge))
        self._edge = (0, int(edge))
        nn.init.kaiming_normal_(self.weight, a=0.2)
        self.weight.data = _side_by_side(self.weight.data.mul_(gain))
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  nn.Conv1d calls it so
        return F.conv2d(input[:, :, None], self.weight[:, :, None], self.bias, padding=self._edge)[:, :, 0]


class _Mix(nn.Conv1d):
    """Convolution of one step, computed as a product: [b, i, t] -> [b, o, t].

    ``halve``: of the mean of two steps, [b, i, t] -> [b, o, t // 2], without the last one of an odd number. As a product of both
    steps with the weights twice: nothing is copied, there and back."""

    def __init__(self, inputs: int, outputs: int, halve: bool = False) -> None:
        super().__init__(inputs, outputs, 1)
        self.halve = halve

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  nn.Conv1d calls it so
        steps, weight = input.transpose(1, 2), self.weight[:, :, 0]
        if self.halve:
            steps = steps[:, : input.shape[2] // 2 * 2].unflatten(1, (-1, 2)).flatten(2)
            weight = torch.cat([weight, weight], 1) / 2
        return F.linear(steps, weight, self.bias).transpose(1, 2)


def around(x: Tensor) -> Tensor:
    """One step of the end before the beginning and the reverse: [b, c, t] -> [b, c, t + 2]."""
    steps = x.transpose(1, 2)
    return torch.cat([steps[:, -1:], steps, steps[:, :1]], 1).transpose(1, 2)


def double(x: Tensor) -> Tensor:
    """Twice the steps, linearly in between, on the circle: [b, c, t] -> [b, c, 2 t]."""
    steps = x.transpose(1, 2)
    parts = [torch.lerp(steps, steps.roll(way, 1), 0.25) for way in (1, -1)]
    return torch.stack(parts, 2).flatten(1, 2).transpose(1, 2)


def _side_by_side(x: Tensor) -> Tensor:
    """[a, b, c] with the axis b side by side in memory."""
    return x.transpose(1, 2).contiguous().transpose(1, 2)


def _spread(h: Tensor) -> Tensor:
    """Standard deviation over the batch, averaged (Karras 2018): [b, c, t] -> [b, 1]; half batches are kept apart."""
    groups = h.unflatten(0, (2, -1)) if len(h) % 2 == 0 else h[None]
    spread = groups.sub(groups.mean(1, keepdim=True)).square().mean(1).add(1e-6).sqrt().mean((1, 2))
    return spread.repeat_interleave(groups.shape[1])[:, None]
