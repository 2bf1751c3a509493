"""Where frames of ``artgen live`` go: a protocol for packages that bring them to other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np


class Sink(Protocol):
    """Takes frames at a steady rate. An entry point of the group ``artgen.sinks`` is a function of one text, what a person wrote
    behind ``--sink NAME=``, that gives one of these. All is called in a thread of its own: a sink may wait, and frames that come
    meanwhile are left out."""

    def open(self, width: int, height: int, fps: float, name: str) -> None:
        """Begin. ``name``: of what is played, to be shown to a person. Called again where the size changes, after ``close``."""
        ...

    def send(self, frame: np.ndarray) -> None:
        """Take a frame ``[h, w, 3]`` uint8, which must not be changed."""
        ...

    def close(self) -> None:
        """End; called once for each ``open``."""
        ...
