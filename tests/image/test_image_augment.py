"""Augmentations: identity at 0, in range, differentiable twice, one draw for all frames, each kind what it says."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import Tensor

from artgen.nn import Augment2d
from artgen.nn.augment2d import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def smooth(b: int = 8, h: int = 16, w: int = 24) -> Tensor:
    """Different slow waves, so that a small move changes little."""
    rows, columns = torch.linspace(0, 3, h)[:, None], torch.linspace(0, 3, w)[None]
    phase = torch.arange(b * 3).reshape(b, 3, 1, 1) * 0.7
    return torch.sin(rows + 1.3 * columns + phase)


@pytest.mark.parametrize("kinds", [*((kind,) for kind in KINDS), KINDS, ()])
def test_identity_at_zero(kinds: tuple[Kind, ...]) -> None:
    x = smooth()
    assert Augment2d(kinds)(x, 0.0, rng()) is x


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_range_share_and_determinism(kind: Kind, strength: float) -> None:
    x, augment = smooth(b=200), Augment2d((kind,))
    y = augment(x, strength, rng())
    assert y.shape == x.shape
    assert float(y.abs().max()) <= 1 + 1e-5
    changed = (y != x).flatten(1).any(1).float().mean()
    hit = 1 - (1 - strength) ** 3 if kind == "color" else strength
    assert float(changed) == pytest.approx(hit, abs=0.13)
    assert torch.equal(y, augment(x, strength, rng()))
    if (kind, strength) != ("flip", 1.0):
        assert not torch.equal(y, augment(x, strength, rng(1)))


@pytest.mark.parametrize("kind", KINDS)
def test_strength_does_not_change_how_many_numbers_are_drawn(kind: Kind) -> None:
    first, second = rng(), rng()
    Augment2d((kind,))(smooth(), 0.0, first)
    Augment2d((kind,))(smooth(), 0.9, second)
    assert torch.equal(torch.rand(3, generator=first), torch.rand(3, generator=second))


@pytest.mark.parametrize("kind", KINDS)
def test_films_get_one_draw_for_all_frames(kind: Kind) -> None:
    x = smooth()
    film = x[:, :, None].expand(-1, -1, 5, -1, -1)
    y = Augment2d((kind,))(film, 0.8, rng())
    assert y.shape == film.shape
    for t in range(5):
        assert torch.allclose(y[:, :, t], Augment2d((kind,))(x, 0.8, rng()), atol=1e-6)


def test_flip_mirrors() -> None:
    x = torch.rand(8, 3, 16, 24) * 2 - 1
    assert torch.allclose(Augment2d(("flip",))(x, 1.0, rng()), x.flip(3), atol=1e-5)


def test_translation_moves_and_half_of_the_moves_are_whole_pixels() -> None:
    b, h, w = 64, 32, 32
    x = torch.zeros(b, 1, h, w)
    x[:, :, 16, 16] = 1
    y = Augment2d(("translate",))(x, 1.0, rng()).flatten(1)
    assert bool((y.max(1).values > 0.2).all()), "the dot never leaves"
    places = y.argmax(1)
    assert len(set(places.tolist())) > 20
    assert bool(((places // w - 16).abs() <= 4).all())
    assert bool(((places % w - 16).abs() <= 4).all())
    whole = (y.max(1).values > 0.999).float().mean()
    assert 0.3 < float(whole) < 0.7


def test_rotation_keeps_angles_of_oblong_pictures() -> None:
    """A disc stays a disc: its two extents agree after turning on a canvas twice as wide as high."""
    rows, columns = torch.arange(32)[:, None] - 15.5, torch.arange(64)[None] - 31.5
    disc = ((rows**2 + columns**2) < 100).float().expand(16, 1, 32, 64).contiguous()
    y = Augment2d(("rotate",))(disc, 1.0, rng())
    assert float((y - disc).abs().mean()) < 0.02


@pytest.mark.parametrize("kinds", [*((kind,) for kind in KINDS), KINDS])
def test_gradients_twice(kinds: tuple[Kind, ...]) -> None:
    """First and second derivatives against difference quotients, in double precision; the second ones along random directions,
    because all pairs of 96 values take seconds."""
    x = (0.4 * smooth(b=2, h=4, w=6)[:, :2]).double().requires_grad_()
    augment = Augment2d(kinds)
    assert not torch.equal(augment(x, 0.7, rng(5)), x), "or there would be nothing to derive"

    def energy(x: Tensor) -> Tensor:
        return augment(x, 0.7, rng(5)).pow(3)

    assert torch.autograd.gradcheck(energy, (x,))
    assert torch.autograd.gradgradcheck(energy, (x,), fast_mode=True)


def test_r1_before_the_augmentation_reaches_the_weights() -> None:
    x, weight = smooth().requires_grad_(), torch.nn.Conv2d(3, 4, 3)
    logits = weight(Augment2d(KINDS)(x, 0.8, rng())).square().sum()
    (grad,) = torch.autograd.grad(logits, x, create_graph=True)
    grad.square().sum().backward()
    assert weight.weight.grad is not None
    assert float(weight.weight.grad.norm()) > 0


def test_color_moves_brightness_and_not_shape() -> None:
    x = 0.3 * smooth(b=50)
    y = Augment2d(("color",))(x, 1.0, rng())
    shift = (y - x).flatten(1).mean(1)
    assert float(shift.min()) < -0.2
    assert float(shift.max()) > 0.2
