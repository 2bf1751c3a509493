"""Promise: a WAV of the length asked for, with how it was made in its metadata, and a spectrogram beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from artgen.types import Sample, SampleOptions
from artgen_music.writer import MusicWriter, blend, finished
from tests.music.conftest import RATE, tone

WAVE = (tone(3.0)[:, 0] * 30000).astype(np.int16)
NOTES = {"software": "artgen", "source": "trainedAlgorithmicMedia", "seed": "3"}


def test_length_fades_and_metadata(tmp_path: Path) -> None:
    sound, picture = MusicWriter().write(Sample(WAVE, 3, "rock", SampleOptions(seconds=2.5)), tmp_path / "a.b", NOTES)
    assert sound.name == "a.b.wav"
    with soundfile.SoundFile(sound) as file:
        assert (file.frames, file.samplerate, file.channels, file.subtype) == (40_000, RATE, 1, "PCM_16")
        assert "trainedAlgorithmicMedia" in file.comment
        assert "seed=3" in file.comment
        wave = file.read(dtype="int16")
    assert wave[0] == 0
    assert abs(int(wave[-1])) < 50
    with Image.open(picture) as image:
        assert image.width > 300
        assert image.info["Software"] == "artgen"


def test_a_loop_is_left_as_it_is() -> None:
    assert finished(Sample(WAVE, 0, None, SampleOptions(seconds=2.0, loop=True))) is WAVE


def test_a_long_piece_ends_as_music_does_and_a_short_one_at_once() -> None:
    for seconds, fade in ((1, 0.08), (50, 2.0), (300, 4.0)):
        wave = finished(Sample(np.full(seconds * RATE, 10_000, np.int16), 0, None))
        still = np.flatnonzero(wave == 10_000)[-1] / RATE
        assert seconds - still == pytest.approx(fade, abs=0.06)  # a cosine leaves its height slowly
        assert abs(int(wave[-1])) < 5


def test_sheet_shows_all(tmp_path: Path) -> None:
    samples = [Sample(WAVE, seed, None) for seed in range(4)]
    with Image.open(MusicWriter().sheet(samples, tmp_path / "sheet.png")) as image:
        assert image.height > image.width / 4


def test_a_walk_moves_through_its_pieces_without_a_jump(tmp_path: Path) -> None:
    """A piece that is the first at its start, the last at its end, and a fade between."""
    levels = [np.full(1000, level, np.int16) for level in (0, 300, 900)]
    mixed = blend(levels)
    assert mixed[0] == 0
    assert mixed[-1] == 900
    assert mixed[500] == pytest.approx(300, abs=2)
    assert np.abs(np.diff(mixed.astype(int))).max() <= 2
    pieces = (Sample(wave, 3, "rock") for wave in levels)
    paths = MusicWriter().walk(pieces, tmp_path / "walk", None, NOTES)
    assert [p.name for p in paths] == ["walk.wav", "walk.png"]
    assert soundfile.info(paths[0]).frames == 1000
