"""``artgen live`` measured: ``python benchmarks/live.py`` prints a table and writes ``results/live.md``.

Frames are read from its pipe as ffmpeg would, controls are sent by OSC as a controller would, and two LFOs move the picture.
The rows about the processor hold beside other work too; the others need a quiet machine.
Needs ``pip install 'artgen-suite[live]'`` and psutil.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

import psutil
import torch
from pythonosc.osc_message_builder import OscMessageBuilder
from tables import table

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.live.test_live import free_port
from tests.studio.serving import PROGRAM, run_of, train_on

from artgen.runfolder.state import State
from artgen.studio.playing import Opened

RESULTS = Path(__file__).parent / "results" / "live.md"
MATRIX = {
    "lfos": {"1": {"seconds": 5}, "2": {"seconds": 7.3, "shape": "triangle"}},
    "rows": [{"source": "lfo/1", "to": "/direction/s1"}, {"source": "lfo/2", "to": "/direction/s2"}],
}
Row = tuple[str, str, str]  # what, measured, wanted


class Show:
    """A performance whose frames are read as they come. ``side``: pixels of a frame; ``moving``: by LFOs."""

    def __init__(self, run: Path, side: int, words: list[str], moving: bool = True) -> None:
        matrix = run / ("moving.json" if moving else "still.json")
        matrix.write_text(json.dumps(MATRIX if moving else {}))
        self.osc, self._size = free_port(socket.SOCK_DGRAM), side * side * 3
        words = [
            "live",
            str(run),
            "--pipe",
            "-",
            "--osc",
            str(self.osc),
            "--matrix",
            str(matrix),
            "--smooth",
            "0",
            *words,
        ]
        self.process = subprocess.Popen([*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.times: list[float] = []
        self.fresh_at: list[float] = []  # when a frame was another than the one before
        self.last = b""
        self._changed = threading.Condition()
        self._read()
        threading.Thread(target=self._follow, daemon=True).start()

    def _read(self) -> bool:
        assert self.process.stdout is not None
        frame = self.process.stdout.read(self._size)
        if len(frame) < self._size:
            return False
        self.times.append(time.monotonic())
        with self._changed:
            if frame != self.last:
                self.fresh_at.append(self.times[-1])
                self.last = frame
                self._changed.notify_all()
        return True

    def _follow(self) -> None:
        while self._read():
            pass

    def send(self, address: str, value: float) -> None:
        message = OscMessageBuilder(address)
        message.add_arg(value)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(message.build().dgram, ("127.0.0.1", self.osc))

    def another(self, before: bytes, patience: float = 30.0) -> float:
        """Seconds until a frame is shown that is not ``before``."""
        start = time.monotonic()
        with self._changed:
            if not self._changed.wait_for(lambda: self.last != before, patience):
                raise TimeoutError("no other frame came")
        return time.monotonic() - start

    @property
    def memory(self) -> float:
        """MiB of the command and its players."""
        own = psutil.Process(self.process.pid)
        return sum(process.memory_info().rss for process in (own, *own.children(True))) / 2**20

    def players(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children(True)
        return [child for child in children if "artgen.studio.player" in child.cmdline()]

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="of the long run")
    parser.add_argument("--short", type=float, default=30, help="seconds of the others")
    parser.add_argument("--note", default="", help="what else this machine did meanwhile")
    wishes = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        small, large = run_of(Path(name), "small", "image"), run_of(Path(name), "large", "image64")
        rows += latency(small, 32, []) + latency(large, 64, [])
        rows += latency(large, 256, ["--enlarge", "4"])
        rows += steady(small, 32, [], wishes.short, "32 px", "30") + steady(
            large, 64, [], wishes.seconds, "64 px", "30"
        )
        rows += steady(large, 256, ["--enlarge", "4"], wishes.short, "64 px enlarged to 256", "15")
        rows += killed(large) + processor(large) + trained(large)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    head = f"Python {platform.python_version()}, {cores} core(s), {platform.machine()}. {wishes.note}"
    lines = ["# Live", "", head.strip(), "", *table(["what", "measured", "wanted"], rows), ""]
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


def latency(run: Path, side: int, words: list[str], count: int = 60) -> list[Row]:
    """From a number that is sent to the frame that shows it."""
    show = Show(run, side, ["--flashes", "--fps", "60", *words], moving=False)
    took = []
    for number in range(count):
        time.sleep(0.15)
        before = show.last
        show.send("/seed", float(100 + number))
        took.append(show.another(before) * 1000)
    show.end()
    text = f"{statistics.median(took):.0f}, {sorted(took)[int(0.95 * count)]:.0f} ms"
    return [said((f"OSC to a frame of {side} px, at 60 frames/s: median, 95%", text, ""))]


def steady(run: Path, side: int, words: list[str], seconds: float, name: str, wanted: str) -> list[Row]:
    """Frames and works a second, gaps and memory."""
    show = Show(run, side, words)
    time.sleep(min(30, seconds / 3))  # the spare player is there then
    begun, frames, fresh, early = time.monotonic(), len(show.times), len(show.fresh_at), show.memory
    time.sleep(seconds)
    took, times, late = time.monotonic() - begun, show.times[frames:], show.memory
    works = (len(show.fresh_at) - fresh) / took
    show.end()
    gaps = sorted(b - a for a, b in pairwise(times))
    text = f"{len(gaps) / took:.1f} frames/s, {works:.1f} works/s"
    return [
        said((f"{name}, {seconds:g} s: frames and new works a second", text, f"{wanted} works/s")),
        said(
            (
                f"{name}: longest gap; gaps over 100 ms",
                f"{gaps[-1] * 1000:.0f} ms; {sum(g > 0.1 for g in gaps)}",
                "100 ms; 0",
            )
        ),
        said((f"{name}: memory at the beginning and at the end", f"{early:.0f}, {late:.0f} MiB", "no growth")),
    ]


def killed(run: Path) -> list[Row]:
    """A player that is killed: until a new picture is shown, and the longest time without a frame meanwhile."""
    show = Show(run, 64, [], moving=False)
    while len(show.players()) < 2:
        time.sleep(0.2)
    time.sleep(10)
    oldest = min(show.players(), key=lambda player: player.create_time())
    frames, before = len(show.times), show.last
    oldest.kill()
    show.send("/seed", 77.0)
    took = show.another(before, 60)
    times = show.times[frames - 1 :]
    show.end()
    longest = max(b - a for a, b in pairwise(times))
    return [
        said(("a player is killed: until a new picture", f"{took:.2f} s", "3 s")),
        said(("... longest time without a frame meanwhile", f"{longest * 1000:.0f} ms", "100 ms")),
    ]


def trained(run: Path, count: int = 5) -> list[Row]:
    """A training writes newer weights while two LFOs move the picture: how long nothing comes."""
    show = Show(run, 64, [])
    time.sleep(15)
    frames, before = len(show.times), len(show.fresh_at)
    for _ in range(count):
        train_on(run)
        time.sleep(3)
    show.end()
    gaps, stands = (max(b - a for a, b in pairwise(at)) * 1000 for at in (show.times[frames:], show.fresh_at[before:]))
    assert show.process.stderr is not None
    said_of = show.process.stderr.read().decode().count("newer weights, of ")
    return [
        said((f"newer weights come {count} times: loaded so often", str(said_of), str(count))),
        said(("... longest time without a frame, and without a new picture", f"{gaps:.0f}, {stands:.0f} ms", "100 ms")),
    ]


def processor(run: Path) -> list[Row]:
    """What a work costs the processor, whatever else runs there."""
    opened = Opened(run)
    rows = []
    for enlarge, name in ((1, "64 px"), (4, "64 px enlarged to 256")):
        took = []
        for seed in range(25):
            start = time.process_time()
            opened.view(State(seed=seed, moves={"s1": 1.0}), enlarge=enlarge)
            took.append((time.process_time() - start) * 1000)
        text = f"{statistics.median(took[5:]):.0f} ms"
        rows.append(said((f"{name}: a work, time of the processor, {torch.get_num_threads()} thread(s)", text, "")))
    return rows


def said(row: Row) -> Row:
    print("  ".join(row), flush=True)
    return row


if __name__ == "__main__":
    main()
