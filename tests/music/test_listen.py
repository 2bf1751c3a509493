"""Promise: any rate, channel count, format and length is read; what cannot be read is skipped with a reason."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from artgen.host.bounded import Tell, bounded
from artgen.media.sound import hushed
from artgen_music import listen as module
from artgen_music.listen import Unusable
from artgen_music.prepare import slices
from tests.music.conftest import RATE, tone
from tests.patience import PATIENCE

Write = Callable[..., Path]


def listen(path: Path, minutes: float, normalize: bool, trouble: list[str] | None = None) -> np.ndarray:
    return np.concatenate(module.listen(path, minutes, normalize, trouble))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1)])
def test_any_format_rate_and_channels_become_16_khz_mono(write: Write, suffix: str, rate: int, channels: int) -> None:
    wave = listen(write(f"a.{suffix}", tone(2.0, 440, rate, channels), rate), 15, True)
    assert wave.dtype == np.float32
    assert abs(len(wave) - 2 * RATE) < 0.15 * RATE
    spectrum = np.abs(np.fft.rfft(wave))
    assert abs(np.argmax(spectrum) * RATE / len(wave) - 440) < 3


def loudest(wave: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * RATE / len(wave))


def test_many_channels_are_mixed(write: Write) -> None:
    sound = np.concatenate([tone(1.0, hertz) for hertz in (300, 500, 700, 900, 1100, 1300)], axis=1)
    spectrum = np.abs(np.fft.rfft(listen(write("a.wav", sound), 15, True)))
    assert {300, 500, 700, 900, 1100, 1300} == set(np.argsort(spectrum)[-6:].tolist())


def test_a_mix_does_not_cancel_its_channels(write: Write) -> None:
    sound = tone(1.0, 440, channels=2)
    sound[:, 1] *= -0.99
    assert abs(loudest(listen(write("a.wav", sound), 15, True)) - 440) < 3


def test_an_offset_is_removed_before_loudness_is_measured(write: Write) -> None:
    wave = listen(write("a.wav", 0.05 * tone(2.0) + 0.4, subtype="FLOAT"), 15, True)
    assert abs(wave.mean()) < 0.005
    assert abs(float(np.sqrt(np.mean(wave**2))) - 0.1) < 0.01


def test_loudness_is_the_same_for_all_without_clipping(write: Write) -> None:
    quiet, loud = (listen(write(f"{g}.wav", g * tone(2.0)), 15, True) for g in (0.01, 1.0))
    assert np.allclose(quiet, loud, atol=0.01), "the 16 bits of the quiet file are coarse, but not that coarse"
    assert np.abs(loud).max() <= 0.951
    untouched = listen(write("0.01.wav", 0.01 * tone(2.0)), 15, False)
    assert np.abs(untouched).max() < 0.006


def test_a_long_file_is_heard_all_over_within_its_minutes(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 2.0)
    sound = np.concatenate([tone(10.0, hertz) for hertz in (300, 600, 900)])
    trouble: list[str] = []
    pieces = module.listen(write("a.flac", sound), 0.1, True, trouble)
    assert [round(loudest(piece), -1) for piece in pieces] == [300, 600, 900]
    assert all(abs(len(piece) - 2 * RATE) < 100 for piece in pieces)
    assert "left out here and there" in trouble[0]


@pytest.mark.parametrize(
    ("name", "samples", "reason"),
    [
        ("silent.wav", np.zeros(RATE), "silent"),
        ("empty.wav", np.zeros(0), "no samples"),
        ("short.wav", tone(0.01), "shorter"),
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


@pytest.mark.parametrize("content", [b"this is no sound at all", b"RIFF\xff\xff\xff\xffWAVEfmt "])
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


def test_what_decodes_of_a_damaged_file_is_used_and_said(write: Write) -> None:
    whole = tone(5.0) + np.random.default_rng(0).normal(0, 0.01, (5 * RATE, 1))
    cut = write("a.flac", whole)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    hole = write("b.mp3", whole)
    data = bytearray(hole.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    hole.write_bytes(bytes(data))
    for path, seconds in ((cut, 2.0), (hole, 4.0)):
        trouble: list[str] = []
        assert len(listen(path, 15, True, trouble)) > seconds * RATE
        assert trouble == ["is damaged in places"] or path == hole, "some decoders close a hole without a word"


@pytest.mark.parametrize(
    ("suffix", "codec"), [("m4a", "aac"), ("mka", "aac"), ("wma", "wmav2"), ("mp4", "aac"), ("aac", "aac")]
)
def test_what_ffmpeg_knows_is_read(tmp_path: Path, suffix: str, codec: str) -> None:
    import av

    path = tmp_path / f"a.{suffix}"
    container = {"m4a": "mp4", "mka": "matroska", "wma": "asf", "mp4": "mp4", "aac": "adts"}[suffix]
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=44_100, layout="mono")
        stream.bit_rate = 96_000
        samples = tone(3.0, 440, 44_100).T.astype(np.float32)
        for start in range(0, samples.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, start : start + 1024]), "fltp", "mono")
            frame.sample_rate, frame.pts = 44_100, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    wave = listen(path, 15, True)
    assert abs(len(wave) - 3 * RATE) < 0.15 * RATE
    assert abs(loudest(wave) - 440) < 3


def test_a_recording_whose_header_was_never_finished_is_read(write: Write) -> None:
    path = write("a.wav", tone(2.0))
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4], data[4:8] = bytes(4), bytes(4)
    path.write_bytes(bytes(data))
    assert abs(len(listen(path, 15, True)) - 2 * RATE) < 100


def test_a_drum_hit_is_heard_once_in_every_piece() -> None:
    hit = np.exp(-np.arange(RATE // 4) / 400).astype(np.float32)
    (piece,) = slices(hit, 2 * RATE)
    assert len(piece) == 4 * RATE
    assert int((piece > 0.9).sum()) == 2 * int((hit > 0.9).sum()), "one hit for each crop of two seconds"


def test_a_length_that_is_guessed_from_a_quiet_start_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import av

    monkeypatch.setattr(module, "PIECE", 5.0)
    sound = np.concatenate([1e-5 * tone(20.0), np.random.default_rng(0).normal(0, 0.2, (60 * RATE, 1))])
    with av.open(str(tmp_path / "a.aac"), "w", format="adts") as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono")
        for start in range(0, len(sound), 1024):
            block = sound[start : start + 1024].T.astype(np.float32)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "mono")
            frame.sample_rate, frame.pts = RATE, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    pieces = module.listen(tmp_path / "a.aac", 0.5, True)
    assert [len(piece) for piece in pieces] == [5 * RATE] * 6


def test_a_short_file_takes_no_room_for_the_longest(write: Write) -> None:
    path = write("a.wav", tone(2.0))

    def work(tell: Tell) -> Iterator[bool]:
        yield len(listen(path, 600, True)) == 2 * RATE

    assert list(bounded(work)) == [True]


def test_two_threads_that_decode_leave_the_error_stream_as_it_was() -> None:
    before = os.fstat(2)
    entered, inside, first_left = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with hushed():
            entered.set()
            inside.wait(PATIENCE)
        first_left.set()

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait(PATIENCE)
    with hushed():
        inside.set()
        first_left.wait(PATIENCE)
    thread.join()
    assert (os.fstat(2).st_dev, os.fstat(2).st_ino) == (before.st_dev, before.st_ino)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m4a", "a.au"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(Unusable, match=r"^empty file \(zero bytes\): copy it again"):
        listen(tmp_path / name, 15, True)
