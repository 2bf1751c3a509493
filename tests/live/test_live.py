"""Promise: ``artgen live`` plays by OSC at a steady rate into a pipe, JPEGs and sinks. When its player dies it keeps the last
frame and is back soon. What it played can be performed. Music goes on without a gap."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import numpy as np
import psutil
import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from artgen.errors import InputError, PluginError
from artgen.live.play import Wishes, live
from artgen.live.sinks import Runner, sink_of
from artgen.live.sounds import BLOCK
from artgen.studio.takes import read_take
from tests.forked import Family, named, until
from tests.patience import PATIENCE
from tests.studio.serving import PROGRAM, STARTS, train_on

SIDE, FPS = 32, 20
FRAME = SIDE * SIDE * 3


def run_of(folder: Path, plugin: str) -> Path:
    run = folder / plugin
    (run / "checkpoints").mkdir(parents=True)
    shutil.copyfile(STARTS[plugin], run / "checkpoints" / "last.safetensors")
    return run


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    found = Playing(tmp_path_factory.mktemp("live"))
    yield found
    found.end()


class Playing:
    """A performance in a process of its own, whose pipe is read here."""

    def __init__(self, folder: Path) -> None:
        self.run, self.take = run_of(folder, "image"), folder / "set.jsonl"
        self.osc, self.web = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        words = [
            "live",
            str(self.run),
            "--osc",
            str(self.osc),
            "--mjpeg",
            str(self.web),
            "--pipe",
            "-",
            "--fps",
            str(FPS),
        ]
        words += ["--take", str(self.take), "--smooth", "0"]
        self.process = Family([*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.frame()

    @property
    def out(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def frame(self) -> bytes:
        data = self.out.read(FRAME)
        assert len(data) == FRAME, self.process.communicate()[1]
        return data

    def send(self, address: str, *values: float) -> None:
        message = OscMessageBuilder(address)
        for value in values:
            message.add_arg(value)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(message.build().dgram, ("127.0.0.1", self.osc))

    def another(self, before: bytes, within: int = int(PATIENCE) * FPS) -> bytes:
        """The first frame that is not ``before``."""
        return next(frame for _ in range(within) if (frame := self.frame()) != before)

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.web, timeout=PATIENCE)
        line.request("GET", path, headers={"Host": f"127.0.0.1:{self.web}", **headers})
        return line.getresponse()

    def players(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children(True)
        return [child for child in children if named(child, "artgen.studio.player")]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.out.read()
            assert self.process.stderr is not None
            self.said = self.process.stderr.read().decode()
            self.process.wait(PATIENCE)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


def test_osc_moves_the_picture_and_the_rate_is_steady(playing: Playing) -> None:
    first = playing.frame()
    playing.send("/seed", 5)
    second = playing.another(first)
    playing.send("/direction/s1", 3.0)
    third = playing.another(second)
    playing.send("/no/such/address", 1.0)
    playing.send("/play/dark", 1.0)
    assert playing.another(third) == bytes(FRAME)
    playing.send("/play/dark", 0.0)
    playing.another(bytes(FRAME))
    took = list[float]()  # until a calm moment of a machine that does other things too
    while not took or (took[-1] >= 4.0 and sum(took) < PATIENCE):
        start = time.monotonic()
        for _ in range(2 * FPS):
            playing.frame()
        took.append(time.monotonic() - start)
    assert 1.2 < took[-1] < 4.0, "two seconds"
    about = json.loads(playing.get("/addresses").read())
    assert {row["address"]: row["last"] for row in about["received"]}["/direction/s1"] == [3.0]
    assert about["state"]["moves"] == {"s1": 3.0}
    assert "/daring" in [row["address"] for row in about["addresses"]]


def test_other_programs_see_jpegs_and_other_sites_nothing(playing: Playing) -> None:
    answer = playing.get("/stage.mjpg")
    seen = b""
    while seen.count(b"\xff\xd8\xff") < 4:
        seen += answer.read1(65536)
        playing.frame()
    assert answer.headers["Content-Type"].startswith("multipart/x-mixed-replace")
    answer.close()
    assert playing.get("/stage.mjpg", Host="evil.example").status == 421
    assert playing.get("/stage.mjpg", **{"Sec-Fetch-Site": "cross-site"}).status == 403


def test_a_player_that_is_killed_is_replaced_and_the_last_frame_stays(playing: Playing) -> None:
    before = playing.frame()
    until(lambda: playing.frame() and len(playing.players()) >= 2)  # the one that waits is there
    oldest, waits = sorted(playing.players(), key=lambda player: player.create_time())[:2]
    os.kill(oldest.pid, signal.SIGKILL)
    assert playing.frame() == before
    playing.send("/seed", 77)
    used = waits.cpu_times().user
    playing.another(before)
    assert waits.cpu_times().user > used, "the one that waited plays: another would load torch first"


def test_a_run_that_trains_is_played_with_its_newest_weights(playing: Playing) -> None:
    """Without a hand: the picture is another, and the frames go on meanwhile."""
    before = playing.frame()
    train_on(playing.run)
    playing.another(before)
    about = json.loads(playing.get("/addresses").read())
    assert about["renewed"] == 1


def test_floods_and_noise_do_no_harm(playing: Playing) -> None:
    server = psutil.Process(playing.process.pid)
    held = server.memory_info().rss
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for number in range(3000):
            out.sendto(os.urandom(number % 200), ("127.0.0.1", playing.osc))
    assert server.memory_info().rss - held < 50 * 2**20
    before = playing.frame()
    for _ in range(20):  # a packet that comes in the flood may be lost, as is the way of UDP
        playing.send("/seed", 4)
        if any(playing.frame() != before for _ in range(FPS)):
            break
    else:
        raise AssertionError("it hears no more")
    assert json.loads(playing.get("/addresses").read())["refused"] > 100


def test_what_was_played_is_a_take(playing: Playing) -> None:
    """The last one: it ends the performance."""
    playing.end()
    assert playing.process.returncode == 0
    assert playing.said.count("newer weights, of ") == 1
    take = read_take(playing.take)
    assert take.head.plugin == "image"
    states = [event.moment for event in take.events()]
    assert [state.state.seed for state in states if state.dark] == [5]
    assert {77, 4} <= {state.state.seed for state in states}


def test_music_goes_on_without_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", Family)  # its player
    pipe = tmp_path / "samples.raw"
    wishes = Wishes(pipe=str(pipe), seconds=4.5, take=tmp_path / "a.jsonl")
    with ThreadPoolExecutor(1) as other:  # this thread has a loop already where tests of a browser ran before
        done = other.submit(live, run_of(tmp_path, "music"), wishes).result()
    wave = np.fromfile(pipe, np.int16).astype(float)
    assert len(wave) == 144_000, "32 kHz, as the files"
    assert done.fresh >= 2, "a second piece has begun"
    level = np.sqrt(np.square(wave).reshape(-1, 3200).mean(1))
    assert level.min() > 0.02 * level.max(), "no tenth of a second is silent"
    take = read_take(tmp_path / "a.jsonl")
    assert (take.pieces, take.seconds) == (True, 4.5), "the take is as long as the music"
    assert BLOCK < 0.1


class Seen:
    """A sink that remembers."""

    def __init__(self, fail: bool = False) -> None:
        self.calls: list[Any] = []
        self._fail = fail
        self.may = threading.Event()  # go on after a frame

    def open(self, width: int, height: int, fps: float, name: str) -> None:
        self.calls.append(("open", width, height, fps, name))

    def send(self, frame: np.ndarray) -> None:
        if self._fail:
            raise RuntimeError("broken\nsink")
        self.calls.append(int(frame[0, 0, 0]))
        self.may.wait(PATIENCE)

    def close(self) -> None:
        self.calls.append("close")


def test_a_slow_sink_gets_the_newest_and_a_broken_one_ends_alone() -> None:
    said: list[str] = []
    slow, broken = Seen(), Seen(fail=True)
    runners = [Runner(slow, "slow", said.append), Runner(broken, "broken", said.append)]
    for runner in runners:
        runner.start(30.0, "mine")
    for number in range(100):
        for runner in runners:
            runner.offer(np.full((4, 6, 3), number, np.uint8))
        if not number:
            until(lambda: len(slow.calls) == 2)  # the first one is being shown
    slow.may.set()
    for runner in runners:
        runner.stop()
    assert slow.calls == [("open", 6, 4, 30.0, "mine"), 0, 99, "close"]
    assert said == ["broken: ended: RuntimeError: broken; sink"]
    assert runners[1].ended


def test_sinks_come_by_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "mine-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[artgen.sinks]\ngood = live_sinks:good\nbad = live_sinks:bad\nodd = live_sinks:odd\n"
    )
    (tmp_path / "live_sinks.py").write_text(
        "class S:\n  def __init__(self, words): self.words = words\n  def open(self, *_): ...\n  def send(self, f): ...\n"
        "  def close(self): ...\ngood = S\ndef bad(words): raise ValueError('no place')\ndef odd(words): return 5\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert sink_of("good=a=b").words == "a=b"  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="--sink none: no such plugin"):
        sink_of("none")
    for name, said in (("bad", r"mine 1\.0.*no place"), ("odd", "has no method open")):
        with pytest.raises(PluginError, match=said):
            sink_of(name)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(osc="x"), "--osc x: give a port"),
        (Wishes(fps=0), "--fps 0: give 1 to 120"),
        (Wishes(midi_file=Path("none.mid")), "no such file"),
        (Wishes(matrix=Path("none.json")), "--matrix none.json"),
        (Wishes(smooth=-1), "--smooth -1"),
        (Wishes(seed=-1), "--seed -1"),
    ],
)
def test_wrong_wishes_are_refused(wishes: Wishes, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        live(run_of(tmp_path, "image"), wishes)
