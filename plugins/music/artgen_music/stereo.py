"""A mono sound spread to two channels, of which the sum is the mono sound again.

The side channel, what left has more of and right less, is the sound through a short random echo: a few dozen strokes of either
sign within 30 ms (velvet noise, Valimaki 2013), which leave its color as it is and loosen it in time. Bass stays in the middle.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ECHO, STROKES = 0.03, 45  # seconds, and how many strokes in them
DECAY = 20.0  # dB that the last stroke is softer than the first would be
LOWEST = 200.0  # Hz: what is below stays in the middle


def widened(wave: np.ndarray, rate: int, width: float, loop: bool = False) -> np.ndarray:
    """A sound [n] to float32 [n, 2], left and right, whose mean is the sound.

    - ``width``: how strong the side is beside the middle, in [0, 1].
    - ``loop``: the end runs into the beginning, in the echo too."""
    from scipy.signal import oaconvolve

    echo, middle = _echo(rate), wave.astype(np.float32)
    if loop:
        before = middle[np.arange(-len(echo) + 1, 0) % len(middle)]
        side = oaconvolve(np.concatenate([before, middle]), echo, "valid")
    else:
        side = oaconvolve(middle, echo)[: len(middle)]
    side = np.float32(width) * side.astype(np.float32)
    return np.stack([middle + side, middle - side], 1)


@lru_cache(maxsize=4)
def _echo(rate: int) -> np.ndarray:
    """The strokes at ``rate``, without what is below LOWEST, of unit energy above it."""
    from scipy.signal import butter, sosfilt

    rng = np.random.default_rng(22)
    room = ECHO / STROKES
    at = (np.arange(STROKES) + rng.uniform(0, 1, STROKES)) * room
    echo = np.zeros(round(ECHO * rate) + round(0.03 * rate), np.float64)  # and room for the filter to die away
    echo[(at * rate).astype(int)] = rng.choice([-1.0, 1.0], STROKES) * 10 ** (-DECAY / 20 * at / ECHO)
    echo = np.asarray(sosfilt(butter(2, LOWEST, "highpass", fs=rate, output="sos"), echo))
    return (echo / np.linalg.norm(echo)).astype(np.float32)
