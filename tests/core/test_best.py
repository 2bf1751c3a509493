"""Promise: the result of a training is its best state by a figure of held-out works, and never worse than its start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artgen
from artgen.errors import InputError
from artgen.judge.held_out import HeldOutDistance
from artgen.runfolder.checkpoint import read_header
from artgen.runfolder.folder import RunFolder

ITEMS = "2000"
LOOKS = [500, 1000, 1500, 2000]  # items, of a batch of 50


def train(toy: Path, curves: Path, out: Path, **wishes: Any) -> RunFolder:
    sets = ["batch=50", *wishes.pop("sets", [])]
    artgen.run("toy", data=curves, out=out, images=wishes.pop("images", ITEMS), device="cpu", sets=sets, **wishes)
    return RunFolder(out)


def works(run: Path) -> list[np.ndarray]:
    return [sample.data for sample in artgen.load(run, "cpu").sample(range(3))]


def alike(one: Path, other: Path) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(works(one), works(other), strict=True))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[float | Exception]:
    """What the looks of the next training find, in turn."""
    figures: list[float | Exception] = []
    source: Iterator[float | Exception] = iter(())

    def look(_self: object, _model: object) -> float:
        nonlocal source
        if figures:
            source, figures[:] = iter(list(figures)), []
        found = next(source)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(HeldOutDistance, "__call__", look)
    return figures


def test_the_best_state_is_the_result(toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]) -> None:
    told += [1.0, 3.0, 2.0]  # from nothing, the first half is not looked at
    run = train(toy, curves, tmp_path / "run")
    assert artgen.load(run.path, "cpu").seen == read_header(run.best).state["seen"] == LOOKS[1]
    assert read_header(run.checkpoint).state["seen"] == LOOKS[3]
    assert alike(run.path, run.best)
    assert not alike(run.path, run.checkpoint)
    final = json.loads(run.index.read_text().splitlines()[-1])
    assert (final["kind"], final["seen"]) == ("final", LOOKS[1])


def test_the_last_state_may_be_the_best(toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]) -> None:
    told += [3.0, 2.0, 1.0]
    run = train(toy, curves, tmp_path / "run")
    assert not run.best.exists()
    assert artgen.load(run.path, "cpu").seen == LOOKS[3]


def test_a_resumed_run_still_knows_its_best(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    told += [1.0, 3.0, 2.0]
    run = train(toy, curves, tmp_path / "run")
    told += [1.0, 2.0, 1.5, 1.2]
    artgen.run(out=run.path, resume=True, images="2000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == LOOKS[1]
    told += [1.0, 0.9, 0.8]
    artgen.run(out=run.path, resume=True, images="2000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == 6000
    assert not run.best.exists()


def test_the_best_of_an_earlier_session_is_measured_as_the_rest_is(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    """A run of a version whose figures were a tenth of today's: its old best would never be beaten."""
    told += [0.1, 0.3, 0.2]
    run = train(toy, curves, tmp_path / "run")
    told += [1.0, 2.0, 1.5, 0.9]
    artgen.run(out=run.path, resume=True, images="2000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == 4000


def test_a_start_that_is_never_beaten_is_the_result(toy: Path, curves: Path, tmp_path: Path) -> None:
    start = train(toy, curves, tmp_path / "start")
    ruined = train(toy, curves, tmp_path / "run", init=start.path, sets=["lr_g=0.05", "lr_d=1e-12", "ema=0.01"])
    assert read_header(ruined.checkpoint).state["better"] == 1
    assert artgen.load(ruined.path, "cpu").seen < LOOKS[3]


def test_trainings_of_equal_seeds_choose_alike(toy: Path, curves: Path, tmp_path: Path) -> None:
    first, second = (train(toy, curves, tmp_path / name) for name in ("a", "b"))
    assert first.best.exists() == second.best.exists()
    assert alike(first.path, second.path)


def test_a_judge_that_fails_costs_the_choice_and_not_the_run(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    told += [1.0, InputError("features: no use")]
    run = train(toy, curves, tmp_path / "run")
    assert artgen.load(run.path, "cpu").seen == LOOKS[3]
    assert not run.best.exists()


def test_a_short_training_has_nothing_to_choose_from(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    told += [AssertionError("looked")]
    run = train(toy, curves, tmp_path / "run", images="1900")
    assert not run.best.exists()
