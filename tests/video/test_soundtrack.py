"""Sound and picture: the motion of a film follows the onsets and the loudness of its track, in one MP4."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

import artgen
from artgen.errors import InputError
from artgen.inference.latent import render, seed_latent
from artgen.media import onsets
from artgen.media.onsets import RATE, Track
from artgen.verbs.soundtrack import FPS
from tests.video.conftest import moving_dot, write_mp4

CLICKS = (1.0, 1.5, 2.5)


def clicks(seconds: float = 4.0) -> np.ndarray:
    """Clicks of a decaying tone in silence."""
    wave = np.zeros(round(seconds * RATE), np.float32)
    time = np.arange(round(0.1 * RATE)) / RATE
    for moment in CLICKS:
        start = round(moment * RATE)
        wave[start : start + len(time)] += (0.8 * np.sin(2 * np.pi * 880 * time) * np.exp(-time / 0.03)).astype(
            np.float32
        )
    return wave


def pace(wave: np.ndarray) -> np.ndarray:
    moments = np.array(onsets.moments(Track(wave, "test"), FPS))
    assert (np.diff(moments) > 0).all()
    return np.diff(moments) * FPS


def test_motion_is_pushed_by_onsets() -> None:
    speed = pace(clicks())
    for moment in CLICKS:
        after = speed[round(moment * FPS) - 1 : round((moment + 0.2) * FPS)].max()
        before = speed[round((moment - 0.2) * FPS)]
        assert after > 2 * before
    assert speed[: round(0.8 * FPS)].max() == pytest.approx(onsets.CALM)  # before anything sounds


def test_motion_is_faster_where_it_is_loud() -> None:
    tone = 0.8 * np.sin(2 * np.pi * 440 * np.arange(6 * RATE) / RATE).astype(np.float32)
    tone[: 2 * RATE] *= 0.05
    tone[4 * RATE :] *= 0.3
    speed = pace(tone)
    quiet, loud, middle = (np.median(speed[round(a * FPS) : round((a + 1) * FPS)]) for a in (0.5, 2.5, 4.5))
    assert quiet < middle < loud
    assert loud == pytest.approx(onsets.CALM + onsets.LOUD, abs=0.05)


def test_silence_moves_calmly() -> None:
    assert pace(np.zeros(2 * RATE, np.float32)) == pytest.approx(onsets.CALM)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny video run."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        (folder / "films").mkdir()
        for number in range(8):
            write_mp4(folder / "films" / f"{number}.mp4", moving_dot(8 + number))
        sets = ["size=16", "frames=8", "train_crop=4", "fps=12", "widths=[12, 8]", "latent=6", "style=10", "batch=4"]
        artgen.run("video", data=folder / "films", out=folder / "run", images="8", sets=[*sets, "holdout=0"])
    return folder / "run"


def test_a_film_with_sound_is_one_file(trained: Path, tmp_path: Path) -> None:
    wave = np.stack([clicks(), clicks()], 1)
    soundfile.write(tmp_path / "clicks.wav", wave, RATE)
    (film,) = artgen.load(trained).soundtrack(tmp_path / "clicks.wav", tmp_path / "out", [3])
    with av.open(str(film)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert picture.average_rate == FPS
        assert abs(float(picture.duration * picture.time_base) - 4) < 0.1  # pyright: ignore[reportOperatorIssue]
        assert abs(float(sound.duration * sound.time_base) - 4) < 0.2  # pyright: ignore[reportOperatorIssue]
        assert "soundtrack=a file" in container.metadata["comment"]
        assert "clicks" not in container.metadata["comment"], "the name of a person's file is nobody else's business"
        frames = np.stack([frame.to_ndarray(format="gray") for frame in container.decode(picture)]).astype(float)
    with av.open(str(film)) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    loud = np.flatnonzero(np.abs(heard) > 0.3) / RATE
    assert loud.min() == pytest.approx(CLICKS[0], abs=0.06)  # heard when it was played
    assert len(frames) == round(4 * FPS)


@pytest.mark.parametrize(("name", "codec"), [("song.wav", "pcm_s16le"), ("song.m4a", "aac")])
def test_the_sound_of_a_person_is_kept(trained: Path, tmp_path: Path, name: str, codec: str) -> None:
    """In stereo, at its own rate, and packet by packet where the film's format holds it; whatever its ending."""
    rate = 44_100
    time = np.arange(2 * rate) / rate
    stereo = np.stack([0.3 * np.sin(2 * np.pi * 440 * time), 0.3 * np.sin(2 * np.pi * 12_000 * time)]).astype(
        np.float32
    )
    with av.open(str(tmp_path / name), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(stereo, "fltp", "stereo")
        frame.sample_rate = rate
        form = stream.codec_context.format.name
        for part in av.AudioResampler(form, "stereo", rate, frame_size=1024).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    (film,) = artgen.load(trained).soundtrack(tmp_path / name, tmp_path / "out")
    with av.open(str(film)) as container:
        sound = container.streams.audio[0]
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", rate, 2)
        heard = np.concatenate([part.to_ndarray() for part in container.decode(audio=0)], 1)
    power = np.abs(np.fft.rfft(heard[:, 4096 : 4096 + rate])) ** 2
    assert power[0].argmax() == pytest.approx(440, abs=2)
    assert power[1].argmax() == pytest.approx(12_000, abs=2)
    if codec == "aac":
        packets = [[bytes(p) for p in av.open(str(path)).demux(audio=0) if p.size] for path in (tmp_path / name, film)]
        assert packets[0][: len(packets[1])] == packets[1]


def test_the_picture_of_the_film_follows(trained: Path) -> None:
    run = artgen.load(trained)
    track = Track(clicks(), "clicks")
    from dataclasses import replace

    from artgen.types import SampleOptions

    options = SampleOptions(fps=FPS, seconds=track.seconds, moments=onsets.moments(track, FPS))
    even, follows = (
        next(render(run.model, [seed_latent(run.model, 1)], a)).data.astype(float)
        for a in (replace(options, moments=None), options)
    )
    change = np.abs(np.diff(follows, axis=1)).mean((0, 2, 3))
    near = np.concatenate([change[round(m * FPS) : round((m + 0.25) * FPS)] for m in CLICKS])
    assert near.mean() > 1.3 * change[: round(0.9 * FPS)].mean()
    assert (even[:, 0] == follows[:, 0]).all()


def test_what_makes_no_sound_is_refused(trained: Path, tmp_path: Path) -> None:
    run = artgen.load(trained)
    with pytest.raises(InputError, match="a run of video makes no sound"):
        run.soundtrack(trained, tmp_path / "out")
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(InputError, match="cannot be decoded"):
        run.soundtrack(tmp_path / "a.wav", tmp_path / "out")
    soundfile.write(tmp_path / "b.wav", np.zeros(100), RATE)
    with pytest.raises(InputError, match="shorter than half a second"):
        run.soundtrack(tmp_path / "b.wav", tmp_path / "out")
