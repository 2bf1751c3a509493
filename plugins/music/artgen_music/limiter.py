"""A sound kept below full scale: what is too loud is turned down around its peak only, and everything else keeps its level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 160  # samples, 10 ms, for which one gain is found
_NEAR, _SMOOTH = 5, 4  # blocks on each side that share a peak's gain, and over which gains pass into each other
_CONTEXT = (_NEAR + _SMOOTH + 2) * BLOCK


def limited(wave: Tensor) -> Tensor:
    """Float ``[b, n]`` at 16 kHz to the same within [-1, 1].

    The gain of a block is the smallest that any near block needs, averaged over fewer blocks than that, so that no sample is
    given more than it needs and none hears a jump."""
    count = wave.shape[1]
    if count == 0 or float(wave.abs().max()) <= 1:
        return wave
    peaks = F.max_pool1d(F.pad(wave.abs(), (0, -count % BLOCK))[:, None], BLOCK)
    needed = 1 / peaks.clamp_min(1)
    least = -F.max_pool1d(-F.pad(needed, (_NEAR, _NEAR), "replicate"), 2 * _NEAR + 1, 1)
    gain = F.avg_pool1d(F.pad(least, (_SMOOTH, _SMOOTH), "replicate"), 2 * _SMOOTH + 1, 1)
    return (wave * F.interpolate(gain, scale_factor=BLOCK, mode="linear")[:, 0, :count]).clamp(-1, 1)


def level(wave: np.ndarray) -> float:
    """How loud ``[n]`` is, in its own units: the mean magnitude of its blocks, on which a few clicks have no weight."""
    blocks = wave[: len(wave) // BLOCK * BLOCK].astype(np.float32).reshape(-1, BLOCK)
    return float(np.sqrt(np.square(blocks).mean(1)).mean()) if len(blocks) else 0.0


def louder(pieces: Iterable[np.ndarray], gain: float) -> Iterator[np.ndarray]:
    """Pieces of one sound in units of int16, in order, times ``gain`` and limited as a whole, as int16."""
    before, held = np.zeros(0, np.float32), np.zeros(0, np.float32)
    for piece in pieces:
        held = np.concatenate([held, piece.astype(np.float32) * np.float32(gain / 32768)])
        ready = max(0, (len(held) - _CONTEXT) // BLOCK * BLOCK)
        if ready:
            yield _limited(before, held, ready)
            before, held = np.concatenate([before, held[:ready]])[-_CONTEXT:], held[ready:]
    yield _limited(before, held, len(held))


def _limited(before: np.ndarray, held: np.ndarray, ready: int) -> np.ndarray:
    """The first ``ready`` samples of what is ``held``, as int16; ``before``: what was written last."""
    wave = limited(torch.from_numpy(np.concatenate([before, held]))[None])[0].numpy()
    return (wave[len(before) : len(before) + ready] * 32767).round().astype(np.int16)
