"""Files to sound: any rate, any channels, any length, from anyone; bounded in memory and time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr

from artgen_music.config import SAMPLE_RATE

_BLOCK = 65_536  # frames read at a time
_MOST_CHANNELS = 64
_RATES = (2_000, 384_000)  # Hz
_LOUDNESS = 0.1  # RMS: -20 dBFS
_SILENT = 1e-4  # RMS: -80 dBFS
SHORTEST = 0.5  # seconds


class Unusable(Exception):
    """Why a file gives no music, in words for its owner."""


def listen(path: Path, minutes: float, normalize: bool) -> np.ndarray:
    """The first ``minutes`` of a file as mono float32 ``[n]`` at 16 kHz, in [-1, 1]. Raises Unusable.

    The header is looked at before anything is decoded, and decoding streams block by block, so that a small file that claims or
    holds hours costs no more than ``minutes`` of it."""
    wave = np.empty(
        round(minutes * 60 * SAMPLE_RATE) + _BLOCK, np.float32
    )  # no second copy, pages that stay empty cost nothing
    count = 0
    for part in blocks(path, minutes):
        wave[count : count + len(part)] = part
        count += len(part)
    wave = wave[:count]
    wave *= loudness((wave[start : start + _BLOCK] for start in range(0, count, _BLOCK)), normalize)
    return wave


def blocks(path: Path, minutes: float = math.inf) -> Iterator[np.ndarray]:
    """The same in pieces of a few seconds, as loud as in the file, for what may be too long to be held in memory."""
    try:
        with _hushed():
            file = soundfile.SoundFile(path)
        with file:
            _check(file)
            yield from _stream(file, minutes)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise Unusable(f"cannot be decoded ({_reason(error)})") from None


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


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep the decoders' C libraries from writing to the terminal; what they have to say comes as an exception."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _check(file: soundfile.SoundFile) -> None:
    if file.channels > _MOST_CHANNELS:
        raise Unusable(f"has {file.channels} channels, at most {_MOST_CHANNELS} are read")
    if not _RATES[0] <= file.samplerate <= _RATES[1]:
        raise Unusable(f"has a sample rate of {file.samplerate} Hz, {_RATES[0]} to {_RATES[1]} are read")
    if file.frames == 0:
        raise Unusable("holds no samples")


def _stream(file: soundfile.SoundFile, minutes: float) -> Iterator[np.ndarray]:
    resampler = soxr.ResampleStream(file.samplerate, SAMPLE_RATE, 1, dtype="float32")
    left = minutes * 60 * file.samplerate
    ended = left <= 0
    while not ended:
        with _hushed():
            block = file.read(int(min(_BLOCK, left)), dtype="float32", always_2d=True)
        left -= len(block)
        ended = len(block) < _BLOCK or left < 1
        # numbers too large to be averaged become infinite, and are refused like those that are
        with np.errstate(over="ignore", invalid="ignore"):
            mono = block.mean(1)
        chunk = resampler.resample_chunk(mono, last=ended)
        if not (np.isfinite(mono).all() and np.isfinite(chunk).all()):
            raise Unusable("holds samples that are not numbers (NaN or infinity)")
        yield chunk


def _reason(error: Exception) -> str:
    text = " ".join(str(getattr(error, "error_string", None) or error).split())
    if (
        "not a regular file" in text
    ):  # libsndfile's words for an MP3 file in which it finds no sound; the scan saw a file
        return "it holds no sound of a known format"
    return text.rstrip(".").lower()[:120]
