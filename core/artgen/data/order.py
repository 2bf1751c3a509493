"""Which items make the next batch: a function of (seed, items seen) alone, so a resumed run sees what it would have seen."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


class ShuffledPasses:
    """Endless shuffled passes over ``count`` items.

    ``at(seen, size)`` gives the ``size`` positions that follow after ``seen`` items; a pass uses every item once."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self._seed = seed
        self._pass = lru_cache(maxsize=4)(self._shuffled)

    def at(self, seen: int, size: int) -> np.ndarray:
        positions = np.arange(seen, seen + size)
        passes = positions // self.count
        return np.concatenate([self._pass(int(p))[positions[passes == p] % self.count] for p in np.unique(passes)])

    def _shuffled(self, number: int) -> np.ndarray:
        return np.random.default_rng((self._seed, number)).permutation(self.count)
