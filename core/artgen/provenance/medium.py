"""What medium a raw item is, from its shape and type alone, so that a stranger's plugin is labelled too."""

from __future__ import annotations

from typing import Literal

import numpy as np

Medium = Literal["picture", "film", "sound"]
LEAST_SIDE, LEAST_SAMPLES = 128, 16384  # smaller works have no room for a mark that would survive, and would show it


def kind_of(data: np.ndarray) -> Medium | None:
    """``[c, h, w]`` uint8 is a picture, ``[c, t, h, w]`` uint8 a film, ``[n]`` or ``[c, n]`` int16 a sound; None: anything
    else."""
    if data.dtype == np.uint8 and data.ndim in (3, 4) and data.shape[0] in (1, 3, 4):
        return "picture" if data.ndim == 3 else "film"
    return "sound" if data.dtype == np.int16 and data.ndim in (1, 2) else None


def medium_of(data: np.ndarray) -> Medium | None:
    """The same; None also for what is too small for a mark, or has too many channels for a sound."""
    kind = kind_of(data)
    if kind == "sound":
        fits = data.shape[-1] >= LEAST_SAMPLES and (data.ndim == 1 or data.shape[0] <= 8)
    else:
        fits = kind is not None and min(data.shape[-2:]) >= LEAST_SIDE
    return kind if fits else None
