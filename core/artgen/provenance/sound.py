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
TRIALS = 64 * 5  # independent shifts, sample rates
THRESHOLD = 6.0  # standard deviations: 1e-9 a trial, 3e-7 a file; music is not quite random
_SURE, _TRIED = 11.0, 0.5  # height aimed at; share of _DECIBELS that is tried first
_SCALES = (0.25, 1.5)  # and its bounds
_WHOLE, _PART = 160_000, 80_000  # samples that have to carry the mark; longer sounds are tried at both ends, in parts
_FRAMES = _PERIOD * _CELL_T
_WINDOW = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
_HALF = (
    _SIZE // 2
)  # from one frame to the next where the mark is made: half overlapped, roots of the window on both sides
_ROOT = np.sqrt(_WINDOW)


def mark_sound(data: np.ndarray, code: int) -> np.ndarray:
    """``[n]`` or ``[c, n]`` int16 with the mark of the byte ``code``."""
    if data.ndim == 2:
        return np.stack([mark_sound(channel, code) for channel in data])
    wave = data.astype(np.float32)
    add = _change(wave, code)
    long = len(data) > _WHOLE
    parts = [slice(0, _PART), slice(len(data) - _PART, None)] if long else [slice(None)]
    tried = [(wave[part] + _TRIED * add[part]) / np.float32(32768) for part in parts]
    weakest = min(float(_looked(part)[0].max()) for part in tried) * (2**0.5 if long else 1.0)
    weakest = max(weakest, 1.0)
    wave += np.float32(np.clip(_TRIED * _SURE / weakest, *_SCALES)) * add
    return np.clip(np.rint(wave, out=wave), -32768, 32767, out=wave).astype(np.int16)


def _change(data: np.ndarray, code: int) -> np.ndarray:
    """What the pattern at its full decibels adds to a wave ``[n]``."""
    wave = np.pad(data, _SIZE, mode="wrap")  # a loop keeps its seam
    wave = np.pad(wave, (0, -len(wave) % _HALF))
    frames = np.lib.stride_tricks.sliding_window_view(wave, _SIZE)[::_HALF] * _ROOT
    spectra = np.asarray(fft.rfft(frames, axis=1))
    shifts = _shifts(code)
    for start in range(0, len(spectra), len(shifts)):
        part = spectra[start : start + len(shifts)]
        part *= shifts[: len(part)]
    frames = np.asarray(fft.irfft(spectra, _SIZE, axis=1)) * _ROOT
    out = np.zeros(len(wave), np.float32)
    out[: len(frames) * _HALF] += frames[:, :_HALF].ravel()
    out[_HALF : (len(frames) + 1) * _HALF] += frames[:, _HALF:].ravel()
    return out[_SIZE : _SIZE + len(data)]


def find_mark(wave: np.ndarray) -> Mark:
    """The best sign of a mark in a mono wave ``[n]`` in [-1, 1], at the rate it was made at, over all shifts."""
    if len(wave) < 4 * _SIZE:
        return Mark(0.0, 0, THRESHOLD)
    heights, folded = _looked(wave.astype(np.float32))
    shift = int(heights.argmax())
    code = int((_codes() @ np.roll(folded, -shift, 0).ravel()).argmax())
    return Mark(float(heights[shift]), code, THRESHOLD)


def _looked(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sign's match at every shift in frames, in standard deviations, ``[256]``, and the spectrogram modulo the pattern,
    ``[256, 104]``."""
    power = np.abs(np.asarray(fft.rfft(_frames(wave) * _WINDOW, axis=1))[:, _LOW:_HIGH])
    level = 20 * np.log10(power + np.float32(1e-3))
    flat = np.clip(level - ndimage.uniform_filter(level, 33), -12, 12)
    flat[power.max(1) <= 0.02] = 0.0  # silence says nothing
    cells = _whitened(flat).reshape(len(flat), -1, _CELL_F).mean(2)
    padded = np.zeros((-(-len(cells) // _FRAMES) * _FRAMES, cells.shape[1]), np.float32)
    padded[: len(cells)] = cells
    folded = padded.reshape(-1, *_shape()).sum(0)
    spectrum = np.asarray(fft.rfft(folded, axis=0))
    matches = np.asarray(fft.irfft(np.einsum("tf,ntf->nt", spectrum, _finders()), _FRAMES, axis=1))
    spread = float(np.sqrt(matches[1:].var(1).mean()))
    return matches[0] / max(spread, 1e-9) if spread > 1e-9 else np.zeros(_FRAMES), folded


@cache
def _finders() -> np.ndarray:
    """The spectra that find the sign and, for the standard deviation, 16 other patterns: ``[17, 129, 104]``."""
    return np.stack([np.conj(np.asarray(fft.rfft(_cells(number), axis=0))) for number in range(-1, 16)])


def _shape() -> tuple[int, int]:
    return _FRAMES, (_HIGH - _LOW) // _CELL_F


@cache
def _cells(number: int) -> np.ndarray:
    """``[256 frames, 104 cells]`` of +-1; -1 is the sign of artgen, 0 to 255 are the bytes."""
    rng = np.random.Generator(np.random.PCG64(0x50D + 1 + number))
    signs = rng.integers(0, 2, (_PERIOD, _shape()[1])) * 2 - 1
    return signs.repeat(_CELL_T, 0).astype(np.float32)


@cache
def _codes() -> np.ndarray:
    """The patterns of all bytes, ``[256, 26624]``."""
    return np.stack([_cells(number).ravel() for number in range(256)])


@cache
def _shifts(code: int) -> np.ndarray:
    """What the pattern adds to each bin, as a share of it: ``[128 half-overlapped frames, 513]``."""
    cells = (_SIGN * _cells(-1) + _BYTE * _cells(code))[:: _HALF // _HOP].repeat(_CELL_F, 1)
    decibels = np.interp(np.log(np.arange(_LOW, _HIGH)), np.log(_TURN), _DECIBELS)
    shifts = np.zeros((len(cells), _SIZE // 2 + 1), np.float32)
    shifts[:, _LOW:_HIGH] = np.exp(cells * decibels * (np.log(10) / 20)) - 1
    return shifts


def _whitened(flat: np.ndarray) -> np.ndarray:
    """The music's own regularities (held tones, a beat) flattened: the spectrum of ``[t, f]`` divided by its smoothed height."""
    length = fft.next_fast_len(len(flat), real=True)
    spectrum = np.asarray(fft.rfft2(flat, (length, flat.shape[1])))
    spectrum /= ndimage.uniform_filter(np.abs(spectrum), 5) + np.float32(1e-3)
    return np.asarray(fft.irfft2(spectrum, (length, flat.shape[1])))[: len(flat)]


def _frames(wave: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(wave, _SIZE)[::_HOP]
