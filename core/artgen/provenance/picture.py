"""The invisible mark of pictures and films: a faint periodic pattern, found again by correlation.

Spread spectrum (Cox et al. 1997): one pattern says "artgen", one of 256 further patterns carries a byte of the model's hash. The
pattern repeats every 64 pixels, so that a crop only shifts it, and the detector looks for all shifts at once by FFT; sizes are
searched one by one. It lies below the quarter of the sampling rate, which half the
size leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from PIL import Image
from scipy import fft, ndimage

from artgen.provenance.found import Mark

TILE = 64  # pixels
_BAND = (0.14, 0.26)  # cycles a pixel
_STRENGTH, _FLAT, _BUSY = 4.0, 0.75, 1.6  # grey levels; factors where nothing and where much is going on
_SIGN, _BYTE = 0.8, 0.6  # shares of amplitude; their squares sum to one
_WHOLE = (1.0, 2.0, 0.5, 1 / 3, 0.25, 1 / 6, 0.125, 4 / 3, 1.5, 4.0)  # sizes that people and players like
_GRID = tuple(float(s) for s in np.geomspace(0.5, 2.0, 29))  # any other: 5 % apart
_WINDOW = 384  # pixels of a picture that are looked at
LEAST = 28  # pixels that must be left at the size looked at
THRESHOLD = 6.0  # standard deviations: 1e-9 a shift; 4096 shifts at about 40 sizes
_SURE, _LOUDER = 9.5, (1.0, 1.4, 1.9)  # a picture that hides its mark too well gets it louder


def mark_picture(data: np.ndarray, code: int) -> np.ndarray:
    """``[c, h, w]`` uint8 with the mark of the byte ``code``; a fourth channel (alpha) is left alone."""
    colours = data[:3].astype(np.float32)
    high, wide = data.shape[1:]
    grey = colours.mean(0)
    busy = np.sqrt(np.maximum(ndimage.uniform_filter(grey**2, 9) - ndimage.uniform_filter(grey, 9) ** 2, 0))
    weight = _STRENGTH * np.clip(_FLAT + busy / 25, _FLAT, _BUSY)
    tile = _SIGN * _pattern(-1) + _BYTE * _pattern(code)
    add = weight * np.tile(tile, (-(-high // TILE), -(-wide // TILE)))[:high, :wide]
    out = data.copy()
    for louder in _LOUDER:
        out[:3] = np.clip(np.rint(colours + louder * add), 0, 255).astype(np.uint8)
        if _height(_folded([_sized(out[:3].mean(0), 1.0)])) >= _SURE:
            break
    return out


def mark_film(data: np.ndarray, code: int) -> np.ndarray:
    """``[c, t, h, w]`` uint8, every frame marked alike."""
    return np.stack([mark_picture(frame, code) for frame in data.swapaxes(0, 1)], 1)


def find_mark(frames: Sequence[np.ndarray]) -> Mark:
    """The best sign of a mark in grey pictures ``[h, w]`` of one size (frames of a film add up), over all shifts and sizes."""
    best = Mark(0.0, 0, THRESHOLD)
    for size in dict.fromkeys((*_WHOLE, *_GRID)):
        if not LEAST <= min(frames[0].shape) * size <= 4096:
            continue
        best = max(best, _look(_folded(_sized(frame, size) for frame in frames)), key=lambda mark: mark.z)
        if best.z > 2 * THRESHOLD:
            break
    return best


@cache
def _pattern(number: int) -> np.ndarray:
    """``[64, 64]``, variance 1, in the band; -1 is the sign of artgen, 0 to 255 are the bytes."""
    noise = np.random.Generator(np.random.PCG64(0xA27 + 1 + number)).standard_normal((TILE, TILE))
    spectrum = np.asarray(fft.fft2(noise)) * _in_band(TILE, TILE)
    tile = np.real(np.asarray(fft.ifft2(spectrum)))
    return (tile / tile.std()).astype(np.float32)


def _in_band(high: int, wide: int) -> np.ndarray:
    radius = np.hypot(np.fft.fftfreq(high)[:, None], np.fft.fftfreq(wide)[None])
    return (radius >= _BAND[0]) & (radius <= _BAND[1])


def _sized(frame: np.ndarray, size: float) -> np.ndarray:
    """Resized by ``size``; of large pictures the middle."""
    high, wide = frame.shape
    keep_h, keep_w = (min(side, int(_WINDOW / size)) for side in (high, wide))
    top, left = (high - keep_h) // 2, (wide - keep_w) // 2
    part = frame[top : top + keep_h, left : left + keep_w].astype(np.float32)
    if size == 1.0:
        return part
    target = (max(1, round(keep_w * size)), max(1, round(keep_h * size)))
    how = Image.Resampling.BOX if size < 1 and (1 / size).is_integer() else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(part).resize(target, how))


def _folded(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Whitened pictures (the phase of their spectrum in the band) added up modulo the tile: ``[64, 64]``."""
    total = np.zeros((TILE, TILE), np.float32)
    for frame in frames:
        high, wide = frame.shape
        edge = np.outer(np.hanning(high + 2)[1:-1], np.hanning(wide + 2)[1:-1]) ** 0.25
        spectrum = np.asarray(fft.fft2((frame - frame.mean()) * edge)) * _in_band(high, wide)
        flat = np.real(np.asarray(fft.ifft2(spectrum / (np.abs(spectrum) + 1e-3))))
        padded = np.zeros((-(-high // TILE) * TILE, -(-wide // TILE) * TILE), np.float32)
        padded[:high, :wide] = flat
        total += padded.reshape(padded.shape[0] // TILE, TILE, -1, TILE).sum((0, 2))
    return total


def _height(folded: np.ndarray) -> float:
    """The sign's best match in standard deviations of all shifts."""
    match = _match(folded)
    return float(match.max()) / max(float(match.std()), 1e-9)


def _match(folded: np.ndarray) -> np.ndarray:
    return np.real(np.asarray(fft.ifft2(np.asarray(fft.fft2(folded)) * np.conj(np.asarray(fft.fft2(_pattern(-1)))))))


def _look(folded: np.ndarray) -> Mark:
    match = _match(folded)
    peak = int(match.argmax())
    spread = float(match.std())
    if spread < 1e-9:  # an empty picture
        return Mark(0.0, 0, THRESHOLD)
    row, column = divmod(peak, TILE)
    placed = np.roll(folded, (-row, -column), (0, 1))
    code = int(np.argmax([float((placed * _pattern(number)).sum()) for number in range(256)]))
    return Mark(float(match.flat[peak]) / spread, code, THRESHOLD)
