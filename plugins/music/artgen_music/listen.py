"""Files to sound: any rate, any channels, any length, from anyone; bounded in memory and time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soxr

from artgen.media import NoSoundError, Sound, open_sound
from artgen_music.config import SAMPLE_RATE

_BLOCK = 65_536  # samples looked at together
_HUGE = 1e6  # of full scale: no sound
_LOUDNESS = 0.1  # RMS: -20 dBFS
_SILENT = 1e-4  # RMS: -80 dBFS
PIECE = 60.0  # seconds of a long recording that are taken together
SHORTEST = 0.05  # seconds: a drum hit


class Unusable(Exception):
    """Why a file gives no music, in words for its owner."""


def listen(
    path: Path, minutes: float, normalize: bool, trouble: list[str] | None = None, spread: bool = True
) -> list[np.ndarray]:
    """A file as mono float32 ``[n]`` at 16 kHz, in [-1, 1]: whole where it is no longer than ``minutes``; else pieces of PIECE
    seconds, ``minutes`` in all, spread over its whole length. Raises Unusable.

    The header is looked at before anything is decoded, and decoding streams block by block, so that a small file that claims or
    holds hours costs no more than ``minutes`` of it.

    - ``trouble``: filled with what was left out, in words.
    - ``spread``: False: a longer file gives its first ``minutes`` in one piece instead, so that sounds that begin together
      stay together."""
    try:
        sound = open_sound(path)
        weights, offset = sound.to_mono()
        room = minutes * 60
        if sound.seconds > room:
            count = max(1, round(room / PIECE)) if spread else 1
            starts = np.linspace(0, sound.seconds - room / count, count)
            pieces = [_piece(sound, start, room / count, weights, offset) for start in starts]
            left = f"lasts {sound.seconds / 60:.0f} min, of which {sound.seconds / 60 - minutes:.0f} min are left out"
            sound.trouble.append(f"{left} {'here and there' if spread else 'at the end'}")
        else:
            pieces = [_piece(sound, 0.0, room, weights, offset)]
    except NoSoundError as error:
        raise Unusable(str(error)) from None
    gain = loudness((piece[at : at + _BLOCK] for piece in pieces for at in range(0, len(piece), _BLOCK)), normalize)
    for piece in pieces:
        piece *= gain
    if trouble is not None:
        trouble += sound.trouble
    return pieces


def _piece(sound: Sound, start: float, seconds: float, weights: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """At most ``seconds`` from ``start`` on."""
    most = round(seconds * SAMPLE_RATE) + 2 * _BLOCK
    wave = np.empty(min(most, round((sound.seconds or PIECE) * SAMPLE_RATE) + 2 * _BLOCK), np.float32)
    count = 0
    for part in _streamed(sound, start, seconds, weights, offset):
        part = part[: most - count]
        if count + len(part) > len(wave):  # longer than it says
            wave = np.concatenate([wave, np.empty(min(most, 2 * len(wave)) - len(wave), np.float32)])
        wave[count : count + len(part)] = part
        count += len(part)
    return wave[:count]


def blocks(path: Path) -> Iterator[np.ndarray]:
    """A whole file in pieces of a few seconds, as loud as in the file, for what may be too long to be held in memory."""
    try:
        sound = open_sound(path)
        weights, offset = sound.to_mono()
        yield from _streamed(sound, 0.0, math.inf, weights, offset)
    except NoSoundError as error:
        raise Unusable(str(error)) from None


def _streamed(
    sound: Sound, start: float, seconds: float, weights: np.ndarray, offset: np.ndarray
) -> Iterator[np.ndarray]:
    resampler = soxr.ResampleStream(sound.rate, SAMPLE_RATE, 1, dtype="float32")
    left = seconds * sound.rate
    for block in sound.blocks(start):
        yield _resampled(resampler, block[: math.ceil(min(left, len(block)))], weights, offset)
        left -= len(block)
        if left <= 0:
            break
    yield _resampled(resampler, np.zeros((0, sound.channels), np.float32), weights, offset, last=True)


def loudness(parts: Iterable[np.ndarray], normalize: bool) -> np.float32:
    """The factor that brings the ``parts`` of a sound together to the usual loudness, or only keeps them from clipping.
    Raises Unusable for what is too short or silent."""
    count, total, peak = 0, 0.0, 0.0
    for part in parts:
        count += len(part)
        total += float(np.square(part, dtype=np.float64).sum())
        peak = max(peak, float(np.abs(part).max(initial=0.0)))
    if count < SHORTEST * SAMPLE_RATE:
        raise Unusable(f"is shorter than {SHORTEST} seconds")
    rms = math.sqrt(total / count)
    if rms < _SILENT:
        raise Unusable("is silent")
    return np.float32(min(_LOUDNESS / rms, 0.95 / peak) if normalize else min(1.0, 1.0 / peak))


def _resampled(
    resampler: soxr.ResampleStream, block: np.ndarray, weights: np.ndarray, offset: np.ndarray, last: bool = False
) -> np.ndarray:
    """A block ``[n, channels]`` as mono at SAMPLE_RATE. Raises Unusable for numbers that are none."""
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # numbers too large to be averaged become infinite, and are refused
        mono = (block - offset) @ weights
    chunk = resampler.resample_chunk(np.ascontiguousarray(mono, np.float32), last=last)
    if not (np.abs(mono).max(initial=0.0) < _HUGE and np.isfinite(chunk).all()):  # NaN is below nothing
        raise Unusable("holds samples that are not numbers (NaN or infinity)")
    return chunk
