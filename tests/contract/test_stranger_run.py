"""Promise: a stranger's package is first class: trained, sampled, judged, reported, stopped and resumed by the same commands."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

import artgen
from artgen.errors import InputError
from tests.conftest import install
from tests.forked import Command, until

OBSERVER = """import artgen

@artgen.hookimpl
def artgen_run_start(run):
    note(run, "start")

@artgen.hookimpl
def artgen_report(run, stats):
    note(run, "report")

@artgen.hookimpl
def artgen_snapshot(run, paths):
    note(run, "snapshot %d" % len(paths))

@artgen.hookimpl
def artgen_run_end(run, error):
    note(run, "end %s" % error)

def note(run, text):
    with open(run.folder / "observed.txt", "a") as file:
        file.write(text + "\\n")
"""


def test_every_hook_is_exercised_by_a_run(toy: Path, curves: Path, tmp_path: Path) -> None:
    install(toy, "watcher", {"watch": "watch_plugin"}, {"watch_plugin": OBSERVER})
    run = artgen.run("toy", data=curves, images="2000", out=tmp_path / "run", extras=("watch",), sets=["batch=16"])
    seen = (tmp_path / "run" / "observed.txt").read_text().splitlines()
    assert seen[0] == "start"
    assert "report" in seen
    assert "snapshot 6" in seen
    assert seen[-1] == "end None"
    assert json.loads((tmp_path / "run" / "quality.json").read_text())["figures"][0]["name"] == "KID"
    assert "<html" in (tmp_path / "run" / "report.html").read_text()
    again = artgen.load(tmp_path / "run").sample(range(3))
    assert all(np.array_equal(a.data, b.data) for a, b in zip(run.sample(range(3)), again, strict=True))


def test_the_same_images_give_the_same_checkpoint(toy: Path, curves: Path, tmp_path: Path) -> None:
    def sampled(name: str, *images: str) -> bytes:
        for number, count in enumerate(images):
            run = artgen.run(
                "toy",
                data=curves,
                images=count,
                out=tmp_path / name,
                resume=number > 0,
                sets=() if number else ["batch=16"],
            )
        return b"".join(s.data.tobytes() for s in run.sample(range(8)))

    assert sampled("a", "640") == sampled("b", "640")


def test_a_run_folder_of_another_is_left_alone(toy: Path, curves: Path, tmp_path: Path) -> None:
    artgen.run("toy", data=curves, images="64", out=tmp_path / "run", sets=["batch=16"])
    before = (tmp_path / "run" / "checkpoints" / "last.safetensors").read_bytes()
    for wishes, message in (({}, "holds a run already"), ({"resume": True, "sets": ["batch=8"]}, "keeps its settings")):
        with pytest.raises(InputError, match=message):
            artgen.run("toy", data=curves, images="64", out=tmp_path / "run", **wishes)
    with pytest.raises(InputError, match="run of plugin toy, not music"):
        artgen.run("music", out=tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "checkpoints" / "last.safetensors").read_bytes() == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_leaves_and_the_run_goes_on(
    toy: Path, curves: Path, tmp_path: Path, number: int, code: int
) -> None:
    words = ("run", "--plugin", "toy", "--data", str(curves), "--out", "run", "--budget", "100s")
    process, metrics = Command(*words, cwd=tmp_path), tmp_path / "run" / "metrics.jsonl"
    until(metrics.exists)
    os.kill(process.pid, number)
    done = process.end()
    assert done.returncode == code, done.stderr
    last = done.stderr.splitlines()[-1]
    how = {signal.SIGINT: "stopped", signal.SIGTERM: "stopped from outside"}[number]
    assert last == f"artgen: error: {how} and saved; go on with artgen run --resume --out run"
    seen = json.loads(metrics.read_text().splitlines()[-1])["seen"]
    run = artgen.run("toy", out=tmp_path / "run", resume=True, images="64")
    assert run.folder == tmp_path / "run"
    assert json.loads(metrics.read_text().splitlines()[-1])["seen"] >= seen + 64
