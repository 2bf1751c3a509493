"""Promise: the result of a training is its best state by a figure of held-out works, and never clearly worse than its start."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import artgen
from artgen.data.store import Store
from artgen.errors import InputError, Stopped
from artgen.judge.distances import kernel_parts
from artgen.judge.held_out import HeldOutDistance, compared
from artgen.judge.reference_sets import Reals
from artgen.runfolder.checkpoint import part, read_header, save
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.slim import PLAYED
from artgen.train.best import clearly_farther
from artgen.train.trainer import Trainer

ITEMS = "2000"
LOOKS = [500, 1000, 1500, 2000]  # items, of a batch of 125


def train(toy: Path, curves: Path, out: Path, **wishes: Any) -> RunFolder:
    sets = ["batch=125", *wishes.pop("sets", [])]
    artgen.run("toy", data=curves, out=out, images=wishes.pop("images", ITEMS), device="cpu", sets=sets, **wishes)
    return RunFolder(out)


def works(run: Path) -> list[np.ndarray]:
    return [sample.data for sample in artgen.load(run, "cpu").sample(range(3))]


def stop_at(seen: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of this test are told to stop in the step after which they have seen so many items."""
    step = Trainer.step

    def told(trainer: Trainer) -> None:
        step(trainer)
        if trainer.state.seen == seen:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Trainer, "step", told)


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


def test_a_run_that_goes_on_is_never_clearly_worse_than_it_was(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    """Its last state was its best, and lies between two looks of the larger budget."""
    told += [3.0, 2.0, 1.0]
    run = train(toy, curves, tmp_path / "run")
    told += [1.0, 3.0, 2.0]
    artgen.run(out=run.path, resume=True, images="1000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == LOOKS[3]
    assert read_header(run.checkpoint).state["seen"] == 3000


def test_the_best_of_an_earlier_session_is_measured_as_the_rest_is(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    """A run of a version whose figures were a tenth of today's: its old best would never be beaten."""
    told += [0.1, 0.3, 0.2]
    run = train(toy, curves, tmp_path / "run")
    told += [1.0, 2.0, 1.5, 0.9]
    artgen.run(out=run.path, resume=True, images="2000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == 4000


def test_a_run_of_before_may_be_stopped_before_it_is_looked_at(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing says what the samples of its best did to a figure, and nothing has to until the first look."""
    told += [1.0, 3.0, 2.0]
    run = train(toy, curves, tmp_path / "run")
    save(run.best, read_header(run.best), part(run.best, PLAYED))
    stop_at(2125, monkeypatch)
    with pytest.raises(Stopped):
        artgen.run(out=run.path, resume=True, images="1000", device="cpu")
    told += [1.0, 3.0, 2.0]
    artgen.run(out=run.path, resume=True, device="cpu")
    assert artgen.load(run.path, "cpu").seen == LOOKS[1]


def test_a_best_of_other_networks_is_refused_before_the_first_step(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    told += [1.0, 3.0, 2.0]
    run = train(toy, curves, tmp_path / "run")
    save(run.best, read_header(run.best), part(run.best, ("discriminator.",)))
    with pytest.raises(InputError, match=r"best\.safetensors: lacks the tensor ema\."):
        artgen.run(out=run.path, resume=True, images="2000", device="cpu")


def test_a_run_that_is_stopped_when_a_look_is_due_is_looked_at_when_it_goes_on(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is where nobody stops it: after 1008 items, the first step that passes half of them."""
    stop_at(1008, monkeypatch)
    with pytest.raises(Stopped):
        train(toy, curves, tmp_path / "run", sets=["batch=112"])
    told += [1.0, 3.0, 2.0]
    artgen.run(out=tmp_path / "run", resume=True, device="cpu")
    assert artgen.load(tmp_path / "run", "cpu").seen == 1008


def test_a_run_that_is_killed_knows_the_best_of_what_it_was_looked_at(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    told += [1.0, 3.0, RuntimeError("killed")]
    with pytest.raises(RuntimeError, match="killed"):
        train(toy, curves, tmp_path / "run", sets=["checkpoint_seconds=0.0001"])
    assert artgen.load(tmp_path / "run", "cpu").seen == LOOKS[3], "while it trains, the last state is shown"
    told += [1.0, 3.0, 2.0]
    artgen.run(out=tmp_path / "run", resume=True, device="cpu")
    assert artgen.load(tmp_path / "run", "cpu").seen == LOOKS[1]


def test_a_figure_that_is_no_number_is_the_farthest(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of the first state that is looked at, and in a run that is stopped when it is all there is."""
    stop_at(1250, monkeypatch)
    told += [float("nan"), 1.0, 3.0]
    with pytest.raises(Stopped):
        train(toy, curves, tmp_path / "run")
    told += [float("nan"), 1.0, 3.0]
    artgen.run(out=tmp_path / "run", resume=True, device="cpu")
    assert artgen.load(tmp_path / "run", "cpu").seen == LOOKS[2]


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


def test_a_training_that_ruins_its_start_is_seen_by_its_own_judge(toy: Path, curves: Path, tmp_path: Path) -> None:
    start = train(toy, curves, tmp_path / "start")
    ruined = train(toy, curves, tmp_path / "run", init=start.path, sets=["lr_g=0.05", "lr_d=1e-12", "ema=0.01"])
    assert read_header(ruined.checkpoint).state["better"] == 1
    assert artgen.load(ruined.path, "cpu").seen < LOOKS[3]


def test_a_start_that_has_learned_other_works_is_not_the_result(
    toy: Path, curves: Path, tmp_path: Path, told: list[float | Exception]
) -> None:
    """Whatever the figure says: who gives pictures of animals wants no landscapes."""
    told += [3.0, 2.0, 1.0]
    start = train(toy, curves, tmp_path / "start")
    other = tmp_path / "other"
    shutil.copytree(curves, other)
    next(path for path in sorted(other.rglob("*")) if path.is_file()).unlink()
    told += [2.0, 1.5, 1.6, 1.7]
    run = train(toy, other, tmp_path / "run", init=start.path)
    assert artgen.load(run.path, "cpu").seen == LOOKS[1]
    assert told == []


def test_trainings_of_equal_seeds_choose_alike(toy: Path, curves: Path, tmp_path: Path) -> None:
    first, second = (train(toy, curves, tmp_path / name) for name in ("a", "b"))
    assert first.best.exists() == second.best.exists()
    assert alike(first.path, second.path)


def test_a_training_that_is_stopped_and_goes_on_chooses_alike(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own judge: what is kept with the run is what was known before."""
    ruin = {"sets": ["lr_g=0.01", "lr_d=1e-12", "ema=0.01"]}
    whole = train(toy, curves, tmp_path / "whole", **ruin)
    with monkeypatch.context() as patch:
        stop_at(1250, patch)
        with pytest.raises(Stopped):
            train(toy, curves, tmp_path / "halves", **ruin)
    artgen.run(out=tmp_path / "halves", resume=True, device="cpu")
    halves = RunFolder(tmp_path / "halves")
    assert whole.best.exists(), "or there is nothing to choose"
    first, second = (load_file(run.best) for run in (whole, halves))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


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


@pytest.mark.parametrize(("figure", "rounding"), [(1.1, 0.0), (0.0, 1e-5)])
def test_of_states_that_are_equally_near_the_last_is_the_result(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: float, rounding: float
) -> None:
    """And stays so after a pause, on another machine too: what each sample did to the figure of the nearest is kept with the
    run."""
    looks = iter([parts(figure - 0.1, 1.0), parts(figure, 1.0, seed=1), parts(figure + 2, 1.0, seed=2)])
    monkeypatch.setattr(HeldOutDistance, "__call__", lambda _self, _model: next(looks))
    run = train(toy, curves, tmp_path / "run")
    assert artgen.load(run.path, "cpu").seen == LOOKS[2]
    again = parts(figure + rounding, 1.0, seed=1)
    looks = iter([again, *[parts(figure + 0.1, 1.0, seed=seed) for seed in (3, 4, 5)]])
    artgen.run(out=run.path, resume=True, images="2000", device="cpu")
    assert artgen.load(run.path, "cpu").seen == LOOKS[2], (
        "each is nearly as near as the one before, and far from the nearest"
    )


def test_the_last_state_is_never_left_for_one_that_is_farther(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is kept, because its samples differ much from those of the nearest; those of the last hardly differ, so that it
    is clearly farther than the nearest, and yet nearer than the second."""
    looks = iter([parts(1.0, 1.0), parts(1.1, 1.0, seed=1), parts(1.05, 1.0)])
    monkeypatch.setattr(HeldOutDistance, "__call__", lambda _self, _model: next(looks))
    run = train(toy, curves, tmp_path / "run")
    assert artgen.load(run.path, "cpu").seen == LOOKS[3]


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


def test_a_class_that_held_nothing_out_is_compared_with_different_works() -> None:
    numbers = np.arange(64)
    store = Store(np.zeros((64, 1), np.uint8), (), np.zeros(64, np.int64), numbers // 32, (), None)
    assert len(set(compared(Reals(store, numbers, numbers), None, 32))) == 32
