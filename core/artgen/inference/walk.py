"""A walk through the latent space: samples that change little by little from one seed to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample
from artgen.errors import InputError
from artgen.inference.latent import Latent, encode, recorded_noise
from artgen.inference.model import Model
from artgen.nn.style import StyleGenerator

MOST = 20_000  # samples of a walk


Line = Literal["straight", "arc"]


@dataclass(frozen=True)
class Walk:
    """Through the places ``stops`` in their order, with ``steps`` samples from one to the next; ``loop``: and back to the first.

    - ``ease``: slow down at the places instead of passing them at constant speed.
    - ``line``: straight (lerp) or on an arc around the middle of all latents (slerp), which keeps its distance from the
      typical; None: straight for w, an arc for z.
    """

    stops: tuple[str, ...]
    steps: int
    loop: bool = False
    ease: bool = True
    line: Line | None = None

    def __post_init__(self) -> None:
        stops = len(self.stops) + self.loop
        if stops < 2 or len(set(self.stops)) < 2:
            raise InputError(
                f"needs at least two different seeds or works, not {len(set(self.stops))}", at="artgen walk"
            )
        if not self.steps >= 1 or self.steps * stops > MOST:
            raise InputError(f"give 1 to {MOST // stops} for {len(self.stops)} places", at="--steps", value=self.steps)

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


@torch.inference_mode()
def walk(model: Model, plan: Walk, stops: Sequence[Latent], options: SampleOptions) -> Iterator[Sample]:
    """One Sample per place of ``plan``. Everything else that is random, noise in the layers for instance, is that of the first
    stop throughout, so that nothing flickers; unless some stop has recorded noise, which then changes on the way there."""
    way = Way(model, stops, options, plan.line)
    for here, there, share in plan.places():
        yield way.at(here, there, share)


class Way:
    """The ways between ``stops``. Noise is that of the first stop, see ``walk``."""

    def __init__(self, model: Model, stops: Sequence[Latent], options: SampleOptions, line: Line | None = None) -> None:
        line = line or ("straight" if isinstance(model.generator, StyleGenerator) else "arc")
        self._model, self._options = model, options
        self._middle = model.middle() if line == "arc" else None
        self._stops = _alike(model, stops)
        self._noise = _noise_of(model, self._stops, options) if options.motion is None else []

    @torch.inference_mode()
    def at(self, here: int, there: int, share: float) -> Sample:
        """The work between two stops (positions in ``stops``); ``share``: how far from the first to the second, 0 to 1."""
        start, end, noise = self._stops[here], self._stops[there], self._noise
        if self._middle is None:
            vector = torch.lerp(start.vector, end.vector, share)
        else:
            vector = self._middle + slerp(start.vector - self._middle, end.vector - self._middle, share)
        between = tuple(_mixed(a, b, share) for a, b in zip(noise[here], noise[there], strict=True)) if noise else ()
        condition = torch.lerp(start.condition, end.condition, share)
        place = Latent(vector, condition, seed=self._stops[0].seed, noise=between)
        x = encode(self._model, place, self._options)
        return self._model.sample(x, start.seed, dict(start.shares), self._options)


def _alike(model: Model, stops: Sequence[Latent]) -> Sequence[Latent]:
    """The stops with vectors of one shape: a projected work has a style for each layer, a seed has one for all."""
    if len({stop.vector.dim() for stop in stops}) == 1 or not isinstance(model.generator, StyleGenerator):
        return stops
    layers = model.generator.style_layers
    return [
        stop if stop.vector.dim() == 3 else replace(stop, vector=stop.vector[:, None].expand(-1, layers, -1))
        for stop in stops
    ]


def _noise_of(model: Model, stops: Sequence[Latent], options: SampleOptions) -> list[list[Tensor]]:
    """What is drawn at each stop, where some stop has recorded noise; recorded noise of another length than is asked for is
    left out."""
    if not any(stop.noise for stop in stops):
        return []
    found = []
    for stop in stops:
        usual = recorded_noise(model, stop, options)
        kept = dict(enumerate(stop.noise))
        found.append([kept[k].to(d) if k in kept and kept[k].shape == d.shape else d for k, d in enumerate(usual)])
    return found


def _mixed(a: Tensor, b: Tensor, share: float) -> Tensor:
    return slerp(a.flatten(1), b.flatten(1), share).view_as(a)


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
