"""Decoded frames to RGB as a player shows them: by matrix and range, in a screen's primaries, high dynamic range toned down.

Constants are those of ITU-T H.273 (code points), BT.709, BT.2020, SMPTE EG 432-1 (P3), BT.2100 (HLG and PQ) and BT.2408
(where white lies).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.frame import VideoFrame

UNSAID, BT709, BT601, BT2020 = 2, 1, 6, 9  # matrices; 9 stands for the primaries too
P3 = 12  # primaries
PQ, HLG = 16, 18  # transfer functions
HD = 720  # lines from which on a film that does not say its matrix is shown by that of BT.709, below by that of BT.601
KNEE = 0.85  # of white, in linear light: what is brighter is squeezed into the rest
_HLG_WHITE = 0.2646  # scene light of a signal of 75 %, which is white on an ordinary screen
_PQ_WHITE = 203 / 10_000
_TO_BT709 = {
    BT2020: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32),
    P3: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]], np.float32),
}


def to_rgb(frame: VideoFrame, width: int, height: int, smooth: bool = True) -> np.ndarray:
    """A frame in that size as ``[height, width, 3]`` uint8. ``smooth``: pixels are averaged where it becomes smaller."""
    tags: Any = frame
    matrix = int(frame.colorspace)
    if matrix == UNSAID and int(tags.color_primaries) == BT2020:
        matrix = BT2020
    elif matrix == UNSAID:
        matrix = BT709 if frame.height >= HD else BT601
    transfer, primaries = int(tags.color_trc), int(tags.color_primaries)
    wide = transfer in (PQ, HLG) or primaries in _TO_BT709
    how: dict[str, Any] = {"interpolation": "AREA"} if smooth else {}
    if frame.format.is_rgb:
        shown = frame.reformat(width, height, format="rgb48le" if wide else "rgb24", **how)
    else:
        frame.colorspace = matrix  # which the conversion goes by
        shown = frame.reformat(width, height, format="rgb48le" if wide else "rgb24", **how)
    picture = shown.to_ndarray()
    return _toned(picture, transfer, primaries) if wide else picture


def _toned(picture: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    """uint16 ``[h, w, 3]`` of a wide or bright picture as uint8 of BT.709, white where BT.2408 has it."""
    signal = picture.astype(np.float32) / 65535
    if transfer == HLG:
        light = _hlg(signal) / _HLG_WHITE
    elif transfer == PQ:
        light = _pq(signal) / _PQ_WHITE
    else:
        light = _linear(signal)
    matrix = _TO_BT709.get(BT2020 if transfer in (PQ, HLG) and primaries == UNSAID else primaries)
    if matrix is not None:
        light = light @ matrix.T
    if transfer in (PQ, HLG):
        top = light.max(2, keepdims=True)
        squeezed = KNEE + (1 - KNEE) * (1 - np.exp(-np.maximum(top - KNEE, 0) / (1 - KNEE)))
        light = light * np.where(top > KNEE, squeezed / np.maximum(top, 1e-6), 1)
    return (_encoded(light.clip(0, 1)) * 255 + 0.5).astype(np.uint8)


def _hlg(signal: np.ndarray) -> np.ndarray:
    """The signal of HLG to scene light in [0, 1] (BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def _pq(signal: np.ndarray) -> np.ndarray:
    """The signal of PQ to light as a share of 10,000 cd/m2 (BT.2100, table 4)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = signal ** (1 / m2)
    return (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def _linear(signal: np.ndarray) -> np.ndarray:
    """sRGB to light in [0, 1] (IEC 61966-2-1), by which screens show ordinary films."""
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _encoded(light: np.ndarray) -> np.ndarray:
    """The way back."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
