"""What turns samples into the files that a person opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from artgen.contract.deprecated import renamed_fields
from artgen.contract.options import SampleOptions
from artgen.contract.shown import html_of

if TYPE_CHECKING:
    import numpy as np


@renamed_fields(ask="options")
@dataclass(frozen=True)
class Sample:
    """One generated, decoded item and how it came to be; what a writer gets.

    - ``data``: raw integers as the codec decodes them, without the batch axis.
    - ``name``: what a person calls the work; None: its seed and its class.
    - ``rate``: samples a second of a sound; None: the plugin does not say.
    """

    data: np.ndarray
    seed: int
    label: str | None
    options: SampleOptions = field(default_factory=SampleOptions)
    name: str | None = None
    rate: int | None = None

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        title = self.name or f"seed {self.seed}" + (f", {self.label}" if self.label else "")
        return html_of(self.data, title, self.options.fps, self.rate)


@runtime_checkable
class Writer(Protocol):
    """Turns samples into the files a person opens. What it writes, ``artgen_prepare`` of the same plugin can read."""

    def write(self, sample: Sample, stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        """Write one sample as ``stem`` plus suffixes; ``metadata`` (how it was made) goes into the format's metadata.

        The first path is the work itself, further ones accompany it (a spectrogram beside the sound)."""
        ...

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        """One PNG that shows all samples at a glance (a contact sheet), ``columns`` of them in a row where they belong
        together (source, result, target); None: as the domain finds right."""
        ...


@runtime_checkable
class WalkWriter(Protocol):
    """A Writer that can also show a walk: samples that change little by little, from one seed to the next.

    ``steps``: samples between two seeds when nothing is said."""

    steps: int

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, metadata: Mapping[str, str]) -> list[Path]:
        """Write the walk as ``stem`` plus suffixes, the work itself first. ``fps``: samples a second, for those who show one
        after the other."""
        ...


@runtime_checkable
class PicksMoments(WalkWriter, Protocol):
    """A WalkWriter that shows only a part of each sample of a walk, a frame of a film: no more than that is finished and
    marked."""

    def moment(self, sample: Sample, number: int, fps: float | None) -> Sample:
        """What the walk shows of its sample ``number``."""
        ...


@runtime_checkable
class Finishes(Protocol):
    """A Writer with a step between the sample and its files: a picture is enlarged, for instance. It comes before the invisible
    mark, which is then as fine as the file's pixels."""

    def finish(self, data: np.ndarray) -> np.ndarray:
        """Raw integers as a codec decodes them to raw integers of the same kind, of any size."""
        ...


@runtime_checkable
class SoundWriter(Protocol):
    """A Writer whose files sound otherwise than their samples: at another rate, louder, in more channels. The studio plays that,
    so that a person hears what will be saved."""

    def sound(self, sample: Sample) -> tuple[np.ndarray, int]:
        """What the file of ``sample`` sounds like, without the invisible mark: int16 ``[n]`` or ``[channels, n]``, and samples a
        second."""
        ...


@runtime_checkable
class HeatWriter(Protocol):
    """A Writer that draws maps over its items itself, with the axes of its domain; the core draws pictures, films and curves."""

    def heat(self, view: np.ndarray, heats: Mapping[str, np.ndarray], path: Path) -> Path:
        """One PNG: an item as its codec views it (see Views), ``[c, ...]``, and beside it every map of ``heats`` ``[...]`` under
        its name; maps with negative values have their neutral color at zero."""
        ...


@dataclass(frozen=True)
class Opened:
    """A user's file at its own size, for ``artgen apply``.

    - ``parts``: raw works ``[*work]`` one after the other, each changed by itself: a picture is one, a long film comes
      a few frames at a time, so that memory stays bounded.
    - ``write``: the changed parts in the same order, a path without suffix and metadata to the files written, the work
      itself first; keeps what else the file held (the sound of a film). None: the writer of the domain writes the one
      part.
    """

    parts: Iterator[np.ndarray]
    write: Callable[[Iterator[np.ndarray], Path, Mapping[str, str]], list[Path]] | None = None
