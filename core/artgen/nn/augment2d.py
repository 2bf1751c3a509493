"""Differentiable augmentations of pictures and films, applied alike to reals and fakes before the discriminator.

After DiffAugment (Zhao 2020) and ADA (Karras 2020a): each transformation is applied to a sample with probability
``strength``, which keeps the clean picture the most frequent and so keeps augmentations out of the samples below 0.8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, pi
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Kind = Literal["flip", "translate", "scale", "rotate", "color", "cutout"]
GEOMETRY: tuple[Kind, ...] = ("flip", "translate", "scale", "rotate")
SHIFT = 0.125  # of the side, at most
ZOOM = 0.2 * log(2)  # standard deviation of the log scale
TURN = pi / 12  # at most
CUT = 0.5  # side of the square that cutout removes, as a share


class Augment2d:
    """DiffAugment and ADA (Zhao 2020, Karras 2020a): ``augment(x, strength, rng) -> x``.

    - ``x``: ``[b, c, h, w]`` or ``[b, c, t, h, w]`` in [-1, 1].
    - ``strength``: probability of each kind, in [0, 1]. All frames of a film get the same draw. Strength 0 returns x
      itself. Every draw comes from ``rng``, as many for each strength, so that what follows does not depend on it.
    - ``kinds``: flip, translate (up to an eighth of the side), scale, rotate (up to 15 degrees), color (brightness,
      saturation, contrast), cutout (a square of half the side).
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)

    def __call__(self, x: Tensor, strength: float, rng: torch.Generator) -> Tensor:
        """The augmented batch, of the shape of ``x``; differentiable twice with respect to it. Raises ValueError for what has no
        height and width."""
        if x.dim() < 4:
            raise ValueError(f"Augment2d takes pictures [b, c, h, w] and films, got {list(x.shape)}; write a function "
                             "(x, strength, rng) -> x for anything else")  # fmt: skip
        dice = _Dice(x, strength, rng)
        turned = _geometry(self.kinds, dice)
        steps: list[Callable[[Tensor], Tensor]] = [] if turned is None else [turned]
        if "color" in self.kinds:
            steps.append(_color(dice))
        if "cutout" in self.kinds:
            steps.append(_cutout(dice))
        if strength > 0:
            for step in steps:
                x = step(x)
        return x


class _Dice:
    """Random numbers for one batch: who is hit and by how much, ``[b]`` each, on the batch's device."""

    def __init__(self, x: Tensor, strength: float, rng: torch.Generator) -> None:
        self.shape, self.device, self.rng, self.strength = x.shape, x.device, rng, strength

    def uniform(self) -> Tensor:
        """``[b]`` in [-1, 1)."""
        return torch.rand(self.shape[0], generator=self.rng, device=self.rng.device).to(self.device) * 2 - 1

    def hit(self) -> Tensor:
        """``[b]`` bool, True with probability ``strength``."""
        return (self.uniform() + 1) / 2 < self.strength


def _geometry(kinds: Sequence[Kind], dice: _Dice) -> Callable[[Tensor], Tensor] | None:
    """One affine map per sample out of all the geometric kinds, sampled bilinearly with reflected borders."""
    if not set(kinds) & set(GEOMETRY):
        return None
    b, one = dice.shape[0], torch.ones(dice.shape[0], device=dice.device)
    touched = torch.zeros(b, dtype=torch.bool, device=dice.device)
    height, width = dice.shape[-2:]
    theta = torch.eye(3, device=dice.device).repeat(b, 1, 1)
    for kind in GEOMETRY:
        if kind in kinds:
            hit = dice.hit()
            theta = theta @ torch.where(
                hit[:, None, None], _matrix(kind, dice, one, width / height), torch.eye(3).to(theta)
            )
            touched = touched | hit

    def apply(x: Tensor) -> Tensor:
        flat = x.reshape(b, -1, height, width)  # frames of a film become channels and share the map
        grid = F.affine_grid(theta[:, :2], [b, 1, height, width], align_corners=False)
        exact = torch.promote_types(flat.dtype, torch.float32)  # places of a bfloat16 grid would be pixels apart
        moved: Any = _GridSample.apply(flat.to(exact), grid.to(exact))
        return torch.where(touched[:, None, None, None], moved.to(flat.dtype), flat).reshape(x.shape)

    return apply


def _matrix(kind: Kind, dice: _Dice, one: Tensor, aspect: float) -> Tensor:
    """``[b, 3, 3]`` in the coordinates of grid_sample, which run from -1 to 1 along either side.

    Translations come half in whole pixels (no blur), half in fractions. ``aspect``: width / height, so that a turned
    oblong picture keeps its angles.
    """
    zero, amount = torch.zeros_like(one), dice.uniform()
    if kind == "flip":
        rows = [-one, zero, zero, zero, one, zero]
    elif kind == "translate":
        other, whole = dice.uniform(), dice.uniform() < 0
        moves = [
            torch.where(whole, (share * SHIFT * side).round() / side, share * SHIFT)
            for share, side in ((amount, dice.shape[-1]), (other, dice.shape[-2]))
        ]
        rows = [one, zero, moves[0] * 2, zero, one, moves[1] * 2]
    elif kind == "scale":
        factor = torch.exp(torch.erfinv(amount.clamp(-0.98, 0.98)) * 2**0.5 * ZOOM)
        rows = [factor, zero, zero, zero, factor, zero]
    else:
        sine, cosine = torch.sin(amount * TURN), torch.cos(amount * TURN)
        rows = [cosine, -sine / aspect, zero, sine * aspect, cosine, zero]
    return torch.stack([*rows, zero, zero, one], 1).reshape(-1, 3, 3)


def _color(dice: _Dice) -> Callable[[Tensor], Tensor]:
    """Brightness +-0.5, saturation x U(0, 2), contrast x U(0.5, 1.5) (DiffAugment), each hit on its own, clipped."""
    each = (dice.shape[0], *[1] * (len(dice.shape) - 1))
    noise = [torch.where(dice.hit(), dice.uniform(), 0.0).reshape(each) for _ in range(3)]

    def apply(x: Tensor) -> Tensor:
        bright, gray = x + 0.5 * noise[0], (x + 0.5 * noise[0]).mean(1, keepdim=True)
        vivid = gray + (bright - gray) * (1 + noise[1])
        middle = vivid.flatten(1).mean(1).reshape(each)
        strong = middle + (vivid - middle) * (1 + 0.5 * noise[2])
        changed = torch.stack([draw != 0 for draw in noise]).any(0)
        return torch.where(changed, strong.clamp(-1, 1), x)

    return apply


def _cutout(dice: _Dice) -> Callable[[Tensor], Tensor]:
    """Gray out a square of half the side around a random place."""
    hit, places = dice.hit(), (dice.uniform(), dice.uniform())
    height, width = dice.shape[-2:]
    rows, columns = (
        (torch.linspace(-1, 1, side, device=dice.device)[None] - place[:, None]).abs() < CUT
        for side, place in ((height, places[0]), (width, places[1]))
    )
    hole = (rows[:, :, None] & columns[:, None, :]) & hit[:, None, None]
    keep = (~hole).reshape(dice.shape[0], *[1] * (len(dice.shape) - 3), height, width)
    return lambda x: x * keep


class _GridSample(torch.autograd.Function):
    """Bilinear grid_sample for a fixed grid that can be differentiated any number of times with respect to x.

    The map is linear in x, so its backward is the adjoint map and the adjoint's backward is the map again; torch's own
    grid_sample refuses the second derivative, which R1 with respect to the input before augmentation needs.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.shape = x.shape
        return F.grid_sample(x, grid, "bilinear", "reflection", align_corners=False)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        adjoint: Any = _GridSampleAdjoint.apply(grads[0], grid, ctx.shape)
        return adjoint, None


class _GridSampleAdjoint(torch.autograd.Function):
    """The transpose of _GridSample: ``[b, c, h, w] -> [b, c, h, w]``."""

    @staticmethod
    def forward(ctx: Any, grad: Tensor, grid: Tensor, shape: torch.Size) -> Tensor:
        ctx.save_for_backward(grid)
        backward = torch.ops.aten.grid_sampler_2d_backward  # 0: bilinear, 2: reflection; gradient of the input only
        return backward(grad, grad.new_zeros(shape), grid, 0, 2, False, [True, False])[0]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors
        sampled: Any = _GridSample.apply(grads[0], grid)
        return sampled, None, None
