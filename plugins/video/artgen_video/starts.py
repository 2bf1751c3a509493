"""How far clips lie from what the weights that ship were trained on: by their middle frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from artgen.nn import start_distances

CENTERS = Path(__file__).parent / "weights" / "starts.safetensors"  # made by tools/describe_films.py


def distances(clips: np.ndarray, starts: Sequence[Path]) -> list[np.ndarray] | None:
    """For each start ``[n, k]``, the distance of every clip to every class; None where one of them is not described.

    - ``clips``: ``[n, c, t, h, w]`` uint8."""
    return start_distances(middle(clips), starts, CENTERS)


def middle(clips: np.ndarray) -> np.ndarray:
    """The middle frame of each clip, ``[n, c, h, w]``."""
    return clips[:, :, clips.shape[2] // 2]
