"""Promise: a take becomes the works that were played, frame by frame, at any size, with sound, marks and recipe."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from artgen.cli import main
from artgen.errors import InputError
from artgen.live.perform import Wishes, frames, perform
from artgen.live.radio import FADE, hop, joined
from artgen.provenance.packet import read_packet
from artgen.provenance.verify import verify
from artgen.runfolder.state import Between, State
from artgen.studio.playing import Opened
from artgen.studio.takes import Head, Moment, Recorder, Sounding, read_take
from tests.studio.serving import STARTS

WAY = Between(toward=State(seed=2), first=State(seed=1), share=0.5)


@pytest.fixture(scope="module")
def opened() -> Opened:
    return Opened(STARTS["image"], device="cpu")


def take_of(
    path: Path, plugin: str, moments: list[Moment], seconds: float, heard: tuple[Sounding | None, ...] = ()
) -> Path:
    with Recorder(path, Head(plugin=plugin)) as recorder:
        for number, moment in enumerate(moments):
            recorder.record(number / 10, moment, heard[number] if number < len(heard) else None)
        recorder.close(seconds)
    return path


def test_every_frame_is_the_work_of_its_moment(opened: Opened, tmp_path: Path) -> None:
    played = [
        Moment(State(seed=1)),
        Moment(State(seed=1, moves={"s1": 2.0})),
        Moment(State(seed=1), WAY),
        Moment(State(), None, True),
    ]
    take = read_take(take_of(tmp_path / "a.jsonl", "image", played, 0.5))
    shown = list(frames(opened, take, Wishes(10, calm=False, mark=False)))
    wanted = [np.moveaxis(opened.sample(moment.state, moment.between).data, 0, -1) for moment in played[:3]]
    assert [np.array_equal(a, b) for a, b in zip(shown, wanted, strict=False)] == [True] * 3
    assert len(shown) == 5
    assert not shown[3].any()
    assert not shown[4].any()


def test_a_film_has_its_length_its_sound_its_marks_and_its_recipe(tmp_path: Path) -> None:
    wave = np.sin(np.arange(16_000 * 3) / 16_000 * 2 * np.pi * 330).astype(np.float32) / 4
    soundfile.write(tmp_path / "song.wav", wave, 16_000)
    take = take_of(tmp_path / "a.jsonl", "image", [Moment(State(seed=4, moves={"s1": k / 4})) for k in range(6)], 1.0)
    out = tmp_path / "film.mp4"
    words = ["perform", str(STARTS["image"]), str(take), "--out", str(out), "--fps", "12", "--enlarge", "4"]
    with pytest.raises(SystemExit) as left:
        main([*words, "--sound", str(tmp_path / "song.wav"), "--device", "cpu"])
    assert not left.value.code
    with av.open(str(out)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.frames, picture.width, picture.average_rate) == (12, 256, 12)
        heard = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(sound)])
    assert len(heard) / 16_000 == pytest.approx(1.0, abs=0.1), "as long as the take, not as the song"
    assert np.abs(heard).max() > 0.2
    verdict = verify(out)
    assert (verdict.marked, verdict.altered) == (True, None)
    assert json.loads((read_packet(out.read_bytes()) or {})["recipe"]) == {"seed": 4, "moves": {"s1": 0.0}}


def test_a_film_of_a_film_run_moves(tmp_path: Path) -> None:
    take = read_take(take_of(tmp_path / "a.jsonl", "video", [Moment(State(seed=3))], 0.5))
    run = Opened(STARTS["video"], device="cpu")
    shown = list(frames(run, take, Wishes(8, calm=False, mark=False)))
    film = np.moveaxis(run.sample(State(seed=3)).data, 0, -1)
    assert [np.array_equal(a, b) for a, b in zip(shown, film, strict=False)] == [True] * 4


def test_music_of_a_take_is_seamless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgen_music.writer.show", lambda _wave, axes, *_: axes.set_axis_off())  # seconds for nothing
    pieces = tuple(Sounding(State(seed=k, seconds=1.0)) for k in range(3))
    take = take_of(tmp_path / "a.jsonl", "music", [Moment(State())] * 3, 2.5, pieces)
    made = perform(Opened(STARTS["music"], device="cpu"), take, tmp_path / "piece.wav", Wishes(mark=False))
    wave, rate = soundfile.read(made[0])
    assert (made[0].name, len(wave) / rate) == ("piece.wav", 2.5)
    assert np.abs(np.diff(wave)).max() < 0.9


def test_pieces_give_way_with_equal_power_and_without_a_step() -> None:
    rate, rng = 8000, np.random.default_rng(0)
    noise = [(k * hop(2.0), (rng.normal(0, 3000, 2 * rate)).astype(np.int16)) for k in range(4)]
    out = joined(noise, rate, 6.0).astype(float)
    assert len(out) == 6 * rate
    power = np.sqrt(np.square(out).reshape(-1, rate // 10).mean(1))
    assert power.min() > 2600
    assert power.max() < 3400
    tone = (np.sin(np.arange(2 * rate) * 2 * np.pi * 100 / rate) * 8000).astype(np.int16)
    joint = joined([(0.0, tone), (hop(2.0), tone)], rate, 3.5).astype(float)
    assert np.abs(np.diff(joint)).max() < 1.5 * np.abs(np.diff(tone.astype(float))).max()
    assert hop(2.0) == 2.0 - FADE
    assert not joined([], rate, 1.0).any()
    stereo = joined([(0.0, np.stack([tone, tone // 2]))], rate, 1.0)
    assert stereo.shape == (2, rate)


def test_a_piece_that_sounds_already_goes_on_where_it_is_and_stops_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, found = Opened(STARTS["music"], device="cpu"), []
    monkeypatch.setattr("artgen.live.perform.joined", lambda *given: found.append(joined(*given)) or found[-1])
    monkeypatch.setattr("artgen_music.writer.show", lambda _wave, axes, *_: axes.set_axis_off())
    first, second = State(seed=1, seconds=2.0), State(seed=2, seconds=2.0)
    heard = (Sounding(first, 1.7), Sounding(second, 0.2))  # a tenth of a second apart
    take = take_of(tmp_path / "a.jsonl", "music", [Moment(State())] * 2, 1.5, heard)
    perform(opened, take, tmp_path / "on.wav", Wishes(mark=False))
    (whole,), rate = found, opened.sound_rate()
    one, other = opened.sample(first).data, opened.sample(second).data
    wanted = joined([(0.0, one), (1.6, other)], rate, 3.2)[round(1.7 * rate) :]
    assert np.array_equal(whole, wanted), "both pieces, each from its place on"
    take = take_of(tmp_path / "b.jsonl", "music", [Moment(State())] * 11, 1.5, (*heard, *[None] * 8, Sounding(None)))
    perform(opened, take, tmp_path / "off.wav", Wishes(mark=False))
    stopped = found[1]
    assert np.array_equal(stopped[:rate], whole[:rate])
    assert np.abs(whole[round(1.45 * rate) :].astype(int)).max() > 100
    assert np.abs(stopped[round(1.45 * rate) :].astype(int)).max() <= 8


@pytest.mark.parametrize(
    ("plugin", "out", "wishes", "said"),
    [
        ("music", "a.mp4", Wishes(), "give a run of that plugin"),
        ("image", "a.png", Wishes(), "ends with .mp4 or .webm"),
        ("image", "a.mp4", Wishes(fps=0.5), "give 1 to 120"),
        ("image", "mine.mp4", Wishes(), "choose another name"),
        ("image", "a.mp4", Wishes(sound=STARTS["music"]), "no radio plays in this take"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    opened: Opened, tmp_path: Path, plugin: str, out: str, wishes: Wishes, said: str
) -> None:
    (tmp_path / "mine.mp4").write_bytes(b"of mine")
    take = take_of(tmp_path / "a.jsonl", plugin, [Moment(State())], 0.1)
    with pytest.raises(InputError, match=said):
        perform(opened, take, tmp_path / out, wishes)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "mine.mp4"]
    assert (tmp_path / "mine.mp4").read_bytes() == b"of mine"
