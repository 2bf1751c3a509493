"""DeepDream on a discriminator (Mordvintsev 2015): an item changes so that a layer sees more of what it sees already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.errors import InputError

_RATE = 0.02  # of the spread of the item, a step
_SCALES = (1, 2, 4)  # the gradient at several sizes, so that a dream has large and small shapes
_JITTER = 8  # places that the item moves at most before a step, which keeps the grain of strides out


@dataclass(frozen=True)
class Dream:
    """An item that was dreamt on.

    - ``x`` ``[1, *shape]``: the item.
    - ``grew``: by what factor the layer's activation grew.
    - ``layer``: its name.
    """

    x: Tensor
    grew: float
    layer: str


def dream(
    discriminator: nn.Module,
    x: Tensor,
    condition: Tensor,
    layer: int | None,
    steps: int,
    step_done: Callable[[int], None] = lambda _: None,
) -> Dream:
    """Gradient ascent on the mean square of a layer's activations, from ``x`` ``[1, *shape]``; deterministic.

    ``layer``: number of a convolution (or dense layer), the first being 0; None: the middle one. Raises InputError for one that
    is not there."""
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    layers = [(n, m) for n, m in discriminator.named_modules() if isinstance(m, kinds)]
    layers = layers or [(n, m) for n, m in discriminator.named_modules() if isinstance(m, nn.Linear)]
    chosen = len(layers) // 2 if layer is None else layer
    if not 0 <= chosen < len(layers):
        raise InputError(f"this discriminator has the layers 0 to {len(layers) - 1}", at="--layer", value=layer)
    name, module = layers[chosen]
    spread = float(x.std().clamp_min(1e-3))
    low, high = min(-1.0, float(x.min())), max(1.0, float(x.max()))
    rng = torch.Generator().manual_seed(0)
    now, first, last = x.clone(), 0.0, 0.0
    for step in range(steps):
        shifts = torch.randint(-_JITTER, _JITTER + 1, (2,), generator=rng).tolist()
        axes = list(range(max(2, x.dim() - 2), x.dim()))
        moves = shifts[: len(axes)]
        moved = torch.roll(now, moves, axes) if axes else now
        grad, value = _ascent(discriminator, module, moved, condition)
        first, last = (value, value) if step == 0 else (first, value)
        grad = torch.roll(grad, [-m for m in moves], axes) if axes else grad
        now = (now + _RATE * spread * grad).clamp(low, high)
        step_done(step + 1)
    return Dream(now, last / max(first, 1e-12), name)


def _ascent(net: nn.Module, module: nn.Module, x: Tensor, condition: Tensor) -> tuple[Tensor, float]:
    """Direction of ascent with standard deviation 1, and what is climbed."""
    seen: list[Tensor] = []
    hook = module.register_forward_hook(lambda _m, _i, out: seen.append(cast(Tensor, out)))
    try:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            net(x, condition)
            value = torch.stack([out.square().mean() for out in seen]).mean()
            (grad,) = torch.autograd.grad(value, x)
    finally:
        hook.remove()
    total = torch.zeros_like(grad)
    for scale in _SCALES:
        part = _blurred(grad, scale)
        total = total + part / part.std().clamp_min(1e-12)
    return total / total.std().clamp_min(1e-12), float(value.detach())


def _blurred(grad: Tensor, scale: int) -> Tensor:
    """``[1, ...]`` averaged over ``scale`` places along its last two axes (the last, where only that one has places)."""
    if scale == 1 or grad.dim() < 3:
        return grad
    rows = grad.shape[-2] if grad.dim() > 3 else 1
    flat = grad.reshape(1, -1, rows, grad.shape[-1])
    size = (max(1, rows // scale), max(1, flat.shape[-1] // scale))
    small = F.adaptive_avg_pool2d(flat, size)
    return F.interpolate(small, flat.shape[-2:], mode="bilinear", align_corners=False).reshape(grad.shape)
