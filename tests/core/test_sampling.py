"""Promise: a sample is a function of its own seed; truncation and class weights do what they say; figures notice bad samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from artgen.errors import InputError
from artgen.judge.quality import EncodedFeatures, evaluate, kernel_distance
from artgen.types import Ask, Judge
from tests.core.test_trainer import Bench


@pytest.fixture
def bench(toy: Path, curves: Path, tmp_path: Path) -> Bench:
    return Bench(curves, tmp_path)


def test_same_seed_same_bytes_whatever_else_is_asked_for(bench: Bench) -> None:
    model = bench.trainer().model()
    many = {s.seed: s.data.tobytes() for s in model.samples(range(8))}
    assert {s.seed: s.data.tobytes() for s in model.samples([5])} == {5: many[5]}
    assert [s.data.tobytes() for s in model.samples([3, 1])] == [many[3], many[1]]
    assert len(set(many.values())) == 8


def test_classes_take_turns_or_are_mixed(bench: Bench) -> None:
    model = bench.trainer().model()
    assert [s.label for s in model.samples(range(4))] == ["high", "low", "high", "low"]
    half = model.condition({"high": 1, "low": 3})
    assert half.tolist() == [[0.25, 0.75]]
    with pytest.raises(InputError, match="did you mean high"):
        model.condition({"hihg": 1})


def test_truncation_zero_is_the_mean_style(bench: Bench) -> None:
    model = bench.trainer().model()
    condition = model.condition({"high": 1}).expand(6, -1)
    spread = [float(model.encoded(range(6), condition, Ask(), psi).std(0).mean()) for psi in (1.0, 0.5, 0.0)]
    assert spread[0] > spread[1] > spread[2]


def test_kernel_distance_is_unbiased_and_grows(bench: Bench) -> None:
    rng = torch.Generator().manual_seed(0)
    a, b = (torch.randn(200, 10, generator=rng) for _ in range(2))
    same, shifted, far = (kernel_distance(a, b + d) for d in (0, 0.5, 2))
    assert abs(same) < 0.05
    assert same < shifted < far


def test_evaluation_states_both_anchors(bench: Bench) -> None:
    trainer = bench.trainer()
    judge = Judge(EncodedFeatures(trainer.codec.encode), lambda raw: {"level": raw.float().mean(1)})
    found = evaluate(trainer.model(), judge, bench.store, trainer.held_out, 16)
    kid = found["figures"][0]
    assert (kid["name"], kid["label"]) == ("KID", None)
    assert kid["real"] < kid["value"]
    assert {f["label"] for f in found["figures"]} == {None, "high", "low"}
    level = found["figures"][-1]
    assert level["name"] == "level"
    assert level["real"] < level["value"], "an untrained generator knows no levels"
    with pytest.raises(InputError, match="holdout"):
        evaluate(trainer.model(), judge, bench.store, np.zeros(0, int), 16)
