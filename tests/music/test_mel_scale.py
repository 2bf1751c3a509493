"""Promise: what is computed here because librosa takes long to load is what librosa computes, and music is judged without it."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import torch

from artgen_music.listen import SAMPLE_RATE
from artgen_music.mel_scale import filters, middles, place
from artgen_music.spectra import HOP, N_FFT, chroma, onset_strength, spectrum, tempo
from tests.bare import Bare


def test_filters_and_middles_are_those_of_librosa(librosa: ModuleType) -> None:
    assert np.allclose(
        filters(SAMPLE_RATE, 512, 96), librosa.filters.mel(sr=SAMPLE_RATE, n_fft=512, n_mels=96), atol=1e-6
    )
    found = middles(30.0, 8000.0, 128)
    assert np.allclose(found, librosa.mel_frequencies(130, fmin=30, fmax=8000)[1:-1], rtol=1e-5)
    assert np.allclose(place(found, 30.0, 8000.0, 128), np.arange(128), atol=1e-3)


def test_pitch_classes_are_those_of_librosa(librosa: ModuleType) -> None:
    power = torch.eye(N_FFT // 2 + 1)[None]
    assert np.allclose(chroma(power)[0], librosa.filters.chroma(sr=SAMPLE_RATE, n_fft=N_FFT), atol=1e-6)


@pytest.mark.parametrize("beats", [66, 90, 118, 150])
def test_the_tempo_of_a_steady_beat_is_that_of_librosa(beats: int, librosa: ModuleType) -> None:
    rng = np.random.default_rng(beats)
    wave = rng.standard_normal(12 * SAMPLE_RATE) * 20
    for at in np.arange(0.1, 11.9, 60 / beats):
        start = round(at * SAMPLE_RATE)
        wave[start : start + 1600] += rng.standard_normal(1600) * np.geomspace(9000, 90, 1600)
    rise = onset_strength(spectrum(torch.from_numpy(wave.astype(np.int16))[None]))
    theirs = librosa.feature.tempo(onset_envelope=rise[0].numpy(), sr=SAMPLE_RATE, hop_length=HOP)[0]
    assert float(tempo(rise, 2.0)) == pytest.approx(theirs, rel=0.03)
    assert theirs == pytest.approx(beats, rel=0.05)


def test_music_is_judged_without_librosa(bare: Bare) -> None:
    code = (
        "import sys, torch\n"
        "from artgen_music import judge, rhythm, texture\n"
        "raw = torch.randint(-9000, 9000, (1, 200_000), dtype=torch.int16)\n"
        "judge.MusicnnFeatures()(raw), judge.statistics(raw), judge.attributes(raw)\n"
        "rhythm.steadiness(raw), texture.TextureFeatures()(raw)\n"
        "print([name for name in ('librosa', 'numba') if name in sys.modules])"
    )
    done = bare(code)
    assert done.stdout == "[]\n", done.stderr
