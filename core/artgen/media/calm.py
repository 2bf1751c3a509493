"""A limiter for flashes: frames whose brightness or red would swing too often are shown nearer to the one before.

Flashing light can cause seizures. WCAG 2.3.1 allows three flashes in a second, a flash being two opposite changes of the relative
luminance by a tenth; the same goes for saturated red. Here at most two pass in each part of the picture, whatever is played.
"""

from __future__ import annotations

import numpy as np

CHANGES = 4  # opposite changes that a second may hold: two flashes
STEP = 0.1  # of the relative luminance, or of red: what counts as a change
_PARTS = 4  # of each side; the rule looks at a quarter of the field of view, these are smaller
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LINEAR = (np.linspace(0, 1, 256) ** 2.2).astype(np.float32)
_SPARE = 0.9  # of a step that is left where no further change may pass
_STEPS = 12  # bisections of how much of a frame may be shown


class Calm:
    """Frames in their order, each with its time. A cut passes at once; what flickers fades to its middle."""

    def __init__(self) -> None:
        self._shown: np.ndarray | None = None
        self._extreme = self._way = np.zeros(0, np.float32)
        self._times = np.zeros((CHANGES, 0))
        self.held = 0  # frames that were not shown as they came

    def frame(self, picture: np.ndarray, at: float) -> np.ndarray:
        """What to show instead of ``picture`` ``[h, w, 3]`` uint8 at ``at`` (seconds, rising); itself where nothing flashes."""
        if self._shown is None or self._shown.shape != picture.shape:
            self._begin(picture)
            return picture
        old, new = levels(self._shown), levels(picture)
        tired = self._times[0] > at - 1.0  # another change would be one too many
        share = 1.0
        if self._turns(new)[tired].any():
            share = self._most(old, new, tired)
            self.held += 1
            mixed = self._shown + (picture.astype(np.float32) - self._shown) * share
            picture = mixed.round().astype(np.uint8)
            new = levels(picture)
        self._note(new, at)
        self._shown = picture
        return picture

    def _begin(self, picture: np.ndarray) -> None:
        self._shown, self._extreme = picture, levels(picture)
        self._way = np.zeros_like(self._extreme)
        self._times = np.full((CHANGES, len(self._extreme)), -1e9)

    def _turns(self, level: np.ndarray, step: float = STEP) -> np.ndarray:
        """Which parts would turn back by a step."""
        change = level - self._extreme
        return (np.abs(change) >= step) & (np.sign(change) != self._way)

    def _most(self, old: np.ndarray, new: np.ndarray, tired: np.ndarray) -> float:
        """How much of the way to ``new`` can be gone without a turn where none may be."""
        low, high = 0.0, 1.0
        for _ in range(_STEPS):
            share = (low + high) / 2
            turns = self._turns(old + (new - old) * share, STEP * _SPARE)[tired].any()
            low, high = (low, share) if turns else (share, high)
        return low

    def _note(self, level: np.ndarray, at: float) -> None:
        turned = self._turns(level)
        self._times[:, turned] = np.roll(self._times[:, turned], -1, 0)
        self._times[-1, turned] = at
        change = level - self._extreme
        onward = turned | (np.sign(change) == self._way)
        self._way = np.where(turned, np.sign(change), self._way)
        self._extreme = np.where(onward, level, self._extreme)


def levels(picture: np.ndarray) -> np.ndarray:
    """Relative luminance of each part of ``[h, w, 3]`` uint8, then its share of saturated red: ``[2 * parts]`` in [0, 1]."""
    high, wide = picture.shape[:2]
    step = max(1, min(high, wide) // 64)  # a look at every so many pixels is enough
    linear = _LINEAR[picture[::step, ::step]]
    light = linear @ _WEIGHTS
    red = np.maximum(linear[..., 0] - linear[..., 1] - linear[..., 2], 0)
    return np.concatenate([_means(light), _means(red)])


def _means(values: np.ndarray) -> np.ndarray:
    rows = np.array_split(values, min(_PARTS, values.shape[0]), 0)
    return np.array(
        [part.mean() for row in rows for part in np.array_split(row, min(_PARTS, values.shape[1]), 1)], np.float32
    )
