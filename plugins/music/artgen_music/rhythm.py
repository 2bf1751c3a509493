"""How steady the tempo of a piece is, and the pieces of real music that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from artgen_music.listen import SAMPLE_RATE
from artgen_music.spectra import FRAMES_A_SECOND, onset_strength, spectrum, tempo

SECONDS = 30.0  # of a piece that is judged
WINDOW, STEP = 8.0, 4.0  # seconds in which the tempo is looked for, and from one window to the next
_LONGEST = 2.0  # seconds from a beat to the next
NEAR = 0.04  # share by which tempi of one piece may differ


@torch.no_grad()
def steadiness(raw: Tensor) -> Mapping[str, Tensor]:
    """int16 ``[b, n]`` to ``tempo steadiness`` ``[b]``: the share of the windows of a piece in which the tempo is that of most
    of them, or its half or double."""
    found = [_steady(tempi(piece)) for piece in raw.split(1)]
    return {"tempo steadiness": torch.tensor(found)}


def tempi(raw: Tensor) -> np.ndarray:
    """Beats a minute in every window of a piece, int16 ``[1, n]``."""
    rise = onset_strength(spectrum(raw))
    size, step = (round(seconds * FRAMES_A_SECOND) for seconds in (WINDOW, STEP))
    windows = rise[0].unfold(0, size, step) if rise.shape[1] >= size else rise
    return tempo(windows, _LONGEST).cpu().numpy()


def _steady(found: np.ndarray) -> float:
    middle = np.sort(found)[len(found) // 2]
    ratios = np.array([0.5, 1.0, 2.0])
    near = np.abs(found[:, None] / middle - ratios) / ratios < NEAR
    return float(near.any(1).mean())


def joined(items: Sequence[np.ndarray]) -> np.ndarray | None:
    """Slices of one recording, each beginning within the one before, to the first SECONDS of what they were cut from; None where
    they are too few, or do not fit together."""
    parts, count = [], round(SECONDS * SAMPLE_RATE)
    for before, item in zip([None, *items], items, strict=False):
        at = None if before is None else _begins(before, item)
        if at is None:  # the first, or a silent stretch lies between
            parts = [item]
        else:
            parts.append(item[len(item) - at :])
        if sum(map(len, parts)) >= count:
            return np.concatenate(parts)[:count]
    return None


def _begins(before: np.ndarray, item: np.ndarray) -> int | None:
    """Where in the slice before an item begins: in its middle, or for the last of a recording later or earlier; None: nowhere."""
    half = len(item) // 2
    near = np.flatnonzero(before[: half + 1] == item[0])[::-1]
    return next((int(at) for at in near if np.array_equal(before[at:], item[: len(item) - at])), None)
