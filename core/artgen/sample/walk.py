"""A walk through the latent space: samples that change little by little from one seed to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.nn.style import StyleGenerator
from artgen.sample.draws import KeptDraws, SeedDraws
from artgen.sample.model import Model
from artgen.sample.project import drawn
from artgen.types import Ask, Draws, Sample

MOST = 20_000  # samples of a walk


Line = Literal["straight", "arc"]


@dataclass(frozen=True)
class Stop:
    """A place that a walk passes: its latent ``[1, w]`` or ``[1, style_layers, w]`` (z where there is no mapping network), class
    weights ``[1, k]``, what people call it, and the seed of everything else that is random there; or what that is, see Kept."""

    name: str
    latent: Tensor
    condition: Tensor
    shares: Mapping[str, float]
    seed: int
    draws: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Walk:
    """Through the places ``stops`` in their order, with ``steps`` samples from one to the next; ``loop``: and back to the first.

    ``ease``: slow down at the places instead of passing them at constant speed. ``line``: straight (lerp) or on an arc around the
    middle of all latents (slerp), which keeps its distance from the typical; None: straight for w, an arc for z."""

    stops: tuple[str, ...]
    steps: int
    loop: bool = False
    ease: bool = True
    line: Line | None = None

    def __post_init__(self) -> None:
        stops = len(self.stops) + self.loop
        if stops < 2 or len(set(self.stops)) < 2:
            raise InputError(f"artgen walk: needs at least two different seeds or works, not {len(set(self.stops))}")
        if not self.steps >= 1 or self.steps * stops > MOST:
            raise InputError(f"--steps {self.steps}: give 1 to {MOST // stops} for {len(self.stops)} places")

    def places(self) -> Iterator[tuple[int, int, float]]:
        """``(from, to, share)`` of each sample: positions in ``stops`` and how far between them, 0 to below 1. A walk that
        is no loop ends on its last place."""
        stops = [*range(len(self.stops)), *([0] if self.loop else [])]
        for here, there in pairwise(stops):
            for step in range(self.steps):
                share = step / self.steps
                yield here, there, (1 - math.cos(math.pi * share)) / 2 if self.ease else share
        if not self.loop:
            yield len(self.stops) - 1, len(self.stops) - 1, 0.0


def seed_stops(
    model: Model, seeds: Sequence[int], weights: dict[str, float] | None, truncation: float = 1.0
) -> list[Stop]:
    """The places of seeds."""
    found = []
    for seed in seeds:
        shares = model.shares(seed, weights)
        condition = model.condition(shares)
        latent = model.latents(SeedDraws([seed], model.device), condition, truncation)
        found.append(Stop(str(seed), latent, condition, shares, seed))
    return found


@torch.inference_mode()
def walk(model: Model, plan: Walk, stops: Sequence[Stop], ask: Ask) -> Iterator[Sample]:
    """One Sample per place of ``plan``. Everything else that is random, noise in the layers for instance, is that of the first
    place throughout, so that nothing flickers; unless some place has draws of its own, which then change on the way there."""
    styled = isinstance(model.generator, StyleGenerator)
    line = plan.line or ("straight" if styled else "arc")
    middle = model.middle() if line == "arc" else None
    latents = [stop.latent for stop in stops]
    if len({latent.dim() for latent in latents}) > 1 and isinstance(model.generator, StyleGenerator):
        layers = model.generator.style_layers  # a work of one's own has a style for each layer
        latents = [latent if latent.dim() == 3 else latent[:, None].expand(-1, layers, -1) for latent in latents]
    own = _draws_of(model, stops, latents, ask)
    for here, there, share in plan.places():
        draws: Draws = model.draws_of(stops[0].seed if ask.motion is None else ask.motion)
        if own and ask.motion is None:
            mixed = [
                slerp(a.flatten(1), b.flatten(1), share).view_as(a) for a, b in zip(own[here], own[there], strict=True)
            ]
            draws = KeptDraws(mixed, model.draws_of(stops[0].seed))
        if middle is None:
            latent = torch.lerp(latents[here], latents[there], share)
        else:
            latent = middle + slerp(latents[here] - middle, latents[there] - middle, share)
        condition = torch.lerp(stops[here].condition, stops[there].condition, share)
        x = model.play(latent, condition, draws, ask)
        yield model.sample(x, stops[here].seed, dict(stops[here].shares), ask)


def _draws_of(model: Model, stops: Sequence[Stop], latents: Sequence[Tensor], ask: Ask) -> list[list[Tensor]]:
    """What is drawn at each place, where some place has draws of its own; those of another length than is asked for are left."""
    if not any(stop.draws for stop in stops):
        return []
    found = []
    for stop, latent in zip(stops, latents, strict=True):
        usual = drawn(model, latent, stop.condition, stop.seed, ask)
        kept = dict(enumerate(stop.draws))
        found.append([kept[k].to(d) if k in kept and kept[k].shape == d.shape else d for k, d in enumerate(usual)])
    return found


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """From ``a`` to ``b`` (``[..., z]``) at constant angular speed (Shoemake 1985), lengths interpolated; straight where the
    two point the same way."""
    angle = torch.arccos(torch.nn.functional.cosine_similarity(a, b, -1).clamp(-1, 1))[..., None]
    sine = angle.sin()
    lengths = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    unit = (((1 - share) * angle).sin() * a / lengths[0] + (share * angle).sin() * b / lengths[1]) / sine
    return torch.where(sine.abs() < 1e-4, torch.lerp(a, b, share), unit * torch.lerp(*lengths, share))


def stem_of(stops: Sequence[str]) -> str:
    """File name of a walk without its ending."""
    return f"walk-{'-'.join(stops[:6])}{'-more' if len(stops) > 6 else ''}"
