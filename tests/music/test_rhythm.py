"""Promise: the judge tells a steady beat from one that wanders, in pieces as long as a person listens to, beside real ones."""

from __future__ import annotations

import numpy as np
import torch

from artgen_music.prepare import slices, to_int16
from artgen_music.rhythm import SECONDS, joined, steadiness
from tests.music.conftest import RATE


def clicks(gaps: np.ndarray) -> np.ndarray:
    """Thirty seconds of short bright strokes, float32 in [-1, 1], with these seconds between them."""
    wave = np.random.default_rng(0).standard_normal(round(SECONDS * RATE)) * 0.003
    stroke = np.sin(np.arange(800) * 0.9) * np.exp(-np.arange(800) / 120)
    for at in (np.cumsum(gaps) * RATE).astype(int):
        if at + 800 < len(wave):
            wave[at : at + 800] += 0.5 * stroke
    return wave.astype(np.float32)


def test_a_steady_beat_scores_one_and_a_wandering_one_less() -> None:
    steady, hurrying = clicks(np.full(60, 0.5)), clicks(np.linspace(0.75, 0.3, 57))
    raw = torch.from_numpy(np.stack([to_int16(steady), to_int16(hurrying)]))
    found = steadiness(raw)["tempo steadiness"]
    assert float(found[0]) == 1.0
    assert float(found[1]) < 0.8


def test_slices_of_a_recording_become_its_first_half_minute_again() -> None:
    wave = np.random.default_rng(1).uniform(-0.5, 0.5, round(31.3 * RATE)).astype(np.float32)
    items = [to_int16(piece) for piece in slices(wave, 4 * RATE)]
    again = joined(items)
    assert again is not None
    assert np.array_equal(again, to_int16(wave)[: round(SECONDS * RATE)])
    assert joined(items[:5]) is None, "too few"
    assert joined([*items[:4], *items[6:]]) is None, "with a gap"
