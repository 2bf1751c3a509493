"""Music without an end: pieces one after the other, each faded into the next, so that there is neither a gap nor a step."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

FADE = 0.5  # seconds over which one piece gives way to the next
LEAST = 4.0  # fades that a piece is long at least


def hop(seconds: float) -> float:
    """Seconds from the beginning of a piece of this length to the beginning of the next."""
    return seconds - fade(seconds)


def fade(seconds: float) -> float:
    """Seconds over which a piece of this length gives way to the next."""
    return min(FADE, seconds / LEAST)


def joined(pieces: Iterable[tuple[float, np.ndarray]], rate: int, seconds: float) -> np.ndarray:
    """Pieces as one sound, int16 ``[n]`` or ``[c, n]`` of ``seconds``.

    - ``pieces``: when each begins (seconds, rising), and its int16 wave ``[n]`` or ``[c, n]``, one shape for all.
    - ``rate``: samples a second.

    Where two overlap, the earlier falls and the later rises with equal power; more than ``fade`` of an overlap is left out."""
    count = round(seconds * rate)
    out: np.ndarray | None = None
    end = 0  # of what has sounded
    for start, wave in pieces:
        first, length = round(start * rate), wave.shape[-1]
        if out is None:
            out = np.zeros((*wave.shape[:-1], count), np.float32)
        if first >= count:
            break
        over = max(0, min(end - first, round(fade(length / rate) * rate)))
        end = min(count, first + length)
        heard = wave[..., : end - first].astype(np.float32)
        if over:
            over = min(over, heard.shape[-1])
            turn = np.linspace(0, np.pi / 2, over, dtype=np.float32)
            heard[..., :over] *= np.sin(turn)
            out[..., first : first + over] *= np.cos(turn)
            out[..., first + over :] = 0
            out[..., first : first + over] += heard[..., :over]
            out[..., first + over : end] = heard[..., over:]
        else:
            out[..., first:end] = heard
            out[..., end:] = 0
    silent = np.zeros(count, np.float32) if out is None else out
    return silent.round().clip(-32768, 32767).astype(np.int16)
