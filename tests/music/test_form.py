"""Promise: a long piece has a form: its theme returns on the beat and is known again, others differ, it ends as it began."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from artgen.inference.noise import PerSeedNoise
from artgen.types import DataSpec, Networks, SampleOptions
from artgen_music.config import MusicConfig
from artgen_music.form import SECTION, Form, Remembered, form_of
from artgen_music.networks import build_networks
from artgen_music.timeline import Timeline, sections

CPU = torch.device("cpu")
STEPS, PER_SECOND = 32, 62.5 / 4


@pytest.fixture(scope="module")
def nets() -> Networks:
    torch.manual_seed(0)
    settings = {"latent": 8, "style": 8, "generator_widths": [16, 16, 8], "discriminator_widths": [8, 8]}
    return build_networks(MusicConfig.model_validate(settings), DataSpec((12, STEPS), ("a", "b")))


def play(nets: Networks, seed: int, options: SampleOptions) -> Tensor:
    noise = PerSeedNoise([seed], CPU)
    with torch.no_grad():
        return nets.generator(noise.normal(8), torch.eye(2)[:1], noise, options)[0]


def alike(a: Tensor, b: Tensor) -> float:
    """Correlation over time, of every channel's own course."""
    centered = [(x - x.mean(1, keepdim=True)).flatten() for x in (a, b)]
    return float(torch.nn.functional.cosine_similarity(*centered, dim=0))


def test_the_first_theme_returns_between_others_and_ends_the_piece() -> None:
    letters = "".join("ABCDEFG"[theme] for theme in form_of(1500, 100).themes)
    assert letters == "ABACABADABAEABA"
    assert form_of(150, 100).themes == (0,), "a short piece has one theme"


@pytest.mark.parametrize("steps", [190, 938, 2813, 56_250])
@pytest.mark.parametrize("loop", [False, True])
def test_sections_fit_the_grid_and_the_length(steps: int, loop: bool) -> None:
    form = form_of(steps, 192, 8, loop)
    assert form.length % 8 == form.steps % 8 == 0
    assert steps <= form.steps <= steps + (8 * form.count if loop else 8)
    assert 0.6 < form.length / 192 < 1.7 or form.count == 1
    if loop:
        assert form.count * form.length == form.steps, "the last section of a loop is like the others"
    assert torch.allclose(sections(form).square().sum(0), torch.ones(form.steps), atol=1e-4)


def test_a_theme_comes_back_and_another_does_not_sound_like_it(nets: Networks) -> None:
    """Over four seeds, because one pair of themes may be alike by chance."""
    form = form_of(int(90 * PER_SECOND), SECTION * STEPS, 4)
    back, other = [], []
    for seed in range(4):
        x = play(nets, seed, SampleOptions(90.0))
        parts = x[:, : form.count * form.length].unflatten(1, (form.count, form.length)).transpose(0, 1)
        parts = parts[..., form.length // 8 : -form.length // 8]  # themes pass into each other at the edges
        back += [alike(parts[0], parts[place]) for place, theme in enumerate(form.themes) if place and theme == 0]
        other += [alike(parts[0], parts[place]) for place, theme in enumerate(form.themes) if theme]
    assert min(back) > 0.75
    assert min(back) < 0.9999, "no copy"
    assert sum(other) / len(other) < 0.3


def test_what_returns_falls_on_the_same_beats_and_a_loop_ends_on_the_bar() -> None:
    torch.manual_seed(1)
    line, w = Timeline(8, 2 * PER_SECOND, 4), torch.randn(5, 8)
    for loop in (False, True):
        form = form_of(1500, 192, 8, loop)
        phase = line.phase(w, torch.zeros(5, 1), form, loop)
        bars = phase[:, form.length] - phase[:, 0]
        assert torch.allclose(bars, bars.round(), atol=1e-3)
        assert float(bars.min()) >= 1
        if loop:
            turn = phase[:, -1] + bars / form.length - phase[:, 0]
            assert torch.allclose(turn, turn.round(), atol=1e-3), "the clock goes on at the seam"


def test_memory_keeps_noise_normal_at_every_resolution_and_short_pieces_as_they_were() -> None:
    form = form_of(960, 192, 8)
    for count in (960, 120, 3840):
        noise = Remembered(PerSeedNoise([0], CPU), form).normal(64, count)
        assert float(noise.std()) == pytest.approx(1, abs=0.03)
        length = form.length * count // form.steps
        again = noise[..., 2 * length : 3 * length]
        assert alike(noise[0, :, :length], again[0]) == pytest.approx(0.95, abs=0.03)
    one = Form((0,), 64, 64)
    assert torch.equal(Remembered(PerSeedNoise([3], CPU), one).normal(4, 64), PerSeedNoise([3], CPU).normal(4, 64))
