"""Promise: the result of a training is its best state by a figure of held-out works, and never worse than its start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import artgen
from artgen.data.store import Store
from artgen.errors import InputError
from artgen.judge.distances import kernel_parts
from artgen.judge.held_out import HeldOutDistance, compared
from artgen.judge.reference_sets import Reals
from artgen.runfolder.checkpoint import read_header
from artgen.runfolder.folder import RunFolder
from artgen.train.best import clearly_farther

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
    """What the looks of the next training find, in turn, as if every sample said the same."""
    figures: list[float | Exception] = []
    source: Iterator[float | Exception] = iter(())

    def look(_self: object, _model: object) -> torch.Tensor:
        nonlocal source
        if figures:
            source, figures[:] = iter(list(figures)), []
        found = next(source)
        if isinstance(found, Exception):
            raise found
        return torch.full((8,), found, dtype=torch.float64)

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


def test_a_start_that_is_never_beaten_is_the_result(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    told += [3.0, 2.0, 1.0]
    start = train(toy, curves, tmp_path / "start")
    told += [1.0, 2.0, 1.5, 1.2, 1.1]
    run = train(toy, curves, tmp_path / "run", init=start.path)
    assert read_header(run.checkpoint).state["better"] == 1
    assert artgen.load(run.path, "cpu").seen == 0
    assert alike(run.path, start.path)


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


def parts(mean: float, noise: float, seed: int = 0, count: int = 64) -> torch.Tensor:
    """What samples do to a figure, the mean of them."""
    around = torch.randn(count, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return mean + noise * (around - around.mean()) / around.std()


def test_a_difference_within_its_error_decides_nothing() -> None:
    assert not clearly_farther(parts(1.1, 1.0, seed=1), parts(1.0, 1.0)), "two figures of 64 samples, each +- 1 / 8"
    assert clearly_farther(parts(1.4, 1.0, seed=1), parts(1.0, 1.0))
    assert clearly_farther(parts(1.1, 1.0), parts(1.0, 1.0)), "every sample is farther"
    assert not clearly_farther(parts(0.9, 1.0), parts(1.0, 1.0))
    nothing = torch.full((64,), torch.nan, dtype=torch.float64)
    assert clearly_farther(nothing, parts(1.0, 1.0))
    assert not clearly_farther(parts(1.0, 1.0), nothing)


def test_of_states_that_are_equally_near_the_last_is_the_result(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And stays so after a pause: what each sample did to the figure of the nearest is kept with the run."""
    looks = iter([parts(1.0, 1.0), parts(1.1, 1.0, seed=1), parts(3.0, 1.0, seed=2)])
    monkeypatch.setattr(HeldOutDistance, "__call__", lambda _self, _model: next(looks))
    run = train(toy, curves, tmp_path / "run")
    assert artgen.load(run.path, "cpu").seen == LOOKS[2]
    looks = iter([parts(1.1, 1.0, seed=1), *[parts(1.2, 1.0, seed=seed) for seed in (3, 4, 5)]])
    artgen.run(out=run.path, resume=True, images="2000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == LOOKS[2], (
        "each is nearly as near as the one before, and far from the nearest"
    )


def test_the_parts_of_a_distance_have_it_as_their_mean_and_its_error_as_their_spread() -> None:
    rng = torch.Generator().manual_seed(0)
    real = torch.randn(400, 8, generator=rng)
    found = [kernel_parts(real, 0.3 + torch.randn(100, 8, generator=rng)) for _ in range(60)]
    figures = torch.stack([one.mean() for one in found])
    error = torch.stack([one.std() / len(one) ** 0.5 for one in found]).mean()
    assert float(figures.std() / error) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize(("files", "learned"), [(5, 0), (4, 16), (1, 16)])
def test_a_choice_is_not_left_to_a_few_recordings(files: int, learned: int) -> None:
    """A piano of which one performance was held out: by that alone its start was the best."""
    origins = np.repeat(np.arange(20), 40)
    store = Store(np.zeros((800, 1), np.uint8), (), np.zeros(800, np.int64), origins, (), None)
    held = origins < files
    numbers = compared(Reals(store, np.flatnonzero(~held), np.flatnonzero(held)), None, 32)
    assert (len(numbers), int((~held[numbers]).sum())) == (32, learned)
