"""Promise: the judge of a domain that brings none can tell works from noise, whatever the shape of an item."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from artgen.judge.distances import kernel_distance
from artgen.judge.features import EncodedFeatures

COUNT = 128


def waves(rng: torch.Generator, kind: int) -> Tensor:
    """Synth waveforms: two partials under a decay, ``[b, 1024]``."""
    time = torch.arange(1024) / 1024
    pitch = torch.randint(20, 60, (COUNT, 1), generator=rng) * (1 + kind)
    phase = torch.rand(COUNT, 1, generator=rng) * 6.28
    return ((6.28 * pitch * time + phase).sin() + (6.28 * 2 * pitch * time).sin() * 0.4) * (-3 * time).exp() / 1.4


def points(rng: torch.Generator, kind: int) -> Tensor:
    """Sets of 64 points on a ring (or on a line), ``[b, 2, 64]``."""
    angle = torch.rand(COUNT, 64, generator=rng) * 6.28
    ring = torch.stack([angle.cos(), angle.sin()], 1) * 0.8
    line = torch.stack([angle / 3.14 - 1, angle / 3.14 - 1], 1) * 0.8
    return (line if kind else ring) + torch.randn(COUNT, 2, 64, generator=rng) * 0.03


def sprites(rng: torch.Generator, kind: int) -> Tensor:
    """A disc (or a cross) in one color, ``[b, 3, 16, 16]``."""
    y, x = torch.meshgrid(torch.arange(16) - 7.5, torch.arange(16) - 7.5, indexing="ij")
    size = 3 + 3 * torch.rand(COUNT, 1, 1, generator=rng)
    inside = ((x.abs() < size / 3) | (y.abs() < size / 3)) if kind else (x**2 + y**2 < size**2)
    color = torch.rand(COUNT, 3, 1, 1, generator=rng)
    return torch.where(inside[:, None], color, torch.ones(1)) * 2 - 1


def volumes(rng: torch.Generator, kind: int) -> Tensor:
    """Clips of a bar that moves, ``[b, 1, 8, 12, 12]``."""
    place = torch.arange(12).view(1, 1, 1, 1, 12)
    start = torch.randint(0, 12, (COUNT, 1, 1, 1, 1), generator=rng)
    moves = (start + torch.arange(8).view(1, 1, 8, 1, 1) * (1 + kind)) % 12
    return ((place == moves).float() * 2 - 1).expand(COUNT, 1, 8, 12, 12)


@pytest.mark.parametrize("make", [waves, points, sprites, volumes])
def test_noise_is_far_and_another_kind_is_farther_than_its_own(make: object) -> None:
    judge = EncodedFeatures(lambda raw: raw)
    rng = torch.Generator().manual_seed(0)
    first, again, other = (judge(make(rng, kind)) for kind in (0, 0, 1))  # type: ignore[operator]
    noise = judge(torch.rand(make(rng, 0).shape, generator=rng) * 2 - 1)  # type: ignore[operator]
    real, kinds, far = (kernel_distance(first, one) for one in (again, other, noise))
    assert far > 10 * max(real, 0.02)
    assert kinds > 3 * max(real, 0.02)
