"""Promise: a WAV of the length asked for, with how it was made in its metadata, and a spectrogram beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from artgen.types import Ask, Sample
from artgen_music.writer import MusicWriter, finished
from tests.music.conftest import RATE, tone

WAVE = (tone(3.0)[:, 0] * 30000).astype(np.int16)
NOTES = {"software": "artgen", "source": "trainedAlgorithmicMedia", "seed": "3"}


def test_length_fades_and_metadata(tmp_path: Path) -> None:
    sound, picture = MusicWriter().write(Sample(WAVE, 3, "rock", Ask(seconds=2.5)), tmp_path / "a.b", NOTES)
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
    assert finished(Sample(WAVE, 0, None, Ask(seconds=2.0, loop=True))) is WAVE


def test_sheet_shows_all(tmp_path: Path) -> None:
    samples = [Sample(WAVE, seed, None) for seed in range(4)]
    with Image.open(MusicWriter().sheet(samples, tmp_path / "sheet.png")) as image:
        assert image.height > image.width / 4
