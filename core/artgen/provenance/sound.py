"""The invisible mark of sounds: the loudness of cells of the spectrogram moves by up to three decibels, to a secret pattern.

After Kirovski and Malvar 2003 (spread spectrum in the log spectrum). The pattern repeats every 256 frames, so that a cut only
shifts it. It lies at 0.03 to 0.25 of the sample rate, in the middle of what MP3 keeps.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import fft, ndimage

from artgen.provenance.found import Mark

_SIZE, _HOP = 1024, 256  # samples: a frame of the spectrogram, and from one to the next
_LOW, _HIGH = 32, 256  # bins
_CELL_T, _CELL_F = 4, 4  # frames, bins; the detector takes them as equal
_PERIOD = 64  # cells: the pattern repeats after that many
_DECIBELS = 2.0
_SIGN, _BYTE = 0.8, 0.6  # shares of amplitude; their squares sum to one
THRESHOLD = 5.5  # standard deviations: 2e-8 a shift, 64 independent shifts
_FRAMES = _PERIOD * _CELL_T
_WINDOW = np.hanning(_SIZE + 1)[:-1].astype(np.float32)


def mark_sound(data: np.ndarray, code: int) -> np.ndarray:
    """``[n]`` or ``[c, n]`` int16 with the mark of the byte ``code``."""
    if data.ndim == 2:
        return np.stack([mark_sound(channel, code) for channel in data])
    wave = np.pad(data.astype(np.float32), _SIZE, mode="wrap")  # a loop keeps its seam
    spectra = np.asarray(fft.rfft(_frames(wave) * _WINDOW, axis=1))
    gains = _gains(code)[np.arange(len(spectra)) % _FRAMES] - 1
    change = np.zeros_like(spectra)
    change[:, _LOW:_HIGH] = spectra[:, _LOW:_HIGH] * gains
    add = (
        _overlapped(np.asarray(fft.irfft(change, _SIZE, axis=1)) * _WINDOW, len(wave)) / 1.5
    )  # sum of hann^2 at hop 1/4
    marked = data + add[_SIZE : _SIZE + len(data)]
    return np.clip(np.rint(marked), -32768, 32767).astype(np.int16)


def find_mark(wave: np.ndarray) -> Mark:
    """The best sign of a mark in a mono wave ``[n]`` in [-1, 1], at the rate it was made at, over all shifts."""
    if len(wave) < 4 * _SIZE:
        return Mark(0.0, 0, THRESHOLD)
    power = np.abs(np.asarray(fft.rfft(_frames(wave.astype(np.float32)) * _WINDOW, axis=1)))[:, _LOW:_HIGH]
    level = 20 * np.log10(power + 1e-3)
    flat = np.clip(level - ndimage.uniform_filter(level, 4 * _CELL_T + 1), -6, 6)
    loud = power.max(1) > 0.02
    flat[~loud] = 0.0  # silence says nothing
    cells = flat.reshape(len(flat), -1, _CELL_F).mean(2)
    padded = np.zeros((-(-len(cells) // _FRAMES) * _FRAMES, cells.shape[1]), np.float32)
    padded[: len(cells)] = cells
    folded = padded.reshape(-1, *_shape()).sum(0)
    match = _match(folded, _cells(-1))
    spread = float(np.sqrt(np.mean([np.var(_match(folded, _cells(number))) for number in range(16)])))
    if spread < 1e-9:
        return Mark(0.0, 0, THRESHOLD)
    shift = int(match.argmax())
    placed = np.roll(folded, -shift, 0)
    code = int(np.argmax([float((placed * _cells(number)).sum()) for number in range(256)]))
    return Mark(float(match[shift]) / spread, code, THRESHOLD)


def _shape() -> tuple[int, int]:
    return _FRAMES, (_HIGH - _LOW) // _CELL_F


@cache
def _cells(number: int) -> np.ndarray:
    """``[256 frames, 56 cells]`` of +-1; -1 is the sign of artgen, 0 to 255 are the bytes."""
    rng = np.random.Generator(np.random.PCG64(0x50D + 1 + number))
    signs = rng.integers(0, 2, (_PERIOD, _shape()[1])) * 2 - 1
    return signs.repeat(_CELL_T, 0).astype(np.float32)


@cache
def _gains(code: int) -> np.ndarray:
    """Factors ``[256 frames, 224 bins]`` of the pattern."""
    cells = _SIGN * _cells(-1) + _BYTE * _cells(code)
    return (10 ** (_DECIBELS * cells.repeat(_CELL_F, 1) / 20)).astype(np.float32)


def _match(folded: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """Correlation at every shift in frames, ``[256]``."""
    product = np.asarray(fft.rfft(folded, axis=0)) * np.conj(np.asarray(fft.rfft(pattern, axis=0)))
    return np.asarray(fft.irfft(product.sum(1), len(folded)))


def _frames(wave: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(wave, _SIZE)[::_HOP]


def _overlapped(frames: np.ndarray, length: int) -> np.ndarray:
    out = np.zeros(length + _SIZE, np.float32)
    for part in range(_SIZE // _HOP):
        piece = frames[:, part * _HOP : (part + 1) * _HOP].ravel()
        out[part * _HOP : part * _HOP + len(piece)] += piece
    return out[:length]
