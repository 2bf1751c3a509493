"""Differentiable augmentations of sound, applied alike to reals and fakes before the discriminator.

After DiffAugment and ADA (Zhao 2020, Karras 2020a), on scaled log-mels (see ``spectrum.LogMel``): each transformation is
applied to an item with probability ``strength``, which keeps the untouched item the most frequent and so keeps the
transformations out of the samples. All items that one hits are transformed at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional

from artgen_music.config import AugmentKind as Kind
from artgen_music.mel_scale import middles, place
from artgen_music.spectrum import HIGHEST, LOWEST, NEPERS

KINDS: tuple[Kind, ...] = ("gain", "equalizer", "pitch", "stretch", "mix", "mask")
GAIN_DB = 6.0  # either way, at most
EQUALIZER_DB = 4.0  # standard deviation of each of the CURVES that are added up
CURVES = 3  # half waves over the mel axis: the first is a tilt
SEMITONES = 3.0  # either way, at most
STRETCH = math.log(1.15)  # of the log tempo either way, at most
MIX_DB = (-18.0, -3.0)  # level of what is mixed in
MASK = 0.25  # of the bands and of the time, at most
_NEPER = math.log(10) / 20  # nepers in a decibel of amplitude
_LARGEST = 16.0  # nepers above the floor: more would overflow, and no sound is as loud


class AugmentSound:
    """``augment(x, strength, rng, condition) -> x``, differentiable twice with respect to x.

    ``x``: scaled log-mel ``[b, 1, mel, t]``. ``strength``: probability of each kind, in [0, 1]. ``condition``: class weights
    ``[b, k]``. Strength 0 returns x itself. Every draw comes from ``rng``, as many for each strength.
    ``kinds``: gain (up to 6 dB), equalizer (a smooth curve), pitch (up to 3 semitones), stretch (up to 15% faster or
    slower), mix (another item of the same class, more softly), mask (a stripe of bands and one of time fall silent).
    """

    def __init__(self, kinds: Sequence[Kind] = KINDS) -> None:
        self.kinds = tuple(kinds)

    def __call__(self, x: Tensor, strength: float, rng: torch.Generator, condition: Tensor) -> Tensor:
        """The augmented batch, of the shape of ``x``."""
        dice = _Dice(len(x), strength, rng, x.device)
        drawn: dict[Kind, _Draw] = {
            kind: dice.draw(_NUMBERS[kind]) for kind in KINDS
        }  # also of kinds that are not used
        places = dice.uniform(len(x)) + 1  # who is mixed with whom
        if strength <= 0:
            return x
        with torch.autocast(x.device.type, enabled=False):  # places on an axis of 256 are not to be rounded to 8 bits
            return self._changed(x.squeeze(1).float(), drawn, places, condition).unsqueeze(1).to(x.dtype)

    def _changed(self, x: Tensor, drawn: dict[Kind, _Draw], order: Tensor, condition: Tensor) -> Tensor:
        """Log-mel ``[b, mel, t]`` in full precision, transformed."""
        use: dict[Kind, _Draw] = {kind: drawn[kind] for kind in self.kinds}
        items = list(x.transpose(1, 2).unbind())
        if "pitch" in use:
            _pitched(items, *use["pitch"])
        if "stretch" in use:
            _stretched(items, *use["stretch"])
        _leveled(items, use, order, condition)
        if "mask" in use:
            _masked(items, *use["mask"])
        return _stacked(items).transpose(1, 2)


_NUMBERS: dict[Kind, int] = {"gain": 1, "equalizer": CURVES, "pitch": 1, "stretch": 1, "mix": 1, "mask": 4}
_Draw = tuple[Tensor, Tensor]  # who is hit [b] bool, and numbers [b, n] in [-1, 1)


class _Dice:
    """Random numbers for a batch of ``count`` items, on ``device``."""

    def __init__(self, count: int, strength: float, rng: torch.Generator, device: torch.device) -> None:
        self._count, self._strength, self._rng, self._device = count, strength, rng, device

    def uniform(self, numbers: int) -> Tensor:
        """``[b, numbers]`` in [-1, 1)."""
        drawn = torch.rand(self._count, numbers, generator=self._rng, device=self._rng.device)
        return drawn.to(self._device) * 2 - 1

    def draw(self, numbers: int) -> _Draw:
        """Who is hit, and how."""
        return (self.uniform(1)[:, 0] + 1) / 2 < self._strength, self.uniform(numbers)


# What follows works on a list of log-mels ``[t, mel]``, the layout in which the codec's products read and write them, and
# replaces those that are hit. A tensor of the whole batch would be copied by each transformation, and back.
_Items = list[Tensor]


def _replace(items: _Items, who: Tensor, change: Callable[[Tensor], Tensor]) -> None:
    """Replace the items of the numbers ``who [n]`` by what ``change`` makes of a copy ``[n, t, mel]``, which it may overwrite."""
    numbers: list[int] = who.tolist()
    if numbers:
        for number, item in zip(numbers, change(_stacked([items[n] for n in numbers])).unbind(), strict=True):
            items[number] = item


def _stacked(items: _Items) -> Tensor:
    return cast(Tensor, _Stack.apply(*items))  # pyright: ignore[reportUnknownMemberType] (torch's stubs)


class _Stack(torch.autograd.Function):
    """``torch.stack``, whose own second derivative makes a batch of zeros for each of its items."""

    @staticmethod
    def forward(ctx: Any, *items: Tensor) -> Tensor:
        return torch.stack(items)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        return grads[0].unbind()


def _pitched(items: _Items, hit: Tensor, amount: Tensor) -> None:
    """Every partial at ``ratio`` times its frequency: the mel axis is read at other places."""
    who, bands = hit.nonzero()[:, 0], items[0].shape[1]
    ratio = torch.exp2(amount[who, :1] * SEMITONES / 12)
    places = place(middles(LOWEST, HIGHEST, bands, amount.device) / ratio, LOWEST, HIGHEST, bands)
    _replace(items, who, lambda x: x @ _between(places, bands).transpose(1, 2))


def _stretched(items: _Items, hit: Tensor, amount: Tensor) -> None:
    """Played faster or slower around the middle; where sound runs out it is mirrored."""
    who, last = hit.nonzero()[:, 0], len(items[0]) - 1
    pace = torch.exp(amount[who, :1] * STRETCH)
    places = (torch.arange(last + 1, device=amount.device) - last / 2) * pace + last / 2
    places = last - (last - places.abs()).abs()  # mirrored at both ends
    _replace(items, who, lambda x: _between(places, last + 1) @ x)


def _leveled(items: _Items, use: dict[Kind, _Draw], order: Tensor, condition: Tensor) -> None:
    """Gain, equalizer and mix, on the magnitude above the floor of the scale.

    With u nepers above the floor the magnitude is e^u - 1 floors; what a generator puts below the floor stays there, and what
    it makes louder than any sound keeps its excess."""
    bands = items[0].shape[1]
    nepers = order.new_zeros(len(items), 1)
    if "gain" in use:
        hit, amount = use["gain"]
        nepers = nepers + hit[:, None] * amount * (GAIN_DB * _NEPER)
    if "equalizer" in use:
        hit, amount = use["equalizer"]
        curves = amount * (EQUALIZER_DB * _NEPER * math.sqrt(3))  # sqrt(3): of a uniform draw
        nepers = nepers + hit[:, None] * (curves @ _half_waves(bands, order.device))
    touched = nepers.abs().amax(1) > 0
    mixed, other, level = torch.zeros_like(touched), order, order
    if "mix" in use:
        hit, level = use["mix"]
        other, found = _partners(order, condition)
        mixed = hit & found
        touched = touched | mixed
    who, guests = touched.nonzero()[:, 0], mixed.nonzero()[:, 0]

    def change(x: Tensor) -> Tensor:
        height, inside = _nepers(x)
        size = torch.expm1(inside) * nepers.exp()[who, None]
        if len(guests):
            low, high = MIX_DB
            louder = torch.exp((low + (high - low) * (level[guests, None] + 1) / 2) * _NEPER)
            _, more = _nepers(_stacked([items[number] for number in other[guests].tolist()]))
            size.index_add_(0, mixed[who].nonzero()[:, 0], torch.expm1(more) * louder)
        return size.log1p().add_(height - inside).div_(NEPERS).sub_(1)

    _replace(items, who, change)


def _nepers(x: Tensor) -> tuple[Tensor, Tensor]:
    """Log-mels, which are overwritten, in nepers above the floor; and the same without what lies below it, or is louder than
    any sound."""
    height = x.add_(1).mul_(NEPERS)
    return height, functional.hardtanh(height, 0.0, _LARGEST)


def _masked(items: _Items, hit: Tensor, amount: Tensor) -> None:
    """A stripe of bands and one of time at the floor (Park 2019, SpecAugment)."""
    who, kept = hit.nonzero()[:, 0], amount.new_ones(())
    for axis, (middle, width) in enumerate((amount[hit, 2:].unbind(1), amount[hit, :2].unbind(1))):
        along = torch.linspace(-1, 1, items[0].shape[axis], device=amount.device)
        hole = (along - middle[:, None]).abs() < MASK * (width[:, None] + 1) / 2
        kept = kept * (~hole).unsqueeze(2 - axis)
    _replace(items, who, lambda x: (x.add_(1) * kept).sub_(1))


def _partners(order: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
    """For each item another of the same class, by the random numbers ``order [b, b]`` in [0, 2): its number, and whether
    there is one."""
    count = len(order)
    others = ~torch.eye(count, dtype=torch.bool, device=order.device)
    same = others if condition.shape[1] == 0 else others & (condition @ condition.T > 0.5)
    best, other = torch.where(same, order, -1.0).max(1)
    return other, best >= 0


def _between(places: Tensor, count: int) -> Tensor:
    """Matrix ``[b, n, count]`` that reads an axis of ``count`` at ``places [b, n]``, linearly between its points."""
    places = places.clamp(0, count - 1)
    left = places.floor().clamp_max(count - 2)
    share, column = (places - left)[:, :, None], left.long()[:, :, None]
    matrix = places.new_zeros(*places.shape, count)
    return matrix.scatter_(2, column, 1 - share).scatter_(2, column + 1, share)


@lru_cache(maxsize=8)
def _half_waves(bands: int, device: torch.device) -> Tensor:
    """``[CURVES, bands]``: cosines of one, two, ... half waves."""
    along = (torch.arange(bands, device=device) + 0.5) / bands
    return torch.cos(math.pi * along * torch.arange(1, CURVES + 1, device=device)[:, None])
