"""Projection: the latent whose work comes closest to a given item, ready to be moved, mixed and walked to.

After Karras 2020 (StyleGAN2, appendix D): Adam on w for every style layer, starting from the best of a few hundred samples, noise
that decays, a learning rate that rises and falls. The loss compares the items at several scales and, where there is a
discriminator, what its layers see of them: a perceptual distance that every domain has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn.style import StyleGenerator
from artgen.sample.directions import sample_latents
from artgen.sample.draws import SeedDraws
from artgen.sample.model import Model
from artgen.types import Ask

_CANDIDATES = 256
_BATCH = 16
_RATE = 0.1  # of Adam, in standard deviations of the latents
_NOISE = 0.3  # standard deviations at the start, none from 75% on
_SCALES = 4
_FEATURE_WEIGHT = 0.1


@dataclass(frozen=True)
class Projection:
    """``latent``: ``[style_layers, w]``, or ``[z]`` of a generator without a mapping network. ``condition`` ``[k]``: class
    weights. ``start``, ``error``: root mean square error of the encoded item at the best random sample and at the end.
    ``first``, ``last``: the encoded works there, ``[1, *shape]``."""

    latent: Tensor
    condition: Tensor
    start: float
    error: float
    first: Tensor
    last: Tensor


class SeenBy:
    """What the layers of a discriminator make of items: the outputs of its convolutions and linear layers, each ``[b, f]``."""

    def __init__(self, discriminator: nn.Module) -> None:
        self._net = discriminator
        self._layers = [m for m in discriminator.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Conv3d)]

    def __call__(self, x: Tensor, condition: Tensor) -> list[Tensor]:
        seen: list[Tensor] = []
        hooks = [layer.register_forward_hook(lambda _m, _i, out: seen.append(out.flatten(1))) for layer in self._layers]
        try:
            self._net(x, condition)
        finally:
            for hook in hooks:
                hook.remove()
        return seen


def project(
    model: Model,
    discriminator: nn.Module | None,
    target: Tensor,
    condition: Tensor | None,
    steps: int,
    step_done: Callable[[int], None] = lambda _: None,
) -> Projection:
    """Find the latent of ``target`` ``[1, *shape]`` in ``steps`` steps; deterministic. ``condition`` ``[1, k]``: None tries
    every class and keeps the one of the nearest sample."""
    loss = _Loss(target, discriminator)
    latent, condition, first = _nearest_sample(model, target, condition)
    spread = float(sample_latents(model).std().clamp_min(1e-3))
    if isinstance(model.generator, StyleGenerator):
        latent = latent[:, None].expand(-1, model.generator.style_layers, -1)
    origin = latent.clone()
    offset = torch.zeros_like(origin, requires_grad=True)
    optimiser = torch.optim.Adam([offset], lr=_RATE, betas=(0.9, 0.99))
    rng = torch.Generator().manual_seed(0)
    best, best_offset = math.inf, offset.detach().clone()
    for step in range(steps):
        share = step / steps
        optimiser.param_groups[0]["lr"] = _RATE * min(1.0, share / 0.05 + 0.1) * min(1.0, (1 - share) / 0.25)
        noise = torch.randn(offset.shape, generator=rng).to(offset) * _NOISE * max(0.0, 1 - share / 0.75) ** 2
        x = play_latent(model, origin + spread * (offset + noise), condition)
        value = loss(x, condition)
        if share >= 0.75 and float(value.detach()) < best:  # the noise is gone by now
            best, best_offset = float(value.detach()), offset.detach().clone()
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        step_done(step + 1)
    found = origin + spread * best_offset
    with torch.no_grad():
        last = play_latent(model, found, condition)
    return Projection(found[0], condition[0], _rms(first, target), _rms(last, target), first, last)


def play_latent(model: Model, latent: Tensor, condition: Tensor) -> Tensor:
    """The item of a latent, everything else that is random being that of seed 0."""
    draws = SeedDraws([0], model.device)
    draws.normal(model.latent)
    return model.play(latent, condition, draws, Ask())


@torch.no_grad()
def _nearest_sample(model: Model, target: Tensor, condition: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Latent, class and item of the random sample nearest to ``target``."""
    best = (math.inf, target, target, target)
    rows = (
        [condition]
        if condition is not None
        else [model.condition({c: 1.0} if c else {}) for c in model.spec.labels or (None,)]
    )
    for row in rows:
        for start in range(0, _CANDIDATES // len(rows), _BATCH):
            draws = SeedDraws(range(start, start + _BATCH), model.device)
            rowed = row.expand(_BATCH, -1)
            latents = model.latents(draws, rowed)
            x = model.play(latents, rowed, draws, Ask())
            distances = (x - target).flatten(1).square().mean(1)
            index = int(distances.argmin())
            if float(distances[index]) < best[0]:
                best = (float(distances[index]), latents[index : index + 1], row, x[index : index + 1])
    return best[1].clone(), best[2].clone(), best[3].clone()


class _Loss:
    """Distance to the target: squared error at several scales, and of the discriminator's features, each layer's divided by
    its mean square at the target so that all count alike."""

    def __init__(self, target: Tensor, discriminator: nn.Module | None) -> None:
        self._targets = _pyramid(target)
        self._see = None if discriminator is None else SeenBy(discriminator)
        self._features: list[Tensor] | None = None
        self._target = target

    def __call__(self, x: Tensor, condition: Tensor) -> Tensor:
        pairs = zip(_pyramid(x), self._targets, strict=True)
        value = torch.stack([F.mse_loss(a, b) for a, b in pairs]).mean()
        if self._see is None:
            return value
        if self._features is None:
            with torch.no_grad():
                self._features = self._see(self._target, condition)
        seen = self._see(x, condition)
        terms = [
            F.mse_loss(a, b) / b.square().mean().clamp_min(1e-6) for a, b in zip(seen, self._features, strict=True)
        ]
        return value + _FEATURE_WEIGHT * torch.stack(terms).mean() if terms else value


def _pyramid(x: Tensor) -> list[Tensor]:
    """``x`` ``[b, c, ...]`` at full size and halved along the last axis and, where there are two or more, the one before."""
    flat = x.reshape(x.shape[0], -1, *x.shape[-2:]) if x.dim() >= 4 else x.reshape(x.shape[0], -1, 1, x.shape[-1])
    found = [flat]
    while len(found) < _SCALES and flat.shape[-1] >= 8:
        flat = F.avg_pool2d(flat, (2 if flat.shape[-2] >= 8 else 1, 2))
        found.append(flat)
    return found


def _rms(a: Tensor, b: Tensor) -> float:
    return float((a - b).square().mean().sqrt())
