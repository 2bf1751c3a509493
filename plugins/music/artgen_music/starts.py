"""How far slices of sound lie from what the weights that ship were trained on: by how loud, how lively, how steady and how tonal
each part of their spectrum is. Nothing that judges measures so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.nn import start_distances
from artgen_music.spectrum import LogMel

CENTERS = Path(__file__).parent / "weights" / "starts.safetensors"  # made by tools/describe_sounds.py
BANDS = 32  # a quarter of those of the spectrogram
FRAMES_APART = (1, 4, 16)  # of 16 ms, between which a change is measured: strokes, notes, chords
TONAL = 2.0  # weight: less, and a piano lies near rock, whose strokes are as many
_BATCH = 32


def distances(slices: np.ndarray, starts: Sequence[Path]) -> list[np.ndarray] | None:
    """For each start ``[n, k]``, the distance of every slice to every class; None where one of them is not described.

    - ``slices``: ``[n, samples]`` int16 at 16 kHz."""
    return start_distances(slices, starts, CENTERS, features)


@torch.no_grad()
def features(slices: np.ndarray) -> Tensor:
    """``[n, 192]``: of each band of the log-mel spectrogram mean, spread, mean change over three times, and how far tones
    stand out from what lies beside them. How loud the slice is changes nothing."""
    logmel, found = LogMel(), []
    for at in range(0, len(slices), _BATCH):
        fine = logmel(torch.from_numpy(slices[at : at + _BATCH]).float() / 32768)
        lines = (fine[:, 2:] + fine[:, :-2] - 2 * fine[:, 1:-1]).abs().mean(2)
        x = fine.unflatten(1, (BANDS, -1)).mean(2)
        x = x - x.mean((1, 2), keepdim=True)
        changes = [(x[..., gap:] - x[..., :-gap]).abs().mean(2) for gap in FRAMES_APART]
        found.append(torch.cat([x.mean(2), x.std(2), *changes, TONAL * F.adaptive_avg_pool1d(lines, BANDS)], 1))
    return torch.cat(found)
