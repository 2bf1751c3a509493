"""Promise: a pattern that all samples have at the same places is measured as it is, costs the generator, and only that."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.tasks.pattern import fixed_pattern, has_pattern

NONE = torch.zeros(4, 0)  # no classes
SHAPES = [(2, 9), (2, 8, 8), (2, 4, 8, 8)]


def drawn(count: int, shape: tuple[int, ...], seed: int) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))


def fine(x: Tensor) -> Tensor:
    """Less the mean of the neighbors that are there, which the borders have fewer of."""
    places = tuple(range(2, x.dim()))
    ones = torch.ones_like(x)
    around, there = torch.zeros_like(x), torch.zeros_like(x)
    for move in itertools.product((-1, 0, 1), repeat=len(places)):
        pads = [side for step in reversed(move) for side in (max(step, 0), max(-step, 0))]
        window = tuple(
            slice(max(-step, 0), x.shape[axis] + min(0, -step) or None) for axis, step in zip(places, move, strict=True)
        )
        for total, part in ((around, x), (there, ones)):
            total += F.pad(part[(slice(None), slice(None), *window)], pads)
    return x - around / there


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_products_of_different_items_of_a_class(shape: tuple[int, ...]) -> None:
    fake, real = drawn(5, shape, 1), drawn(5, shape, 2)
    labels = [0, 1, 0, 1, 0]
    condition = F.one_hot(torch.tensor(labels)).float()
    apart = fine(fake) - fine(real)
    pairs = [(i, j) for i, j in itertools.permutations(range(5), 2) if labels[i] == labels[j]]
    wanted = sum((apart[i] * apart[j]).sum() for i, j in pairs) / 20
    assert float(fixed_pattern(fake, real, condition)) == pytest.approx(float(wanted), abs=1e-3)
    alone = F.one_hot(torch.arange(5)).float()
    assert float(fixed_pattern(fake, real, alone)) == 0


def test_one_class_does_not_make_up_for_another() -> None:
    pattern, real = 3 * drawn(1, (3, 8, 8), 0), drawn(8, (3, 8, 8), 1)
    signs = torch.tensor([1.0, -1.0] * 4)[:, None, None, None]
    condition = F.one_hot(torch.tensor([0, 1] * 4)).float()
    energy = float(fine(pattern).square().sum())
    found = float(fixed_pattern(real + signs * pattern, real, condition))
    assert found == pytest.approx(energy * 24 / 56, rel=1e-4)  # 24 of 56 pairs are of one class


@pytest.mark.parametrize("shape", SHAPES)
def test_a_pattern_costs_its_square_and_what_differs_between_items_nothing(shape: tuple[int, ...]) -> None:
    pattern = fine(drawn(1, shape, 0))
    costs = [[], []]
    for seed in range(400):
        fake, real = drawn(4, shape, 2 * seed + 1), drawn(4, shape, 2 * seed + 2)
        costs[0].append(fixed_pattern(fake, real, NONE))
        costs[1].append(fixed_pattern(fake + pattern, real, NONE))
    without, with_it = (torch.stack(c) for c in costs)
    spread = float(with_it.std()) / 20  # of a mean of 400
    energy = float(fine(pattern).square().sum())
    assert abs(float(without.mean())) < 4 * spread
    assert abs(float(with_it.mean()) - energy) < 4 * spread
    assert energy > 20 * spread


def test_what_real_items_share_costs_nothing() -> None:
    pattern, items = 3 * drawn(1, (3, 8, 8), 0), drawn(8, (3, 8, 8), 1)
    assert float(fixed_pattern(items + pattern, items.flip(0) + pattern, torch.zeros(8, 0))) == pytest.approx(
        float(fixed_pattern(items, items.flip(0), torch.zeros(8, 0))), abs=1e-2
    )


def test_what_is_coarse_costs_nothing() -> None:
    ramp = torch.linspace(-1, 1, 32).expand(1, 3, 32, 32)
    alike, apart = torch.zeros(4, 3, 32, 32), drawn(1, (3, 32, 32), 0)
    assert abs(float(fixed_pattern(alike + ramp, alike, NONE))) < 1e-2 * float(
        fixed_pattern(alike + apart, alike, NONE)
    )


def test_a_step_against_it_takes_the_pattern_away() -> None:
    pattern = drawn(1, (3, 8, 8), 0).requires_grad_()
    items, real = drawn(16, (3, 8, 8), 1), drawn(16, (3, 8, 8), 2)
    optimizer = torch.optim.SGD([pattern], 0.4)
    before = float(fine(pattern.detach()).square().sum())
    for seed in range(60):
        items = drawn(16, (3, 8, 8), 3 + seed)
        optimizer.zero_grad()
        fixed_pattern(items + pattern, real, torch.zeros(16, 0)).backward()
        optimizer.step()
    assert float(fine(pattern.detach() - real.mean(0)).square().sum()) < 0.4 * before


def test_items_without_places_and_single_ones_have_none() -> None:
    assert has_pattern(torch.zeros(2, 1, 4))
    assert has_pattern(torch.zeros(2, 1, 4, 4, 4))
    assert not has_pattern(torch.zeros(2, 7))
    assert not has_pattern(torch.zeros(1, 1, 4, 4))


def test_it_is_exact_in_mixed_precision() -> None:
    fake, real = drawn(4, (3, 8, 8), 1), drawn(4, (3, 8, 8), 2)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = fixed_pattern(fake, real, NONE)
    assert mixed.dtype == torch.float32
    assert float(mixed) == float(fixed_pattern(fake, real, NONE))
