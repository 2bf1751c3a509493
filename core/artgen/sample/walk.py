"""A walk through the latent space: samples that change little by little from one seed to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.nn.style import StyleGenerator
from artgen.sample.draws import SeedDraws
from artgen.sample.model import Model
from artgen.types import Ask, Sample

MOST = 20_000  # samples of a walk


@dataclass(frozen=True)
class Walk:
    """Through ``seeds`` in their order, with ``steps`` samples from one to the next; ``loop``: and back to the first.

    ``ease``: slow down at the seeds instead of passing them at constant speed."""

    seeds: tuple[int, ...]
    steps: int
    loop: bool = False
    ease: bool = True

    def __post_init__(self) -> None:
        stops = len(self.seeds) + self.loop
        if stops < 2 or len(set(self.seeds)) < 2:
            raise InputError(f"--seeds: a walk needs at least two different seeds, not {len(set(self.seeds))}")
        if not self.steps >= 1 or self.steps * stops > MOST:
            raise InputError(f"--steps {self.steps}: give 1 to {MOST // stops} for {len(self.seeds)} seeds")

    def places(self) -> Iterator[tuple[int, int, float]]:
        """``(from, to, share)`` of each sample: positions in ``seeds`` and how far between them, 0 to below 1. A walk that
        is no loop ends on its last seed."""
        stops = [*range(len(self.seeds)), *([0] if self.loop else [])]
        for here, there in pairwise(stops):
            for step in range(self.steps):
                share = step / self.steps
                yield here, there, (1 - math.cos(math.pi * share)) / 2 if self.ease else share
        if not self.loop:
            yield len(self.seeds) - 1, len(self.seeds) - 1, 0.0


@torch.inference_mode()
def walk(
    model: Model, plan: Walk, weights: dict[str, float] | None, ask: Ask, truncation: float = 1.0
) -> Iterator[Sample]:
    """One Sample per place of ``plan``.

    w is interpolated linearly, z (of generators without a mapping network) along the sphere that it fills. Everything else that
    is random, noise in the layers for instance, is that of the first seed throughout, so that nothing flickers."""
    shares = [model.shares(seed, weights) for seed in plan.seeds]
    conditions = [model.condition(share) for share in shares]
    latents = [
        model.latents(SeedDraws([seed], model.device), condition, truncation)
        for seed, condition in zip(plan.seeds, conditions, strict=True)
    ]
    between = torch.lerp if isinstance(model.generator, StyleGenerator) else slerp
    for here, there, share in plan.places():
        draws = model.draws_of(plan.seeds[0] if ask.motion is None else ask.motion)
        latent = between(latents[here], latents[there], share)
        condition = torch.lerp(conditions[here], conditions[there], share)
        x = model.play(latent, condition, draws, ask)
        yield model.sample(x, plan.seeds[here], shares[here], ask)


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """From ``a`` to ``b`` (``[1, z]``) at constant angular speed (Shoemake 1985), lengths interpolated; straight where the
    two point the same way."""
    angle = torch.arccos(torch.nn.functional.cosine_similarity(a, b).clamp(-1, 1))[:, None]
    if float(angle.sin().abs()) < 1e-4:
        return torch.lerp(a, b, share)
    unit = (((1 - share) * angle).sin() * a / a.norm() + (share * angle).sin() * b / b.norm()) / angle.sin()
    return unit * torch.lerp(a.norm(), b.norm(), share)


def stem_of(seeds: Sequence[int]) -> str:
    """File name of a walk without its ending."""
    shown = "-".join(str(seed) for seed in seeds[:6])
    return f"walk-{shown}{'-more' if len(seeds) > 6 else ''}"
