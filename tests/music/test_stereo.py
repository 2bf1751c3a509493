"""Promise: a piece can be wide, and its mono sum is the mono piece; bass stays in the middle, a loop keeps its seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from artgen.types import Sample
from artgen_music.config import MusicConfig
from artgen_music.plugin import artgen_writer
from artgen_music.sound_files import integrated_loudness
from artgen_music.stereo import widened
from tests.music.conftest import RATE, tone

RNG = np.random.default_rng(0)
WAVE = (RNG.standard_normal(3 * RATE) * 3000).astype(np.int16)


def coherence(sound: np.ndarray) -> float:
    """Correlation of the two channels."""
    return float(np.corrcoef(sound.T)[0, 1])


def test_the_sum_of_both_channels_is_the_mono_sound() -> None:
    for width in (0.3, 1.0):
        sound = widened(WAVE, RATE, width)
        assert sound.shape == (len(WAVE), 2)
        assert np.abs(sound.mean(1) - WAVE).max() < 0.01
    narrow, wide = (coherence(widened(WAVE, RATE, width)) for width in (0.3, 1.0))
    assert wide < 0.3 < 0.7 < narrow
    energy = np.square(widened(WAVE, RATE, 0.5)).mean(0)
    assert energy[0] == pytest.approx(energy[1], rel=0.1), "neither side is louder"


def test_bass_stays_in_the_middle() -> None:
    assert coherence(widened(tone(2.0, 60.0)[:, 0], RATE, 1.0)) > 0.9


def test_a_loop_turns_with_its_sides() -> None:
    sound = widened(WAVE, RATE, 0.7, loop=True)
    turned = widened(np.roll(WAVE, 7000), RATE, 0.7, loop=True)
    assert np.allclose(np.roll(sound, 7000, axis=0), turned, atol=0.05)


@pytest.mark.parametrize(("width", "channels"), [(0.0, 1), (0.5, 2)])
def test_the_writer_writes_what_is_asked_at_the_usual_loudness(tmp_path: Path, width: float, channels: int) -> None:
    config = MusicConfig.model_validate({"stereo": width, "rate": 16_000, "loudness": -20.0})
    path = artgen_writer(config).write(Sample(WAVE, 0, None), tmp_path / "piece", {})[0]
    sound, _ = soundfile.read(path)
    assert sound.ndim == channels
    assert integrated_loudness(sound) == pytest.approx(-20.0, abs=0.2)
