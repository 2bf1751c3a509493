"""Promise: onsets are those of librosa, nothing is compiled until they are found, and long tracks fit into memory."""

from __future__ import annotations

import tracemalloc
from types import ModuleType

import numpy as np
import pytest

from artgen.media.onsets import BLOCK, HOP, RATE, onset_strength, peaks
from tests.bare import Bare


def notes(seconds: float) -> np.ndarray:
    """Decaying tones that begin at any moment, as loud as they happen to be, over noise."""
    rng = np.random.default_rng(0)
    wave = 0.003 * rng.standard_normal(round(seconds * RATE))
    time = np.arange(RATE // 4) / RATE
    for start in np.sort(rng.integers(0, len(wave) - len(time), round(4 * seconds))):
        tone = np.sin(2 * np.pi * rng.uniform(80, 3000) * time) * np.exp(-time / 0.05)
        wave[start : start + len(time)] += rng.uniform(0.05, 0.5) * tone
    return wave.astype(np.float32)


@pytest.mark.parametrize(
    "wave",
    [notes(1.5 * BLOCK * HOP / RATE), notes(3.0)[RATE // 3 :], np.zeros(RATE, np.float32)],
    ids=["two blocks", "begins within a note", "silence"],
)
def test_onsets_are_those_of_librosa(wave: np.ndarray, librosa: ModuleType) -> None:
    found = onset_strength(wave)
    theirs = librosa.onset.onset_strength(y=wave, sr=RATE, hop_length=HOP)
    assert np.allclose(found, theirs, atol=1e-3)
    assert peaks(found).tolist() == librosa.onset.onset_detect(onset_envelope=theirs, sr=RATE, hop_length=HOP).tolist()
    assert (len(peaks(found)) > len(wave) / RATE) == bool(wave.any())


def test_a_steady_rise_has_no_peak_and_a_first_frame_may_be_one() -> None:
    assert peaks(np.arange(100, dtype=np.float32)).tolist() == []
    assert peaks(np.array([1, *[0] * 20], np.float32)).tolist() == [0]


def test_a_long_track_takes_little_more_memory_than_itself() -> None:
    """All of its windows at once would take eight times what it takes itself."""
    wave = np.zeros(180 * RATE, np.float32)
    onset_strength(wave[:RATE])
    tracemalloc.start()
    onset_strength(wave)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 7 * wave.nbytes


def test_nobody_waits_for_a_compiler(bare: Bare) -> None:
    code = (
        "import numba, numpy\n"
        "from numba.core.event import install_recorder\n"
        "from artgen.media.onsets import RATE, Track, moments\n"
        "with install_recorder('numba:compile') as compiled:\n"
        "    moments(Track(numpy.ones(RATE, 'float32'), 'a step'), 24)\n"
        "print(len(compiled.buffer))"
    )
    done = bare(code)
    assert done.stdout == "0\n", done.stderr
