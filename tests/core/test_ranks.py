"""Promise: several processes share the work of sample and evaluate and give what one would;
a run of two goes on to the same bits."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np

import artgen
from artgen.cli import main
from artgen.train.trainer import Trainer
from tests.core.test_killed import SOON, digest, ranks
from tests.forked import wait


def test_seeds_are_shared_and_come_out_the_same(toy: Path, curves: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    artgen.run("toy", data=curves, out=run, images="64", sets=["batch=8"])
    made = artgen.load(run, "cpu").sample(range(7), out=tmp_path / "one")
    assert len(made) == 7
    pids = ranks(
        3, lambda: main(["sample", str(run), "--count", "7", "--out", str(tmp_path / "three"), "--device", "cpu"])
    )
    assert [wait(pid) for pid in pids] == [0, 0, 0]
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert sorted(path.name for path in (tmp_path / "three").iterdir()) == names
    for name in names:  # the sheet of all too
        assert (tmp_path / "three" / name).read_bytes() == (tmp_path / "one" / name).read_bytes(), name
    assert len({np.load(path).tobytes() for path in (tmp_path / "three").glob("*.npy")}) == 7
    pids = ranks(2, lambda: main(["sample", str(run), "--count", "1", "--device", "cpu"]))
    assert [wait(pid) for pid in pids] == [0, 0], "a process without a seed of its own"


def test_an_evaluation_is_shared_and_gives_the_same_figures(toy: Path, curves: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    artgen.run("toy", data=curves, out=run, images="64", sets=["batch=8"])
    alone = artgen.load(run, "cpu").evaluate(count=24)
    (run / "quality.json").unlink()
    pids = ranks(2, lambda: main(["evaluate", str(run), "--count", "24", "--device", "cpu"]))
    assert [wait(pid) for pid in pids] == [0, 0]
    assert json.loads((run / "quality.json").read_text()) == json.loads(alone.model_dump_json())


def test_two_processes_that_are_stopped_go_on_to_the_same_bits(toy: Path, curves: Path, tmp_path: Path) -> None:
    straight, out = tmp_path / "straight", tmp_path / "run"
    wishes: dict[str, Any] = {"data": curves, "images": "320", "sets": SOON}
    real = Trainer.step

    def step(self: Trainer) -> None:
        real(self)
        if self.state.steps == 23:
            os.kill(os.getpid(), signal.SIGTERM)

    def stopped() -> None:
        Trainer.step = step  # in this process only
        artgen.run("toy", out=out, **wishes)

    pids = ranks(2, stopped)
    assert [wait(pid) for pid in pids] == [143, 143]
    assert artgen.load(out, "cpu").seen == 23 * 8
    pids = ranks(2, lambda: artgen.run("toy", out=out, resume=True))
    assert [wait(pid) for pid in pids] == [0, 0]
    pids = ranks(2, lambda: artgen.run("toy", out=straight, **wishes))
    assert [wait(pid) for pid in pids] == [0, 0]
    assert digest(out) == digest(straight)
