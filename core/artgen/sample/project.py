"""Projection: the latent whose work comes closest to a given item, ready to be moved, mixed and walked to.

After Karras 2020 (StyleGAN2, appendix D): Adam on w for every style layer and on what the generator draws besides (noise, the
motion of a film, the course of a piece), starting from the best of a few hundred samples, noise that decays, a learning rate
that rises and falls. The loss compares the items at several scales and, where there is a discriminator, what its layers see of
them: a perceptual distance that every domain has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn.style import StyleGenerator
from artgen.sample.directions import sample_latents
from artgen.sample.draws import KeptDraws, NotedDraws, SeedDraws
from artgen.sample.model import Model
from artgen.types import Ask

_CANDIDATES = 256
_BATCH = 16
_RATE = 0.1  # of Adam, in standard deviations of the latents
_NOISE = 0.3  # standard deviations at the start, none from 75% on
_SCALES = 4
_FEATURE_WEIGHT = 0.1
_PULL = 0.01  # of what is drawn towards what it was at the start, so that it stays like what generators are used to


@dataclass(frozen=True)
class Projection:
    """``latent``: ``[style_layers, w]``, or ``[z]`` of a generator without a mapping network. ``condition`` ``[k]``: class
    weights. ``draws``: all else that was drawn, each ``[1, *shape]``. ``start``, ``error``: root mean square error of the encoded
    item at the best random sample and at the end. ``first``, ``last``: the encoded works there, ``[1, *shape]``."""

    latent: Tensor
    condition: Tensor
    draws: tuple[Tensor, ...]
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
    near = _nearest_sample(model, target, condition)
    spread = float(sample_latents(model).std().clamp_min(1e-3))
    origin = near.latent
    if isinstance(model.generator, StyleGenerator):
        origin = origin[:, None].expand(-1, model.generator.style_layers, -1)
    begin = [origin / spread, *drawn(model, origin, near.condition, near.seed)]
    offsets = [torch.zeros_like(tensor, requires_grad=True) for tensor in begin]
    optimiser = torch.optim.Adam(offsets, lr=_RATE, betas=(0.9, 0.99))
    rng = torch.Generator().manual_seed(0)
    best, found = math.inf, [offset.detach().clone() for offset in offsets]
    for step in range(steps):
        share = step / steps
        optimiser.param_groups[0]["lr"] = _RATE * min(1.0, share / 0.05 + 0.1) * min(1.0, (1 - share) / 0.25)
        noise = torch.randn(origin.shape, generator=rng).to(origin) * _NOISE * max(0.0, 1 - share / 0.75) ** 2
        latent, *draws = (a + b for a, b in zip(begin, offsets, strict=True))
        x = play_latent(model, spread * (latent + noise), near.condition, draws)
        value = loss(x, near.condition)
        if share >= 0.75 and float(value.detach()) < best:  # the noise is gone by now
            best, found = float(value.detach()), [offset.detach().clone() for offset in offsets]
        optimiser.zero_grad()
        (value + _PULL * sum(offset.square().mean() for offset in offsets[1:])).backward()
        optimiser.step()
        step_done(step + 1)
    latent, *draws = (a + b for a, b in zip(begin, found, strict=True))
    with torch.no_grad():
        last = play_latent(model, spread * latent, near.condition, draws)
    ends = _rms(near.x, target), _rms(last, target)
    return Projection(spread * latent[0], near.condition[0], tuple(draws), *ends, near.x, last)


def play_latent(model: Model, latent: Tensor, condition: Tensor, draws: Sequence[Tensor] = ()) -> Tensor:
    """The item of a latent and of what was drawn for it; everything else that is random is that of seed 0."""
    return model.play(latent, condition, KeptDraws(draws, model.draws_of(0)), Ask())


@torch.no_grad()
def drawn(model: Model, latent: Tensor, condition: Tensor, seed: int, ask: Ask | None = None) -> list[Tensor]:
    """What a generator draws beside the latent of a seed, each ``[1, *shape]``."""
    noted = NotedDraws(model.draws_of(seed))
    model.play(latent, condition, noted, ask or Ask())
    return [tensor.clone() for tensor in noted.given]


@dataclass(frozen=True)
class _Near:
    """A sample: latent ``[1, w]``, class weights ``[1, k]``, seed, encoded item ``[1, *shape]``."""

    latent: Tensor
    condition: Tensor
    seed: int
    x: Tensor


@torch.no_grad()
def _nearest_sample(model: Model, target: Tensor, condition: Tensor | None) -> _Near:
    """The random sample nearest to ``target``; of all classes where none is asked for."""
    best, found = math.inf, _Near(target, target, 0, target)
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
            if float(distances[index]) < best:
                best = float(distances[index])
                one = slice(index, index + 1)
                found = _Near(latents[one].clone(), row.clone(), start + index, x[one].clone())
    return found


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
