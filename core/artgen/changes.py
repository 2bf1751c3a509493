"""What the tasks that change works ask of a domain beside ``artgen.types``, from where all of this is imported.

A *work* is a raw array of any size that the writer can write; axis names as in ``artgen.types``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from artgen.types import Draws


@runtime_checkable
class WorkCodec(Protocol):
    """What the codec of a task that changes works (translate, colorize, style) offers beside Codec.

    A *work* is a raw array of any size that the writer can write, one of a batch ``[b, *work]``."""

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """Prepared items ``[b, *item]`` to the works that are given and those that are wanted; None: nobody knows (style)."""
        ...

    def take(self, raw: Tensor) -> Tensor:
        """Given works of any size to what the generator is given, ``[b, c, ...]`` of any size."""
        ...

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """What the generator made of ``take(raw)`` to works of the size of ``raw``, which may lend what the generator does not
        make: the light of a picture, the phase of a sound."""
        ...


class Translator(Protocol):
    """The generator of a task that changes works: encoded sources ``[b, given, ...]``, class weights and draws to the channels
    of the target, as large as the source."""

    def __call__(self, source: Tensor, condition: Tensor, draws: Draws) -> Tensor:
        """``[b, given, ...]`` to ``[b, wanted, ...]``, sizes as they are."""
        ...


@runtime_checkable
class Layered(Protocol):
    """A Translator that shows what its encoder sees, which the task style compares patch by patch."""

    def features(self, x: Tensor) -> list[Tensor]:
        """``[b, c, ...]`` items to feature maps ``[b, f, ...]`` of a few layers, fine to coarse."""
        ...


@dataclass(frozen=True)
class Opened:
    """A user's file at its own size, for ``artgen apply``.

    ``parts``: raw works ``[*work]`` one after the other, each changed by itself: a picture is one, a long film comes a few
    frames at a time, so that memory stays bounded. ``write``: the changed parts in the same order, a path without suffix and
    notes to the files written, the work itself first; keeps what else the file held (the sound of a film). None: the writer
    of the domain writes the one part.
    """

    parts: Iterator[np.ndarray]
    write: Callable[[Iterator[np.ndarray], Path, Mapping[str, str]], list[Path]] | None = None


@runtime_checkable
class Reconstructs(Protocol):
    """A generator of the task reconstruct."""

    def reconstruct(self, x: Tensor, condition: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
        """``[b, *shape]`` through the code and back, and the KL divergence of each code in nats, ``[b]`` (zeros where there is
        none)."""
        ...
