"""Promise: what is written at 32 kHz is the piece, with a high band that belongs to it; nobody's own sound gets one unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from artgen.types import Opened, Sample, SampleOptions, SourceFile
from artgen_music import high_band
from artgen_music.config import HIGH_RATE, MusicConfig, SoundRate
from artgen_music.high_band import doubled, doubled_stream
from artgen_music.open_file import open_song
from artgen_music.plugin import artgen_writer
from artgen_music.writer import MusicWriter
from tests.music.conftest import RATE, tone


def hats(seconds: float) -> np.ndarray:
    """Bursts of bright noise twice a second over a low tone, int16 at 16 kHz."""
    rng = np.random.default_rng(0)
    noise = np.diff(rng.standard_normal(round(seconds * RATE) + 1)) * np.exp(
        -25 * (np.arange(round(seconds * RATE)) / RATE % 0.5)
    )
    return ((0.15 * noise + 0.3 * tone(seconds, 110.0)[:, 0]) * 20_000).astype(np.int16)


def power(wave: np.ndarray, low: float, high: float) -> np.ndarray:
    """Power of a sound at 32 kHz between two frequencies in each 20 ms."""
    frames = wave[: len(wave) // 640 * 640].reshape(-1, 640).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(640))) ** 2
    hertz = np.fft.rfftfreq(640, 1 / HIGH_RATE)
    return spectrum[:, (hertz >= low) & (hertz < high)].sum(1)


def test_what_was_there_stays() -> None:
    wave = hats(4.0)
    made = doubled(wave)
    assert (len(made), made.dtype) == (2 * len(wave), np.float32)
    wanted = soxr.resample(wave.astype(np.float32), RATE, HIGH_RATE, "VHQ")
    spectra = [np.fft.rfft(x * np.hanning(len(x))) for x in (made, wanted)]
    below = np.fft.rfftfreq(len(made), 1 / HIGH_RATE) < 7400
    error = np.linalg.norm((spectra[0] - spectra[1])[below]) / np.linalg.norm(spectra[1][below])
    assert error < 1e-3, f"60 dB below the piece, not {error}"


def test_the_high_band_comes_with_what_is_bright_and_leaves_what_is_dull() -> None:
    made = doubled(hats(4.0))
    bright = power(made, 9000, 15000)
    struck, between = bright[1::25].mean(), bright[20::25].mean()
    assert struck > 30 * between, "with the strokes, not between them"
    assert struck > 0.02 * power(made, 4000, 7000)[1::25].mean(), "to be heard"
    dull = doubled((tone(4.0, 220.0)[:, 0] * 20_000).astype(np.int16))
    assert power(dull, 9000, 15000).mean() < 1e-5 * power(dull, 0, 7000).mean()


def test_the_same_sound_gets_the_same_bytes_in_one_piece_or_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(high_band, "PIECE", 200 * high_band.STEP)
    wave = hats(3.3)
    whole = doubled(wave)
    pieces = np.split(wave, [100, 5000, 5001, 30_000])
    assert np.array_equal(np.concatenate(list(doubled_stream(iter(pieces)))), whole)
    monkeypatch.undo()
    assert np.allclose(doubled(wave), whole, atol=1.0), "where one piece ends is not heard"
    assert [len(doubled(wave[:n])) for n in (0, 1, 63, 640)] == [0, 2, 126, 1280]
    assert not doubled(np.zeros(20_000, np.int16)).any(), "silence stays silence"


def test_the_seam_of_a_loop_is_like_any_other_place() -> None:
    wave = hats(2.048)  # 512 steps of the high band
    made = doubled(wave, loop=True)
    turned = doubled(np.roll(wave, 8192), loop=True)
    twice = np.tile(made, 2)
    again = np.tile(turned, 2)
    for sound in (twice, again):
        bright = power(sound[len(made) - 6400 :][:12_800], 9000, 15000)
        assert bright.max() < 3 * power(made, 9000, 15000).max()
    jumps = np.abs(np.diff(np.append(made, made[0])))
    assert jumps[-1] <= jumps.max()
    smooth = (tone(2.048, 1000 / 2.048)[:, 0] * 20_000).astype(np.int16)
    again = soxr.resample(np.tile(doubled(smooth, loop=True), 3), HIGH_RATE, RATE, "VHQ")
    near = slice(len(smooth) - 500, len(smooth) + 500)
    assert np.allclose(again[near], np.tile(smooth, 3)[near], atol=60), "below, the seam is that of the piece"


@pytest.mark.parametrize(
    ("asked", "task", "rate"), [(None, "generate", 32_000), (16_000, "generate", 16_000), (None, "style", 16_000)]
)
def test_the_writer_takes_the_rate_that_suits_the_task(
    tmp_path: Path, asked: SoundRate | None, task: str, rate: int
) -> None:
    config = MusicConfig.model_validate({"rate": asked}).for_task(task)  # pyright: ignore[reportArgumentType]
    sound = artgen_writer(config).write(Sample(hats(1.0), 3, "rock", SampleOptions(seconds=1.0)), tmp_path / "a", {})[0]
    info = soundfile.info(sound)
    assert (info.samplerate, info.frames) == (rate, rate)


def test_a_piece_with_a_high_band_is_as_loud_as_one_without(tmp_path: Path) -> None:
    sample = Sample(hats(3.0), 3, None)
    paths = [
        MusicWriter(rate=rate, loudness=-30.0).write(sample, tmp_path / str(rate), {})[0] for rate in (16_000, 32_000)
    ]
    from artgen_music.sound_files import integrated_loudness

    found = [integrated_loudness(*soundfile.read(path)) for path in paths]
    assert found == pytest.approx([-30.0, -30.0], abs=0.2)


@pytest.mark.parametrize(("asked", "rate"), [(None, 16_000), (32_000, 32_000)])
def test_a_persons_own_song_gets_a_high_band_only_when_asked(
    write: Callable[..., Path], asked: SoundRate | None, rate: int
) -> None:
    path = write("song.wav", hats(2.0).astype(np.float32) / 32768)
    config = MusicConfig.model_validate({"rate": asked}).for_task("style")
    opened = open_song(SourceFile(path, "song.wav", None), config)
    assert isinstance(opened, Opened)
    assert opened.write is not None
    sound, picture = opened.write(iter(list(opened.parts)), path.parent / "out", {})
    written, found = soundfile.read(sound)
    assert (found, len(written)) == (rate, 2 * rate)
    assert picture.exists()
    if rate == HIGH_RATE:
        assert power(written, 9000, 15000).max() > 0
