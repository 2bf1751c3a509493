"""Gradient penalties on the discriminator, for items of any rank.

``score`` maps items ``[b, ...]`` to logits ``[b, k]``; the logits of one item are averaged to its score D(x) here.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from artgen.runtime.penalized import penalized

Score = Callable[[Tensor], Tensor]
FIRST_ORDER_STEP = 0.01


def squared_gradient_norm(score: Score, x: Tensor) -> tuple[Tensor, Tensor]:
    """Logits ``[b, k]`` and ``|grad_x D(x)|^2`` ``[b]``, differentiable twice (R1 on reals, R2 on fakes; Mescheder 2018)."""
    x = x.detach().requires_grad_()
    with penalized():
        logits = score(x)
    (gradient,) = torch.autograd.grad(logits.mean(1).sum(), x, create_graph=True)
    return logits, gradient.float().square().flatten(1).sum(1)


def first_order_square(score: Score, x: Tensor, logits: Tensor, noise: Tensor) -> Tensor:
    """``((D(x + s e) - D(x)) / s)^2`` ``[b]`` with standard normal e, s = 0.01: in expectation the squared gradient, without
    double backward. ``score`` must repeat the augmentation that gave ``logits``."""
    moved = score(x.detach() + FIRST_ORDER_STEP * noise)
    return ((moved.mean(1) - logits.mean(1)) / FIRST_ORDER_STEP).float().square()


def interpolate_penalty(score: Score, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """``(|grad D| - 1)^2`` ``[b]`` at random mixes of real and fake (WGAN-GP, Gulrajani 2017)."""
    weight = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device, generator=rng)
    _, square = squared_gradient_norm(score, real.lerp(fake, weight))
    return ((square + 1e-12).sqrt() - 1).square()
