"""What there is to learn from: the files of a person, the items that a domain prepares from them, and what is measured on one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy and torch cost a second to import; listing plugins must not pay it
    import numpy as np


IN_PART = "the rest is used"


@dataclass(frozen=True)
class SourceFile:
    """A file of the user's folder. ``path`` is absolute; ``name`` is relative to the folder, with forward slashes."""

    path: Path
    name: str
    label: str | None


@dataclass(frozen=True)
class Source:
    """What there is to learn from: the files of one folder, in a stable order, and the names of their classes.

    - ``ignored``: files of the folder that the domain does not read, and why.
    - ``about``: a line for the person that says which classes there are, or why none; empty where that is plain.
    - ``style``: they are the works that others are moved toward (the task style).
    """

    root: Path
    files: tuple[SourceFile, ...]
    labels: tuple[str, ...]
    ignored: tuple[Skipped, ...] = ()
    about: str = ""
    style: bool = False


@dataclass(frozen=True)
class RawItem:
    """One prepared training item in compact form.

    - ``data``: uint8 or int16 array; every item of a run has the same shape and dtype.
    - ``label``: class name or None.
    - ``origin``: the file it came from. Items of one origin are never split between the training part and the held-out
      part.
    """

    data: np.ndarray
    label: str | None
    origin: str


@dataclass(frozen=True)
class Skipped:
    """A file that could not be used, and why, in words that a user can act on. A reason that ends with IN_PART is that of a file
    of which only a part is used."""

    name: str
    reason: str


@dataclass(frozen=True)
class DataSpec:
    """What the networks have to fit, measured from one encoded item instead of configured twice.

    - ``shape``: shape of one encoded item without the batch axis.
    - ``labels``: class names, empty when unconditional.
    """

    shape: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def classes(self) -> int:
        """Number of classes, 0 when unconditional."""
        return len(self.labels)


Prepared = Iterator[RawItem | Skipped]
