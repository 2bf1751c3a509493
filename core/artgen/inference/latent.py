"""A place in the latent space of a model: of a seed, of a work of a person's own, of a stop of a walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample
from artgen.inference.model import Mix, Model
from artgen.inference.noise import PerSeedNoise, RecordedNoise, ReplayedNoise

Edit = Callable[[Tensor], Tensor]  # latents [b, w] or [b, layers, w] to latents


@dataclass(frozen=True)
class Latent:
    """Everything that a work depends on, the options of a sample apart.

    - ``vector``: w ``[1, w]``, w for each layer ``[1, style_layers, w]``, or z ``[1, z]`` of a generator without a
      mapping network.
    - ``condition``: class weights ``[1, k]``.
    - ``shares``: the same by the names of the classes.
    - ``seed``: of all noise that is not recorded.
    - ``noise``: recorded draws in the order in which the generator asks for them, each ``[1, *shape]``.
    - ``name``: what a person calls the place; None: its seed.
    """

    vector: Tensor
    condition: Tensor
    shares: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    noise: tuple[Tensor, ...] = ()
    name: str | None = None

    @property
    def title(self) -> str:
        """Its name, or its seed."""
        return self.name or str(self.seed)


@torch.inference_mode()
def seed_latent(
    model: Model, seed: int, weights: Mapping[str, float] | None = None, truncation: float = 1.0, mix: Mix | None = None
) -> Latent:
    """The place of a seed.

    - ``weights``: of classes; None: the class whose turn it is.
    - ``truncation``: psi.
    - ``mix``: layers that take the style of another seed.
    """
    shares = model.shares(seed, dict(weights) if weights else None)
    condition = model.condition(shares)
    vector = model.latents(PerSeedNoise([seed], model.device), condition, truncation)
    if mix is not None:
        vector = model.mixed(vector, condition, truncation, mix)
    return Latent(vector, condition, shares, seed)


@torch.inference_mode()
def varied(model: Model, latent: Latent, truncation: float = 1.0, mix: Mix | None = None) -> Latent:
    """A place that is no seed's, nearer to the typical (``truncation`` below 1) and with the style of another seed mixed in."""
    vector = model.truncated(latent.vector, latent.condition, truncation)
    if mix is not None:
        vector = model.mixed(vector, latent.condition, truncation, mix)
    return replace(latent, vector=vector)


def edited(latent: Latent, edit: Edit | None) -> Latent:
    """The place with its vector changed."""
    return latent if edit is None else replace(latent, vector=edit(latent.vector))


def encode(model: Model, latent: Latent, options: SampleOptions) -> Tensor:
    """The encoded item of a place, ``[1, *shape]``; differentiable. With ``options.motion`` all noise is that of its seed."""
    noise = model.draws_of(latent.seed if options.motion is None else options.motion)
    recorded = latent.noise if options.motion is None else ()
    return model.play(latent.vector, latent.condition, ReplayedNoise(recorded, noise) if recorded else noise, options)


@torch.inference_mode()
def render(model: Model, latents: Iterable[Latent], options: SampleOptions | None = None) -> Iterator[Sample]:
    """One Sample for each place, one at a time: the same place gives the same bytes, however many there are."""
    options = options or SampleOptions()
    for latent in latents:
        sample = model.sample(encode(model, latent, options), latent.seed, dict(latent.shares), options)
        yield sample if latent.name is None else replace(sample, name=latent.name)


@torch.no_grad()
def recorded_noise(model: Model, latent: Latent, options: SampleOptions | None = None) -> list[Tensor]:
    """What a generator draws beside the latent of a place, each ``[1, *shape]``."""
    noted = RecordedNoise(model.draws_of(latent.seed))
    model.play(latent.vector, latent.condition, noted, options or SampleOptions())
    return [tensor.clone() for tensor in noted.given]
