"""The invisible mark of pictures and films: a faint periodic pattern, found again by correlation.

Spread spectrum (Cox et al. 1997): one pattern says "artgen", one of 256 further patterns carries a byte of the model's hash. The
pattern repeats every 64 pixels, so that a crop only shifts it, and the detector looks for all shifts at once by FFT; sizes are
searched one by one, and mirrored pictures with them. It lies below the quarter of the sampling rate, which half the size leaves
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image
from scipy import fft, ndimage

from artgen.provenance.found import Mark

TILE = 64  # pixels
_BAND = (0.14, 0.26)  # cycles a pixel
_SIDES = 128, 256  # pixels of a side, at which the next two hold: the more places, the fainter may each be
_STRENGTH = 4.0, 2.2  # gray levels
_SURE = 10.0, 10.5  # the height below which a work hides its mark too well and gets it louder
_FLAT = 0.75, 0.5  # factors where nothing is going on: on even ground the eye sees grain first
_BUSY = 1.6, 2.0  # and where much is
_BLOCK = 4  # pixels: how finely that is told
_SIGN, _BYTE = 0.8, 0.6  # shares of amplitude; their squares sum to one
_WHOLE = (1.0, 2.0, 0.5, 1 / 3, 0.25, 1 / 6, 0.125, 4 / 3, 1.5, 4.0)  # sizes that people and players like
_GRID = tuple(float(s) for s in np.geomspace(0.5, 2.0, 94))  # any other: 1.5 % apart
_WINDOW, _SMALL = 384, 256  # pixels of a picture that are looked at; at a size of the grid
_LARGEST = 1024  # pixels of a side that are whitened
LEAST = 28  # pixels that must be left at the size looked at
TRIALS = TILE * TILE * 2 * (len(_WHOLE) + len(_GRID))  # shifts, mirrored or not, sizes
THRESHOLD = 6.7  # standard deviations: 1e-11 a trial, 9e-6 a file
_LOUDEST = 1.9  # times as loud, at most
_AT_ONCE = 64  # frames that are marked together


def mark_picture(data: np.ndarray, code: int) -> np.ndarray:
    """``[c, h, w]`` uint8 with the mark of the byte ``code``; a fourth channel (alpha) is left alone."""
    return mark_film(data[:, None], code)[:, 0]


def mark_film(data: np.ndarray, code: int) -> np.ndarray:
    """``[c, t, h, w]`` uint8, every frame with the same pattern."""
    out = data.copy()
    for start in range(0, data.shape[1], _AT_ONCE):
        _mark(out[:3, start : start + _AT_ONCE], code)
    return out


def _mark(colors: np.ndarray, code: int) -> None:
    """``[c, t, h, w]`` uint8 in place."""
    high, wide = colors.shape[2:]
    gray = np.add.reduce(colors, 0, np.float32) / np.float32(len(colors))
    tile = _SIGN * _pattern(-1) + _BYTE * _pattern(code)
    add = _weight(gray)
    add *= np.tile(tile, (-(-high // TILE), -(-wide // TILE)))[:high, :wide]
    shown = sorted({0, len(gray) // 2, len(gray) - 1})
    tried = (gray[shown] + np.rint(add[shown])).clip(0, 255)
    size = min(high, _SMALL), min(wide, _SMALL)
    weakest = min(_height(_folded(_whitened([_middle(frame, *size)]))) for frame in tried)
    sure = _by_size(_SURE, high, wide)
    if weakest < sure:
        add *= min(1.15 * sure / max(weakest, 1.0), _LOUDEST)
    step = np.rint(add, out=add).astype(np.int16)
    for channel in colors:
        moved = channel + step
        channel[...] = np.clip(moved, 0, 255, out=moved)


def _weight(gray: np.ndarray) -> np.ndarray:
    """Gray levels ``[t, h, w]`` that a place can hide: more where much is going on around it."""
    high, wide = gray.shape[1:]
    mean, square = (_smooth(_reduced(part)) for part in (gray, gray * gray))
    busy = np.sqrt(np.maximum(square - mean * mean, 0))
    strength, flat, most = (np.float32(_by_size(values, high, wide)) for values in (_STRENGTH, _FLAT, _BUSY))
    weight = np.clip(flat + busy / np.float32(25), flat, most) * strength
    return weight.repeat(_BLOCK, 1)[:, :high].repeat(_BLOCK, 2)[:, :, :wide]


def _by_size(values: tuple[float, float], high: int, wide: int) -> float:
    """Between the values at ``_SIDES``; of smaller works the first, of larger ones the second."""
    return float(np.interp((high * wide) ** 0.5, _SIDES, values))


def _smooth(frames: np.ndarray) -> np.ndarray:
    return ndimage.uniform_filter1d(ndimage.uniform_filter1d(frames, 3, 1), 3, 2)


def _reduced(frames: np.ndarray) -> np.ndarray:
    """Means of blocks."""
    return np.stack([np.asarray(Image.fromarray(frame).reduce(_BLOCK)) for frame in frames])


def find_mark(frames: Sequence[np.ndarray]) -> Mark:
    """The best sign of a mark in gray pictures ``[h, w]`` of one size (frames of a film add up), over all shifts and sizes, as
    they are and mirrored."""
    best, place, flat = 0.0, np.zeros((TILE, TILE), np.float32), _whitened(frames)
    for size in dict.fromkeys((*_WHOLE, *_GRID)):
        if not LEAST <= min(flat.shape) * size <= 4096:
            continue
        folded = _folded(_sized(flat, size, _WINDOW if size in _WHOLE else _SMALL))
        for view in (folded, folded[:, ::-1]):
            match = _match(view)
            spread, peak = float(match.std()), int(match.argmax())
            if spread > 1e-9 and float(match.flat[peak]) / spread > best:
                best = float(match.flat[peak]) / spread
                row, column = divmod(peak, TILE)
                place = np.roll(view, (-row, -column), (0, 1))
        if best > 1.5 * THRESHOLD:
            break
    return Mark(best, int((_codes() @ place.ravel()).argmax()), THRESHOLD)


@lru_cache(512)
def _pattern(number: int) -> np.ndarray:
    """``[64, 64]``, variance 1, in the band; -1 is the sign of artgen, 0 to 255 are the bytes."""
    noise = np.random.Generator(np.random.PCG64(0xA27 + 1 + number)).standard_normal((TILE, TILE))
    spectrum = np.asarray(fft.rfft2(noise)) * _in_band(TILE, TILE)
    tile = np.asarray(fft.irfft2(spectrum, noise.shape))
    return (tile / tile.std()).astype(np.float32)


@lru_cache(512)
def _codes() -> np.ndarray:
    """The patterns of all bytes, ``[256, 4096]``."""
    return np.stack([_pattern(number).ravel() for number in range(256)])


@lru_cache(512)
def _sign() -> np.ndarray:
    """The spectrum that finds the sign of artgen."""
    return np.conj(np.asarray(fft.rfft2(_pattern(-1))))


@lru_cache(512)
def _in_band(high: int, wide: int) -> np.ndarray:
    """Which bins of ``rfft2`` lie in the band."""
    radius = np.hypot(np.fft.fftfreq(high)[:, None], np.fft.rfftfreq(wide)[None])
    return (radius >= _BAND[0]) & (radius <= _BAND[1])


@lru_cache(512)
def _edge(high: int, wide: int) -> np.ndarray:
    """Fades the borders, which would else be the strongest edge of all."""
    return (np.outer(np.hanning(high + 2)[1:-1], np.hanning(wide + 2)[1:-1]) ** 0.25).astype(np.float32)


def _whitened(frames: Sequence[np.ndarray]) -> np.ndarray:
    """The phases of the spectrum alone, in which no picture is louder than the mark. Frames add up; the middle of large ones."""
    high, wide = (min(side, _LARGEST) for side in frames[0].shape)
    total = np.zeros((high, wide), np.float32)
    for frame in frames:
        part = _middle(frame, high, wide)
        spectrum = np.asarray(fft.rfft2((part - part.mean()) * _edge(high, wide)))
        spectrum /= np.abs(spectrum) + 1e-3
        total += np.asarray(fft.irfft2(spectrum, (high, wide)))
    return total


def _middle(frame: np.ndarray, high: int, wide: int) -> np.ndarray:
    top, left = (frame.shape[0] - high) // 2, (frame.shape[1] - wide) // 2
    return frame[top : top + high, left : left + wide].astype(np.float32)


def _sized(frame: np.ndarray, size: float, window: int) -> np.ndarray:
    """The middle, resized by ``size``."""
    part = _middle(frame, *(min(side, int(window / size)) for side in frame.shape))
    if size == 1.0:
        return part
    target = (max(1, round(part.shape[1] * size)), max(1, round(part.shape[0] * size)))
    how = Image.Resampling.BOX if size < 1 and (1 / size).is_integer() else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(part).resize(target, how))


def _folded(flat: np.ndarray) -> np.ndarray:
    """A picture added up modulo the tile: ``[64, 64]``."""
    high, wide = flat.shape
    padded = np.zeros((-(-high // TILE) * TILE, -(-wide // TILE) * TILE), np.float32)
    padded[:high, :wide] = flat
    return padded.reshape(padded.shape[0] // TILE, TILE, -1, TILE).sum((0, 2))


def _height(folded: np.ndarray) -> float:
    """The sign's best match in standard deviations of all shifts."""
    match = _match(folded)
    return float(match.max()) / max(float(match.std()), 1e-9)


def _match(folded: np.ndarray) -> np.ndarray:
    """Correlation with the sign at every shift, ``[64, 64]``."""
    return np.asarray(fft.irfft2(np.asarray(fft.rfft2(folded)) * _sign(), (TILE, TILE)))
