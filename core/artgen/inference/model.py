"""A generator that is ready to play: averaged weights, codec, class names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from artgen.contract.data import DataSpec
from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample
from artgen.data.names import same
from artgen.errors import InputError, nearest
from artgen.inference.noise import BatchNoise, PerSeedNoise
from artgen.nn.style import StyleGenerator

if TYPE_CHECKING:
    from artgen.contract.codec import Codec
    from artgen.contract.networks import Noise

_MEAN_DRAWS = 2048
Edit = Callable[[Tensor], Tensor]  # latents [b, w] or [b, layers, w] to latents


@dataclass(frozen=True)
class Mix:
    """Style mixing: the style layers ``first`` to ``last`` (None: the finest) take the style of ``seed``."""

    seed: int
    first: int
    last: int | None = None


@dataclass(frozen=True)
class Model:
    """``generator`` in eval mode, ``codec``, the measured ``spec``, the size of z and the device they live on.
    ``source_channels``, ``window``, ``feature_sources``: see Networks."""

    generator: nn.Module
    codec: Codec
    spec: DataSpec
    latent: int
    device: torch.device
    source_channels: int = 0
    window: tuple[int, ...] | None = None
    feature_sources: tuple[str, ...] = ()

    @property
    def changes_works(self) -> bool:
        """The generator is given a work instead of a latent."""
        return self.source_channels > 0

    @property
    def latent_size(self) -> int:
        """Length of a latent: of w where there is a mapping network, else of z."""
        generator = self.generator
        return generator.style_size if isinstance(generator, StyleGenerator) else self.latent

    def condition(self, weights: dict[str, float]) -> Tensor:
        """Class weights ``{label: share}`` as ``[1, k]`` that sums to one. Raises InputError for an unknown label."""
        row = torch.zeros(1, self.spec.classes)
        total = sum(weights.values())
        if weights and not (min(weights.values()) >= 0 and 0 < total < math.inf):
            raise InputError("weights must be positive numbers", at="--label", value=weights)
        for label, share in weights.items():
            name = same(label, self.spec.labels)
            if name is None:
                raise InputError(
                    f"this run knows no such class, {nearest(label, self.spec.labels)}", at="--label", value=label
                )
            row[0, self.spec.labels.index(name)] += share / total
        return row.to(self.device)

    def label_of(self, seed: int) -> str | None:
        """The class of a seed when none is asked for: classes take turns, so neighboring seeds show all of them."""
        return self.spec.labels[seed % self.spec.classes] if self.spec.labels else None

    @torch.inference_mode()
    def encoded(
        self,
        seeds: Sequence[int],
        condition: Tensor,
        options: SampleOptions,
        truncation: float = 1.0,
        mix: Mix | None = None,
        edit: Edit | None = None,
    ) -> Tensor:
        """Encoded items ``[b, *shape]`` for seeds and class weights ``[b, k]``; ``edit`` has the last word on the latents."""
        noise = PerSeedNoise(seeds, self.device)
        latent = self.latents(noise, condition, truncation)
        if mix is not None:
            latent = self.mixed(latent, condition, truncation, mix)
        if edit is not None:
            latent = edit(latent)
        return self.play(
            latent, condition, noise if options.motion is None else self.draws_of(options.motion, len(seeds)), options
        )

    def draws_of(self, seed: int, batch: int = 1) -> PerSeedNoise:
        """What a seed draws after its z."""
        noise = PerSeedNoise([seed] * batch, self.device)
        noise.normal(self.latent)
        return noise

    def check_latent(self) -> None:
        """Raises InputError for a model without a latent, saying what it can do instead."""
        if self.changes_works or not self.latent:
            raise InputError(
                "this run changes works instead of making them: artgen apply RUN FILE --out FOLDER",
                page="this run changes works instead of making them; give it works of yours",
            )

    def latents(self, noise: PerSeedNoise, condition: Tensor, truncation: float = 1.0) -> Tensor:
        """What a walk moves through and an edit edits: w ``[b, w]`` of a generator with a mapping network, else z ``[b, z]``.

        ``truncation`` is psi: w moves to ``mean + psi (w - mean)`` (Karras 2019), mean over the classes asked for; a generator
        without a mapping network gets ``psi * z`` instead."""
        self.check_latent()
        z = noise.normal(self.latent)
        if not isinstance(self.generator, StyleGenerator):
            return self.truncated(z, condition, truncation)
        return self.truncated(self.generator.mapping(z, condition), condition, truncation)

    def truncated(self, latent: Tensor, condition: Tensor, truncation: float) -> Tensor:
        """Latents ``[b, w]`` or ``[b, layers, w]`` (z of a generator without a mapping network) moved toward the mean."""
        if truncation == 1.0:
            return latent
        if not isinstance(self.generator, StyleGenerator):
            return latent * truncation
        mean = torch.cat([self._mean(self.generator, row[None]) for row in condition])
        mean = mean if latent.dim() == 2 else mean[:, None]
        return mean + truncation * (latent - mean)

    def play(self, latent: Tensor, condition: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        """Latents as ``latents`` gives them (w also per layer, ``[b, style_layers, w]``) to encoded items."""
        if isinstance(self.generator, StyleGenerator):
            return self.generator.synthesis(latent, noise, options)
        return self.generator(latent, condition, noise, options)

    def middle(self) -> Tensor:
        """The mean latent ``[1, w]`` of all classes; zero for a generator without a mapping network."""
        if not isinstance(self.generator, StyleGenerator):
            return torch.zeros(1, self.latent, device=self.device)
        rows = [self.condition({label: 1.0} if label else {}) for label in self.spec.labels or (None,)]
        return torch.cat([self._mean(self.generator, row) for row in rows]).mean(0, keepdim=True)

    def mixed(self, w: Tensor, condition: Tensor, truncation: float, mix: Mix) -> Tensor:
        """Style mixing (Karras 2019): the layers of ``mix`` take the style of another seed. ``w``: ``[b, w]`` or per layer."""
        generator = self.generator
        if not isinstance(generator, StyleGenerator):
            raise InputError("this run's generator has no mapping network, so there are no styles to mix", at="--mix")
        last = generator.style_layers - 1
        first, final = mix.first, last if mix.last is None else mix.last
        if not 0 <= first <= final <= last:
            raise InputError(
                f"this generator has the layers 0-{last}, coarse to fine", at="--mix-layers", value=f"{first}-{final}"
            )
        other = self.latents(PerSeedNoise([mix.seed], self.device), condition[:1], truncation)
        layers = torch.arange(last + 1, device=self.device)
        taken = ((layers >= first) & (layers <= final))[None, :, None]
        return torch.where(taken, other[:, None], w if w.dim() == 3 else w[:, None])

    def _mean(self, generator: StyleGenerator, condition: Tensor) -> Tensor:
        rng = torch.Generator(self.device).manual_seed(0)
        z = BatchNoise(rng, _MEAN_DRAWS).normal(self.latent)
        return generator.mapping(z, condition.expand(_MEAN_DRAWS, -1)).mean(0, keepdim=True)

    @torch.inference_mode()
    def raw(self, seeds: Sequence[int], labels: Sequence[str | None], options: SampleOptions | None = None) -> Tensor:
        """Decoded items ``[b, *item]`` as one batch, for judging, where speed counts and the last bit does not."""
        rows = [self.condition({label: 1.0} if label else {}) for label in labels]
        return self.codec.decode(self.encoded(seeds, torch.cat(rows), options or SampleOptions()))

    def shares(self, seed: int, weights: dict[str, float] | None) -> dict[str, float]:
        """The class weights of a seed: those asked for, or the class whose turn it is."""
        own = self.label_of(seed)
        return weights or ({own: 1.0} if own else {})

    def sample(self, x: Tensor, seed: int, shares: dict[str, float], options: SampleOptions) -> Sample:
        """One encoded item ``[1, *shape]``, decoded."""
        decoded = self.codec.decode(x, loop=True) if options.loop else self.codec.decode(x)
        return Sample(decoded[0].cpu().numpy(), seed, "+".join(shares) or None, options)


def module(codec: Codec) -> nn.Module:
    """A codec as the nn.Module that it is."""
    return cast(nn.Module, codec)
