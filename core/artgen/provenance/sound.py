"""The invisible mark of sounds: the loudness of cells of the spectrogram moves up or down a little, to a secret pattern.

After Kirovski and Malvar 2003 (spread spectrum in the log spectrum). A change in proportion to what is there lies under it, where
it is masked; low bands, which are loud, move less than high ones, and a sound that carries the mark easily gets it fainter. The
pattern repeats every 256 frames, so that a cut only shifts it. It lies at 0.03 to 0.44 of the sample rate.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import fft, ndimage

from artgen.provenance.found import Mark

_SIZE, _HOP = 1024, 256  # samples: a frame of the spectrogram, and from one to the next
_LOW, _HIGH = 32, 448  # bins
_CELL_T, _CELL_F = 4, 4  # frames, bins; the detector takes them as equal
_PERIOD = 64  # cells: the pattern repeats after that many
_DECIBELS, _TURN = (0.5, 2.0), (45, 192)  # at and below the first bin of _TURN, at and above the second
_SIGN, _BYTE = 0.8, 0.6  # shares of amplitude; their squares sum to one
THRESHOLD = 5.5  # standard deviations: 2e-8 a shift, 64 independent shifts, 5 sample rates
_SURE, _TRIED, _SCALES = (
    11.0,
    0.5,
    (0.25, 1.5),
)  # height aimed at; share of _DECIBELS that is tried first, and its bounds
_PART, _PARTS = 160_000, 3  # samples; parts of a long sound that have to carry the mark each
_FRAMES = _PERIOD * _CELL_T
_WINDOW = np.hanning(_SIZE + 1)[:-1].astype(np.float32)


def mark_sound(data: np.ndarray, code: int) -> np.ndarray:
    """``[n]`` or ``[c, n]`` int16 with the mark of the byte ``code``."""
    if data.ndim == 2:
        return np.stack([mark_sound(channel, code) for channel in data])
    starts = np.linspace(0, max(0, len(data) - _PART), _PARTS if len(data) > _PART else 1).astype(int)
    tried = [_with_pattern(data[start : start + _PART], code, _TRIED) for start in starts]
    weakest = max(min(find_mark(part / np.float32(32768)).z for part in tried), 1.0)
    return _with_pattern(data, code, float(np.clip(_TRIED * _SURE / weakest, *_SCALES)))


def _with_pattern(data: np.ndarray, code: int, scale: float) -> np.ndarray:
    """``[n]`` int16 with the pattern at ``scale`` times its decibels."""
    wave = np.pad(data.astype(np.float32), _SIZE, mode="wrap")  # a loop keeps its seam
    spectra = np.asarray(fft.rfft(_frames(wave) * _WINDOW, axis=1))
    shift = np.exp(scale * _exponents(code))[np.arange(len(spectra)) % _FRAMES] - 1
    change = np.zeros_like(spectra)
    change[:, _LOW:_HIGH] = spectra[:, _LOW:_HIGH] * shift
    add = (
        _overlapped(np.asarray(fft.irfft(change, _SIZE, axis=1)) * _WINDOW, len(wave)) / 1.5
    )  # sum of hann^2 at hop 1/4
    return np.clip(np.rint(data + add[_SIZE : _SIZE + len(data)]), -32768, 32767).astype(np.int16)


def find_mark(wave: np.ndarray) -> Mark:
    """The best sign of a mark in a mono wave ``[n]`` in [-1, 1], at the rate it was made at, over all shifts."""
    if len(wave) < 4 * _SIZE:
        return Mark(0.0, 0, THRESHOLD)
    power = np.abs(np.asarray(fft.rfft(_frames(wave.astype(np.float32)) * _WINDOW, axis=1)))[:, _LOW:_HIGH]
    level = 20 * np.log10(power + 1e-3)
    flat = np.clip(level - ndimage.uniform_filter(level, 33), -12, 12)
    flat[power.max(1) <= 0.02] = 0.0  # silence says nothing
    cells = _whitened(flat).reshape(len(flat), -1, _CELL_F).mean(2)
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
    """``[256 frames, 104 cells]`` of +-1; -1 is the sign of artgen, 0 to 255 are the bytes."""
    rng = np.random.Generator(np.random.PCG64(0x50D + 1 + number))
    signs = rng.integers(0, 2, (_PERIOD, _shape()[1])) * 2 - 1
    return signs.repeat(_CELL_T, 0).astype(np.float32)


@cache
def _exponents(code: int) -> np.ndarray:
    """Natural logarithms ``[256 frames, 416 bins]`` of the gains of the pattern."""
    cells = (_SIGN * _cells(-1) + _BYTE * _cells(code)).repeat(_CELL_F, 1)
    decibels = np.interp(np.log(np.arange(_LOW, _HIGH)), np.log(_TURN), _DECIBELS)
    return (cells * decibels * (np.log(10) / 20)).astype(np.float32)


def _whitened(flat: np.ndarray) -> np.ndarray:
    """The music's own regularities (held tones, a beat) flattened: the spectrum of ``[t, f]`` divided by its smoothed height."""
    spectrum = np.asarray(fft.rfft2(flat))
    return np.asarray(fft.irfft2(spectrum / (ndimage.uniform_filter(np.abs(spectrum), 5) + 1e-3), flat.shape))


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
