"""A generator that is ready to play: averaged weights, codec, class names; seeds in, samples out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from artgen.errors import InputError, nearest
from artgen.nn.style import StyleGenerator
from artgen.sample.draws import BatchDraws, SeedDraws
from artgen.types import Ask, DataSpec, Sample

if TYPE_CHECKING:
    from artgen.types import Codec

_MEAN_DRAWS = 2048


@dataclass(frozen=True)
class Model:
    """``generator`` in eval mode, ``codec``, the measured ``spec``, the size of z and the device they live on."""

    generator: nn.Module
    codec: Codec
    spec: DataSpec
    latent: int
    device: torch.device

    def condition(self, weights: dict[str, float]) -> Tensor:
        """Class weights ``{label: share}`` as ``[1, k]`` that sums to one. Raises InputError for an unknown label."""
        row = torch.zeros(1, self.spec.classes)
        total = sum(weights.values())
        if weights and not (min(weights.values()) >= 0 and 0 < total < math.inf):
            raise InputError(f"--label {weights}: weights must be positive numbers")
        for label, share in weights.items():
            if label not in self.spec.labels:
                raise InputError(f"--label {label}: this run knows no such class, {nearest(label, self.spec.labels)}")
            row[0, self.spec.labels.index(label)] = share / total
        return row.to(self.device)

    def label_of(self, seed: int) -> str | None:
        """The class of a seed when none is asked for: classes take turns, so neighbouring seeds show all of them."""
        return self.spec.labels[seed % self.spec.classes] if self.spec.labels else None

    @torch.inference_mode()
    def encoded(self, seeds: Sequence[int], condition: Tensor, ask: Ask, truncation: float = 1.0) -> Tensor:
        """Encoded items ``[b, *shape]`` for seeds and class weights ``[b, k]``.

        ``truncation`` is psi: w moves to ``mean + psi (w - mean)`` (Karras 2019), mean over the classes asked for; a generator
        without a mapping network gets ``psi * z`` instead."""
        draws = SeedDraws(seeds, self.device)
        z = draws.normal(self.latent)
        generator = self.generator
        if not isinstance(generator, StyleGenerator):
            return generator(z * truncation, condition, draws, ask)
        w = generator.mapping(z, condition)
        if truncation != 1.0:
            mean = torch.cat([self._mean(generator, row[None]) for row in condition])
            w = mean + truncation * (w - mean)
        return generator.synthesis(w, draws, ask)

    def _mean(self, generator: StyleGenerator, condition: Tensor) -> Tensor:
        rng = torch.Generator(self.device).manual_seed(0)
        z = BatchDraws(rng, _MEAN_DRAWS).normal(self.latent)
        return generator.mapping(z, condition.expand(_MEAN_DRAWS, -1)).mean(0, keepdim=True)

    @torch.inference_mode()
    def raw(self, seeds: Sequence[int], labels: Sequence[str | None], ask: Ask | None = None) -> Tensor:
        """Decoded items ``[b, *item]`` as one batch, for judging, where speed counts and the last bit does not."""
        rows = [self.condition({label: 1.0} if label else {}) for label in labels]
        return self.codec.decode(self.encoded(seeds, torch.cat(rows), ask or Ask()))

    @torch.inference_mode()
    def samples(
        self,
        seeds: Sequence[int],
        weights: dict[str, float] | None = None,
        ask: Ask | None = None,
        truncation: float = 1.0,
    ) -> Iterator[Sample]:
        """One Sample per seed, one at a time: same seed, same bytes, however many are asked for."""
        ask = ask or Ask()
        for seed in seeds:
            own = self.label_of(seed)
            shares = weights or ({own: 1.0} if own else {})
            x = self.encoded([seed], self.condition(shares), ask, truncation)
            decoded = self.codec.decode(x, loop=True) if ask.loop else self.codec.decode(x)
            yield Sample(decoded[0].cpu().numpy(), seed, "+".join(shares) or None, ask)


def module(codec: Codec) -> nn.Module:
    """A codec as the nn.Module that it is."""
    return cast(nn.Module, codec)
