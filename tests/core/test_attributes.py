"""Promise: attributes say what anyone sees and hears, of works whose attributes are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from artgen.judge.features import EncodedFeatures
from artgen.media.attributes import attributes, plain
from artgen.types import Judge

RATE = 16_000


def disc(radius: float, color: tuple[int, int, int], ground: int = 0) -> Tensor:
    """``[1, 3, 64, 64]`` uint8: a disc in the middle of a plain ground."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    inside = (x - 31.5).square() + (y - 31.5).square() < radius**2
    shade = torch.tensor(color)[:, None, None]
    return torch.where(inside, shade, torch.full_like(shade, ground)).to(torch.uint8)[None]


def sine(hertz: float, size: float) -> Tensor:
    wave = size * torch.sin(2 * math.pi * hertz * torch.arange(RATE) / RATE)
    return (wave * 32767).round().to(torch.int16)[None]


def test_pictures() -> None:
    found = plain(torch.cat([disc(16, (255, 255, 255)), disc(8, (255, 120, 0)), disc(16, (0, 200, 0), 255)]))
    assert found["subject size"].tolist() == pytest.approx([math.pi * r * r / 4096 for r in (16, 8, 16)], abs=0.01)
    assert found["brightness"][2] > found["brightness"][0] > found["brightness"][1] > 0
    assert found["warmth"][1] > 0.03 > abs(float(found["warmth"][0]))
    assert found["greenness"][2] > 0.05
    noise = torch.randint(0, 256, (1, 3, 64, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    assert plain(noise)["detail"] > 5 * found["detail"].max()
    assert plain(disc(16, (255, 255, 255))[:, :1])["colorfulness"] == 0, "gray pictures too"


def test_films_are_seen_as_pictures_that_move() -> None:
    still = disc(10, (255, 255, 255))[:, :, None].repeat(1, 1, 6, 1, 1)
    moving = torch.stack([torch.roll(disc(10, (255, 255, 255)), 3 * k, 3) for k in range(6)], 2)
    found = plain(torch.cat([still, moving]))
    assert found["motion"][0] == 0
    assert found["motion"][1] > 0.02
    assert found["brightness"][0] == pytest.approx(float(found["brightness"][1]), abs=1e-4)


def test_sounds() -> None:
    quiet, loud, high = (plain(s) for s in (sine(500, 0.1), sine(500, 1.0), sine(4000, 0.1)))
    assert loud["loudness"] - quiet["loudness"] == pytest.approx(20, abs=0.1)
    assert quiet["brightness"] == pytest.approx(500 / 8000, abs=0.02)
    assert high["brightness"] == pytest.approx(4000 / 8000, abs=0.02)
    assert quiet["dynamics"] < 1.0
    short = plain(torch.zeros(2, 2, 100, dtype=torch.int16))
    assert all(bool(values.isfinite().all()) for values in short.values()), "silence, stereo, shorter than a window"


def test_anything_else_is_numbers_and_the_domain_has_the_last_word() -> None:
    raw = torch.tensor([[0, 10, 0, 10], [5, 5, 5, 5]], dtype=torch.uint8)
    judge = Judge(
        EncodedFeatures(lambda x: x.float()),
        lambda raw: {"level": raw[:, 0].float()},
        attributes=lambda raw: {"own": raw[:, 1]},
    )
    found = attributes(raw, judge)
    assert found["level"].tolist() == [0, 5]
    assert found["own"].tolist() == [10, 5]
    assert found["roughness"].tolist() == [10, 0]
    assert all(values.dtype == torch.float32 for values in found.values())
