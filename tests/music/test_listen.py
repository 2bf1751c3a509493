"""Promise: any rate, channel count, format and length is read; what cannot be read is skipped with a reason."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from artgen_music.listen import Unusable, listen
from tests.music.conftest import RATE, tone

Write = Callable[..., Path]


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1)])
def test_any_format_rate_and_channels_become_16_khz_mono(write: Write, suffix: str, rate: int, channels: int) -> None:
    wave = listen(write(f"a.{suffix}", tone(2.0, 440, rate, channels), rate), 15, True)
    assert wave.dtype == np.float32
    assert abs(len(wave) - 2 * RATE) < 0.15 * RATE
    spectrum = np.abs(np.fft.rfft(wave))
    assert abs(np.argmax(spectrum) * RATE / len(wave) - 440) < 3


def test_many_channels_are_mixed(write: Write) -> None:
    sound = tone(1.0, channels=6)
    sound[:, 3:] *= -1
    sound[:, 0] += 0.1 * tone(1.0, 880)[:, 0]
    wave = listen(write("a.wav", sound), 15, True)
    assert abs(np.argmax(np.abs(np.fft.rfft(wave))) - 880) < 3


def test_loudness_is_the_same_for_all_without_clipping(write: Write) -> None:
    quiet, loud = (listen(write(f"{g}.wav", g * tone(2.0)), 15, True) for g in (0.01, 1.0))
    assert np.allclose(quiet, loud, atol=0.01), "the 16 bits of the quiet file are coarse, but not that coarse"
    assert np.abs(loud).max() <= 0.951
    untouched = listen(write("0.01.wav", 0.01 * tone(2.0)), 15, False)
    assert np.abs(untouched).max() < 0.006


def test_only_the_first_minutes_of_a_long_file_are_decoded(write: Write) -> None:
    assert len(listen(write("a.flac", tone(30.0)), 0.1, True)) == 6 * RATE


@pytest.mark.parametrize(
    ("name", "samples", "reason"),
    [
        ("silent.wav", np.zeros(RATE), "silent"),
        ("empty.wav", np.zeros(0), "no samples"),
        ("short.wav", tone(0.1), "shorter"),
        ("wide.wav", np.zeros((RATE, 1024)), "1024 channels"),
    ],
)
def test_useless_files_say_why(write: Write, name: str, samples: np.ndarray, reason: str) -> None:
    path = write(name, samples)
    with pytest.raises(Unusable, match=reason):
        listen(path, 15, True)


def test_numbers_too_large_to_be_mixed_are_refused(write: Write) -> None:
    path = write("huge.wav", np.full((RATE, 2), 3e38, np.float32), subtype="FLOAT")
    with pytest.raises(Unusable, match="not numbers"):
        listen(path, 15, True)


def test_nan_is_refused(write: Write) -> None:
    sound = tone(1.0)
    sound[5000] = np.nan
    path = write("nan.wav", sound, subtype="FLOAT")
    with pytest.raises(Unusable, match="not numbers"):
        listen(path, 15, True)


@pytest.mark.parametrize("content", [b"", b"this is no sound at all", b"RIFF\xff\xff\xff\xffWAVEfmt "])
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(Unusable, match="cannot be decoded"):
        listen(path, 15, True)


def test_a_text_named_mp3_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_text("this is text, not sound at all\n")
    with pytest.raises(Unusable, match="holds no sound of a known format"):
        listen(tmp_path / "a.mp3", 15, True)


def test_a_lying_length_is_believed_only_as_far_as_there_is_sound(write: Write) -> None:
    path = write("a.wav", tone(2.0))
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 0x7FFFFFF0)
    path.write_bytes(bytes(data))
    assert len(listen(path, 15, True)) == 2 * RATE


def test_a_cut_off_file_is_refused(write: Write) -> None:
    path = write("a.flac", tone(5.0) + np.random.default_rng(0).normal(0, 0.01, (5 * RATE, 1)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Unusable, match="decoded"):
        listen(path, 15, True)
