"""Projection: the latent whose work comes closest to a given item, ready to be moved, mixed and walked to.

After Karras 2020 (StyleGAN2, appendix D): Adam on w for every style layer and on what the generator draws besides (noise, the
motion of a film, the course of a piece), starting from the best of a few hundred samples, noise that decays, a learning rate
that rises and falls. The loss compares the items at several scales and, where there is a discriminator, what its layers see of
them: a perceptual distance that every domain has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.contract.options import SampleOptions
from artgen.inference.directions import sample_latents
from artgen.inference.latent import Latent, encode, recorded_noise
from artgen.inference.model import Model
from artgen.inference.noise import PerSeedNoise
from artgen.nn.style import StyleGenerator
from artgen.runtime.adam import Adam

_CANDIDATES = 256
_BATCH = 16
_RATE = 0.1  # of Adam, in standard deviations of the latents
_NOISE = 0.3  # standard deviations at the start, none from 75% on
_SCALES = 4
_FEATURE_WEIGHT = 0.1
_PULL = 0.01  # of what is drawn towards what it was at the start, so that it stays like what generators are used to


@dataclass(frozen=True)
class Projection:
    """What was found for an item: its place, with w for each style layer and all noise recorded.

    - ``start``, ``error``: root mean square error of the encoded item at the best random sample and at the end.
    - ``first``, ``last``: the encoded works there, ``[1, *shape]``.
    """

    latent: Latent
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
    near, first = _nearest_sample(model, target, condition)
    spread = float(sample_latents(model).std().clamp_min(1e-3))
    origin = near.vector
    if isinstance(model.generator, StyleGenerator):
        origin = origin[:, None].expand(-1, model.generator.style_layers, -1)
    begin = [origin / spread, *recorded_noise(model, replace(near, vector=origin))]
    offsets = [torch.zeros_like(tensor, requires_grad=True) for tensor in begin]

    def place(parts: Sequence[Tensor], jitter: Tensor | float = 0.0) -> Latent:
        vector, *noise = (a + b for a, b in zip(begin, parts, strict=True))
        return replace(near, vector=spread * (vector + jitter), noise=tuple(noise), seed=0)

    optimizer = Adam(offsets, _RATE, (0.9, 0.99))
    rng = torch.Generator().manual_seed(0)
    best, found = math.inf, [offset.detach().clone() for offset in offsets]
    for step in range(steps):
        share = step / steps
        optimizer.lr = _RATE * min(1.0, share / 0.05 + 0.1) * min(1.0, (1 - share) / 0.25)
        jitter = torch.randn(origin.shape, generator=rng).to(origin) * _NOISE * max(0.0, 1 - share / 0.75) ** 2
        value = loss(encode(model, place(offsets, jitter), SampleOptions()), near.condition)
        if share >= 0.75 and float(value.detach()) < best:  # the jitter is gone by now
            best, found = float(value.detach()), [offset.detach().clone() for offset in offsets]
        optimizer.forget_gradients()
        (value + _PULL * sum(offset.square().mean() for offset in offsets[1:])).backward()
        optimizer.step()
        step_done(step + 1)
    end = place(found)
    with torch.no_grad():
        last = encode(model, end, SampleOptions())
    return Projection(end, _rms(first, target), _rms(last, target), first, last)


@torch.no_grad()
def _nearest_sample(model: Model, target: Tensor, condition: Tensor | None) -> tuple[Latent, Tensor]:
    """The random sample nearest to ``target`` and its encoded item ``[1, *shape]``; of all classes where none is asked for."""
    best, found = math.inf, (Latent(target, target), target)
    rows = (
        [condition]
        if condition is not None
        else [model.condition({c: 1.0} if c else {}) for c in model.spec.labels or (None,)]
    )
    for row in rows:
        for start in range(0, _CANDIDATES // len(rows), _BATCH):
            noise = PerSeedNoise(range(start, start + _BATCH), model.device)
            rowed = row.expand(_BATCH, -1)
            latents = model.latents(noise, rowed)
            x = model.play(latents, rowed, noise, SampleOptions())
            distances = (x - target).flatten(1).square().mean(1)
            index = int(distances.argmin())
            if float(distances[index]) < best:
                best = float(distances[index])
                one = slice(index, index + 1)
                found = Latent(latents[one].clone(), row.clone(), seed=start + index), x[one].clone()
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
