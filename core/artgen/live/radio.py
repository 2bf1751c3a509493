"""Music without an end: pieces one after the other, each faded into the next, so that there is neither a gap nor a step."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

FADE = 0.5  # seconds over which one piece gives way to the next
_DYING = 0.05  # seconds in which a stopped piece falls to a third, as in studio/page/radio.js
LEAST = 4.0  # fades that a piece is long at least


def hop(seconds: float) -> float:
    """Seconds from the beginning of a piece of this length to the beginning of the next."""
    return seconds - fade(seconds)


def fade(seconds: float) -> float:
    """Seconds over which a piece of this length gives way to the next."""
    return min(FADE, seconds / LEAST)


def joined(pieces: Iterable[tuple[float, np.ndarray]], rate: int, seconds: float) -> np.ndarray:
    """Pieces as one sound, int16 ``[n]`` or ``[c, n]`` of ``seconds``.

    - ``pieces``: when each begins (seconds, rising; negative: before the sound), and its int16 wave ``[n]`` or ``[c, n]``, one
      shape for all.
    - ``rate``: samples a second.

    Where two overlap, the earlier falls and the later rises with equal power; more than ``fade`` of an overlap is left out."""
    count, before = round(seconds * rate), 0  # samples of the sound, and of what was over when it began
    out: np.ndarray | None = None
    end = 0  # of what has sounded
    for start, wave in pieces:
        first, length = round(start * rate), wave.shape[-1]
        if first + length <= 0:
            continue
        if out is None:
            before = max(0, -first)
            count += before
            out = np.zeros((*wave.shape[:-1], count), np.float32)
        first = max(0, first + before)
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
    return silent[..., before:].round().clip(-32768, 32767).astype(np.int16)


def ended(wave: np.ndarray, seconds: float, rate: int) -> np.ndarray:
    """A piece, int16 ``[n]`` or ``[c, n]``, that was stopped after so many seconds: it dies away within half a second, and
    silence follows."""
    keep, out = max(0, round(seconds * rate)), wave.astype(np.float32)
    out[..., keep:] *= np.exp(-np.arange(out[..., keep:].shape[-1]) / (_DYING * rate))
    return out.round().astype(np.int16)
