"""The two sources of random numbers that a generator may see."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from artgen.errors import InputError


class BatchNoise:
    """For training: one generator for the whole batch."""

    def __init__(self, rng: torch.Generator, batch: int) -> None:
        self._rng = rng
        self.batch = batch

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.batch, *shape, generator=self._rng, device=self._rng.device)


class PerSeedNoise:
    """For sampling: one stream per seed, drawn on the CPU, so that a sample depends on its own seed only, whatever the
    batch and the device. Raises InputError for a seed that is none."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        odd = [seed for seed in seeds if not 0 <= seed < 2**63]
        if odd:
            raise InputError(f"seed {odd[0]}: give a number from 0 to 2**63 - 1")
        self._rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._device = device
        self.batch = len(seeds)

    def normal(self, *shape: int) -> Tensor:
        return torch.stack([torch.randn(shape, generator=rng) for rng in self._rngs]).to(self._device)


class ReplayedNoise:
    """Numbers that are known, in the order in which they are asked for, each ``[1, *shape]``. What goes beyond them, or has
    another shape because another length is asked for, comes from a seed, as it would without them."""

    def __init__(self, kept: Sequence[Tensor], rest: PerSeedNoise) -> None:
        self._kept, self._rest = list(kept), rest
        self.batch = rest.batch

    def normal(self, *shape: int) -> Tensor:
        drawn = self._rest.normal(*shape)
        known = self._kept.pop(0) if self._kept else None
        return drawn if known is None or known.shape[1:] != shape else known.to(drawn).expand(self.batch, *shape)


class RecordedNoise:
    """Noise that remember what they gave, in ``given``."""

    def __init__(self, noise: PerSeedNoise) -> None:
        self._draws = noise
        self.batch = noise.batch
        self.given: list[Tensor] = []

    def normal(self, *shape: int) -> Tensor:
        self.given.append(self._draws.normal(*shape))
        return self.given[-1]


class GivenNoise:
    """Numbers that enter a graph as inputs, each ``[b, *shape]``, in the order in which the generator asks for them.

    Raises ValueError where the generator asks for more, or for another shape."""

    def __init__(self, given: Sequence[Tensor], batch: int) -> None:
        self._given = list(given)
        self.batch = batch

    def normal(self, *shape: int) -> Tensor:
        if not self._given or tuple(self._given[0].shape[1:]) != shape:
            raise ValueError(f"the generator asks for other noise than before: {list(shape)}")
        return self._given.pop(0)
