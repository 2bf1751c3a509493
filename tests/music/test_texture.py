"""Promise: the second judge of music tells sounds apart that people do, and cares for neither the key nor the moment."""

from __future__ import annotations

import math

import pytest
import torch

from artgen_music.judge import statistics
from artgen_music.texture import TextureFeatures

RATE = 16_000


def clicks(every: float, seconds: float = 4.0, shift: float = 0.0, hertz: float = 600.0) -> torch.Tensor:
    """int16 ``[n]``: decaying tones, ``every`` so many seconds."""
    time = torch.arange(round(seconds * RATE)) / RATE + shift
    return (20_000 * torch.exp(-12 * (time % every)) * torch.sin(2 * math.pi * hertz * time)).to(torch.int16)


def distance(one: torch.Tensor, two: torch.Tensor) -> float:
    seen = TextureFeatures()(torch.stack([one, two]))
    return float((seen[0] - seen[1]).norm())


def test_the_size_is_what_the_name_says_and_all_numbers_are_moderate() -> None:
    noise = torch.randint(-32768, 32768, (2, 4 * RATE), generator=torch.Generator().manual_seed(0)).to(torch.int16)
    raw = torch.stack([clicks(0.5), *noise, torch.zeros(4 * RATE, dtype=torch.int16)])
    seen = TextureFeatures()(raw)
    assert seen.shape == (4, 196)
    assert "196" in TextureFeatures.name
    assert bool(seen.isfinite().all())
    assert float(seen.abs().max()) < 10


def test_another_rhythm_is_farther_than_another_moment() -> None:
    assert distance(clicks(0.5), clicks(0.5, shift=0.23)) < 0.5 * distance(clicks(0.5), clicks(0.31))


def test_tempo_clarity_is_that_of_a_beat() -> None:
    noise = (torch.randn(4 * RATE, generator=torch.Generator().manual_seed(0)) * 3000).to(torch.int16)
    beat, none = statistics(torch.stack([clicks(0.5), noise]))["tempo clarity"].tolist()
    assert beat > 0.8
    assert none < 0.4


@pytest.mark.parametrize("seconds", [0.7, 1.0])
def test_short_sounds_are_measured_too(seconds: float) -> None:
    raw = clicks(0.2, seconds)[None]
    assert bool(TextureFeatures()(raw).isfinite().all())
    assert bool(statistics(raw)["tempo clarity"].isfinite().all())
