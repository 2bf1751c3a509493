"""Promises of the sound files: every format opens again, the same sound gives the same bytes, and it is as loud as is said."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artgen_music.config import SAMPLE_RATE
from artgen_music.sound_files import HIGHEST_PEAK, gain_to, integrated_loudness, save_sound, true_peak

NOTES = {"software": "artgen 1", "seed": "7"}
KINDS = (("wav", "PCM_16"), ("wav24", "PCM_24"), ("flac", "PCM_24"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"))


def sine(hertz: float, size: float, seconds: float = 2.0, rate: int = SAMPLE_RATE) -> np.ndarray:
    return size * np.sin(2 * math.pi * hertz * np.arange(round(seconds * rate)) / rate)


def int16(sound: np.ndarray) -> np.ndarray:
    return (sound * 32767).round().astype(np.int16)


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_every_format_holds_the_sound_and_the_same_bytes_each_time(kind: str, subtype: str, tmp_path: Path) -> None:
    wave = int16(sine(440, 0.4, 2.5))
    paths = [save_sound([wave], tmp_path / name, "title", NOTES, kind, 1.5) for name in "ab"]  # type: ignore[arg-type]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    info = soundfile.info(paths[0])
    assert (info.samplerate, info.channels, info.subtype) == (SAMPLE_RATE, 1, subtype)
    heard, _ = soundfile.read(paths[0])
    assert abs(len(heard) - len(wave)) < 3000  # coders of blocks
    middle = heard[8000:24000]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.6 / math.sqrt(2), rel=0.03)
    with soundfile.SoundFile(paths[0]) as file:
        assert file.title == "title"
        assert "seed=7" in file.comment


def test_24_bits_are_finer_than_16(tmp_path: Path) -> None:
    wave = np.ones(1000, np.int16)
    fine, _ = soundfile.read(save_sound([wave], tmp_path / "fine", "t", {}, "wav24", 0.25))
    assert fine[500] == pytest.approx(0.25 / 32768, rel=0.02)


def test_a_long_sound_is_measured_in_parts_as_if_it_were_whole() -> None:
    """Loudness is that of the whole, also where a part ends, and so is the peak; of a short sound all of it counts."""
    wave = sine(440, 0.1, 70.0) * np.linspace(0.2, 1, 70 * SAMPLE_RATE)
    parts = [integrated_loudness(part) for part in np.split(wave, 7)]
    assert min(parts) < integrated_loudness(wave) < max(parts)
    both = np.stack([wave, wave], 1)
    assert integrated_loudness(both) == pytest.approx(integrated_loudness(wave) + 3.01, abs=0.01)
    assert true_peak(both) == pytest.approx(true_peak(wave), rel=1e-6) == pytest.approx(0.1, abs=0.002)
    click = np.zeros(61 * SAMPLE_RATE)
    click[30 * SAMPLE_RATE - 1 : 30 * SAMPLE_RATE + 1] = 0.5  # between both, on the edge of a part, it is higher
    assert true_peak(click) == pytest.approx(true_peak(click[29 * SAMPLE_RATE : 31 * SAMPLE_RATE]), rel=1e-6)
    assert true_peak(click) > 0.55
    short = sine(440, 0.1, 0.2)
    assert integrated_loudness(short) == pytest.approx(integrated_loudness(sine(440, 0.1, 2.0)), abs=0.5)


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_loudness_is_that_of_the_standard(rate: int) -> None:
    """A 1 kHz sine of full scale on one channel is -3.01 LUFS; EBU Tech 3341: silence between does not count."""
    tone = sine(1000, 1.0, 4, rate)
    assert integrated_loudness(tone, rate) == pytest.approx(-3.01, abs=0.15)
    assert integrated_loudness(tone / 10, rate) == pytest.approx(-23.01, abs=0.15)
    pause = np.concatenate([tone / 10, np.zeros(4 * rate)])
    assert integrated_loudness(pause, rate) == pytest.approx(-23.0, abs=0.4)
    assert integrated_loudness(np.zeros(rate), rate) == -math.inf


def test_peaks_between_the_samples_are_seen() -> None:
    """A sine of a quarter of the rate, caught at 45 degrees, is 3 dB higher than its samples."""
    wave = np.sin(math.pi / 2 * np.arange(4000) + math.pi / 4)
    assert np.abs(wave).max() == pytest.approx(math.sqrt(0.5), abs=1e-6)
    assert true_peak(wave) == pytest.approx(1.0, abs=0.05)


def test_a_piece_becomes_as_loud_as_asked_unless_it_would_clip() -> None:
    soft = int16(sine(500, 0.05))
    gain = gain_to(soft, -14.0)
    assert integrated_loudness(soft / 32768 * gain) == pytest.approx(-14.0, abs=0.1)
    spiky = np.zeros(2 * SAMPLE_RATE, np.int16)
    spiky[::4000] = 20_000
    assert true_peak(spiky / 32768 * gain_to(spiky, -14.0)) == pytest.approx(10 ** (HIGHEST_PEAK / 20), rel=1e-6)
    assert gain_to(np.zeros(SAMPLE_RATE, np.int16), -14.0) == 1.0


def test_the_mark_is_found_in_every_format(tmp_path: Path) -> None:
    from artgen.provenance.sound import mark_sound
    from artgen.provenance.verify import verify

    rng = np.random.default_rng(0)
    wave = mark_sound(int16(sine(330, 0.2, 12) + 0.05 * rng.standard_normal(12 * SAMPLE_RATE)), 5)
    for kind, _ in KINDS:
        path = save_sound([wave], tmp_path / kind, "t", {}, kind, gain_to(wave, -14.0))  # type: ignore[arg-type]
        assert verify(path).mark is not None, kind
