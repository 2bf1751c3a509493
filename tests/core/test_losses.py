"""Promise: the losses and penalties are the equations of the papers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from artgen.tasks.losses import LOSSES
from artgen.tasks.penalties import first_order_square, interpolate_penalty, squared_gradient_norm

REAL, FAKE = torch.tensor([[2.0], [0.5]]), torch.tensor([[-1.0], [0.3]])


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


EXPECTED = {
    "minimax": (
        mean([-math.log(sigmoid(r)) for r in (2, 0.5)]) + mean([-math.log(1 - sigmoid(f)) for f in (-1, 0.3)]),
        mean([math.log(1 - sigmoid(f)) for f in (-1, 0.3)]),
    ),
    "non-saturating": (
        mean([-math.log(sigmoid(r)) for r in (2, 0.5)]) + mean([-math.log(1 - sigmoid(f)) for f in (-1, 0.3)]),
        mean([-math.log(sigmoid(f)) for f in (-1, 0.3)]),
    ),
    "hinge": (mean([0, 0.5]) + mean([0, 1.3]), 0.35),
    "least-squares": (mean([1, 0.25]) + mean([1, 0.09]), mean([4, 0.49])),
    "wgan-gp": (-0.35 - 1.25, 0.35),
    "relativistic": (
        mean([-math.log(sigmoid(3)), -math.log(sigmoid(0.2))]),
        mean([math.log1p(math.exp(3)), math.log1p(math.exp(0.2))]),
    ),
}  # fmt: skip


def test_every_loss_has_its_expected_value_here() -> None:
    assert EXPECTED.keys() == LOSSES.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_values(name: str) -> None:
    loss, (d, g) = LOSSES[name], EXPECTED[name]
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(d, abs=1e-6)
    assert float(loss.generator(REAL, FAKE)) == pytest.approx(g, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_the_two_players_pull_the_fake_logit_in_opposite_directions(name: str) -> None:
    fake = torch.tensor([[0.2]], requires_grad=True)
    real = torch.tensor([[0.1]])
    (d,) = torch.autograd.grad(LOSSES[name].discriminator(real, fake), fake)
    (g,) = torch.autograd.grad(LOSSES[name].generator(real, fake), fake)
    assert float(d) > 0 > float(g)


@pytest.mark.parametrize("name", LOSSES)
def test_huge_logits_stay_finite(name: str) -> None:
    huge = torch.tensor([[1e4]])
    assert math.isfinite(float(LOSSES[name].discriminator(-huge, huge)))
    assert math.isfinite(float(LOSSES[name].generator(huge, -huge)))


def quadratic(x: Tensor) -> Tensor:
    """D(x) = |x|^2 / 2 in two logits of which it is the mean; its gradient is x."""
    value = x.square().flatten(1).sum(1, keepdim=True) / 2
    return torch.cat([value + 1, value - 1], 1)


@pytest.mark.parametrize("shape", [(3, 5), (3, 2, 7), (3, 2, 4, 4), (3, 2, 2, 4, 4)])
def test_gradient_square_is_exact_for_every_rank(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    logits, square = squared_gradient_norm(quadratic, x)
    assert logits.shape == (3, 2)
    assert torch.allclose(square, x.square().flatten(1).sum(1), rtol=1e-5)


def test_gradient_square_reaches_the_weights_of_the_discriminator() -> None:
    weight = torch.tensor(2.0, requires_grad=True)
    _, square = squared_gradient_norm(lambda x: weight * quadratic(x), torch.ones(2, 3))
    (gradient,) = torch.autograd.grad(square.sum(), weight)
    assert float(gradient) == pytest.approx(2 * 2.0 * 3 * 2)


def test_first_order_estimate_agrees_in_expectation() -> None:
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(1, 6, generator=rng)
    many = x.expand(20_000, 6)
    noise = torch.randn(many.shape, generator=rng)
    estimate = first_order_square(quadratic, many, quadratic(many), noise).mean()
    assert float(estimate) == pytest.approx(float(x.square().sum()), rel=0.05)


def test_interpolate_penalty_is_zero_for_unit_slope() -> None:
    def score(x: Tensor) -> Tensor:
        return x[:, :1]

    real, fake = torch.zeros(4, 3), torch.ones(4, 3)
    assert float(interpolate_penalty(score, real, fake, torch.Generator()).sum()) == pytest.approx(0, abs=1e-9)
    assert float(interpolate_penalty(lambda x: 3 * score(x), real, fake, torch.Generator()).mean()) == pytest.approx(4)
