"""The form of a long piece: which theme each of its sections has, and from where a section that returns is remembered.

A rondo: A B A C A B A D A ... and A at the end. Sections are equally long, whole bars each, so that what returns falls on the
same beats. A section that returns is played from the noise of the first time, with a little of its own: a person knows it
again, and it is no copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.types import Noise

SECTION = 3  # trained lengths of a section: 12 s by default
MEMORY = 0.95  # share of the first time in the noise of a section that returns


@dataclass(frozen=True)
class Form:
    """``themes``: of each section, by number, 0 the first and the last. ``length``: steps of a section; what is left of ``steps``
    belongs to the last one."""

    themes: tuple[int, ...]
    length: int
    steps: int

    @property
    def count(self) -> int:
        """Sections."""
        return len(self.themes)

    def source(self) -> Tensor:
        """Step [steps] whose noise each step remembers: its own where a theme is new."""
        step = torch.arange(self.steps)
        section = (step // self.length).clamp_max(self.count - 1)
        first = torch.tensor([self.themes.index(theme) for theme in self.themes])
        away = step - section * self.length
        return torch.where(away < self.length, first[section] * self.length + away, step)


def form_of(steps: int, section: float, grid: int = 1, loop: bool = False) -> Form:
    """The form of ``steps`` steps: an odd number of sections of about ``section`` steps, each a multiple of ``grid``. A ``loop``
    may become longer, so that its last section is like the others."""
    count = max(1, 2 * int(steps / section / 2) + 1)
    while count > 1 and steps // count < grid:
        count -= 2
    if count == 1:
        whole = -(-steps // grid) * grid
        return Form((0,), whole, whole)
    unit = count * grid
    whole = -(-steps // unit) * unit if loop else -(-steps // grid) * grid
    return Form(tuple(_theme(place) for place in range(count)), whole // unit * grid, whole)


def _theme(place: int) -> int:
    """A at even places; at odd ones B, C, B, D, B, E ..."""
    if place % 2 == 0:
        return 0
    turn = place // 2
    return 1 if turn % 2 == 0 else 2 + turn // 2


class Remembered:
    """A source of noise for a generator that plays a form: ``normal(..., t)`` over all steps, or ``t`` a divisor or a multiple of
    them, is in a section that returns mostly what it was the first time."""

    def __init__(self, noise: Noise, form: Form) -> None:
        self._noise, self.form = noise, form

    def normal(self, *shape: int) -> Tensor:
        """[b, *shape], standard normal; the last axis is time."""
        drawn = self._noise.normal(*shape)
        if self.form.count == 1:
            return drawn
        source = _at(self.form.source(), shape[-1]).to(drawn.device)
        returns = source != torch.arange(shape[-1], device=drawn.device)
        mixed = MEMORY * drawn[..., source] + (1 - MEMORY**2) ** 0.5 * drawn
        return torch.where(returns, mixed, drawn)


def _at(source: Tensor, count: int) -> Tensor:
    """The same with ``count`` steps for as long a time."""
    steps = len(source)
    if count <= steps:
        stride = steps // count
        return source[::stride] // stride
    finer = count // steps
    return (source[:, None] * finer + torch.arange(finer)).flatten()
