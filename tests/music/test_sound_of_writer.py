"""Promise: what the studio plays of a piece is what its file holds: rate, loudness, channels, and a loop without a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from artgen.types import Sample, SampleOptions
from artgen_music.writer import MusicWriter

RNG = np.random.default_rng(3)
WAVE = (8000 * np.sin(np.arange(24_000) * 2 * np.pi / 80) + RNG.normal(0, 600, 24_000)).astype(np.int16)


@pytest.mark.parametrize(("stereo", "rate"), [(0.0, 32_000), (0.5, 32_000), (0.0, 16_000)])
@pytest.mark.parametrize("loop", [False, True])
def test_a_file_sounds_as_it_was_played(tmp_path: Path, stereo: float, rate: int, loop: bool) -> None:
    writer = MusicWriter(rate=rate, stereo=stereo)  # type: ignore[arg-type]
    sample = Sample(WAVE, 1, None, SampleOptions(seconds=1.5, loop=loop))
    played, at = writer.sound(sample)
    held, held_at = soundfile.read(writer.write(sample, tmp_path / "piece", {})[0], dtype="int16")
    assert (played.dtype, at, held_at) == (np.int16, rate, rate)
    assert np.abs(held.T.astype(int) - played).max() <= 1, "a file rounds otherwise"
    assert np.abs(played).max() > 3000


def test_a_loop_that_is_played_has_no_seam() -> None:
    played, _ = MusicWriter(rate=32_000).sound(Sample(WAVE, 1, None, SampleOptions(loop=True)))
    steps = np.abs(np.diff(played.astype(int)))
    assert abs(int(played[0]) - int(played[-1])) <= steps.max()


def test_works_of_others_keep_their_loudness() -> None:
    played, rate = MusicWriter(changes=True).sound(Sample(WAVE, 1, None, SampleOptions(loop=True)))
    assert rate == 16_000
    assert np.array_equal(played, WAVE)
