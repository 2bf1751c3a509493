"""The two sources of random numbers that a generator may see."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class BatchDraws:
    """For training: one generator for the whole batch."""

    def __init__(self, rng: torch.Generator, batch: int) -> None:
        self._rng = rng
        self.batch = batch

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.batch, *shape, generator=self._rng, device=self._rng.device)


class SeedDraws:
    """For sampling: one stream per seed, drawn on the CPU, so that a sample depends on its own seed only, whatever the
    batch and the device."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        self._rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._device = device
        self.batch = len(seeds)

    def normal(self, *shape: int) -> Tensor:
        return torch.stack([torch.randn(shape, generator=rng) for rng in self._rngs]).to(self._device)
