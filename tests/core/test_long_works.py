"""Promise: what only shows in long works is measured class by class, beside real works put together from their items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from artgen.judge.features import EncodedFeatures
from artgen.judge.long_works import WORKS
from artgen.judge.quality import evaluate
from artgen.judge.reference_sets import held_out
from artgen.types import Judge
from tests.core.test_trainer import Bench


class Looks:
    """What a judge is asked: how many works at a time, and how many items of one file."""

    def __init__(self, least: int) -> None:
        self.least, self.works, self.items = least, list[int](), list[int]()

    def measure(self, raw: Tensor) -> dict[str, Tensor]:
        self.works.append(len(raw))
        return {"peak": raw.float().abs().flatten(1).amax(1)}

    def joined(self, items: Sequence[np.ndarray]) -> np.ndarray | None:
        self.items.append(len(items))
        return np.concatenate(items[: self.least], -1) if len(items) >= self.least else None


@pytest.mark.parametrize("least", [1, 1000])
def test_long_works_are_measured_beside_real_ones_where_there_are_any(bench: Bench, least: int) -> None:
    trainer, looks = bench.trainer(), Looks(least)
    judge = Judge(
        EncodedFeatures(trainer.codec.encode), long_statistics=looks.measure, joined=looks.joined, long_seconds=2.0
    )
    found, _ = evaluate(trainer.model(), judge, held_out(bench.store, 0.2), 16)
    figures = {figure.label: figure for figure in found.figures if figure.name == "peak"}
    assert set(figures) == set(bench.store.labels)
    for label, figure in figures.items():
        made = trainer.model().raw(range(1_000_000, 1_000_000 + WORKS), [label] * WORKS)
        assert figure.value == pytest.approx(float(looks.measure(made)["peak"].mean()), rel=0.01)
        assert not figure.lower_is_better
        assert (figure.real is None) == (least == 1000)
    if least == 1:
        label = bench.store.labels[0]
        numbers = np.flatnonzero(bench.store.label_index == 0)
        first = [
            numbers[bench.store.origin_index[numbers] == o][0] for o in np.unique(bench.store.origin_index[numbers])
        ]
        real = torch.from_numpy(bench.store.items[np.array(first[:8])])
        assert figures[label].real == pytest.approx(float(looks.measure(real)["peak"].mean()), rel=0.01)


def test_a_judge_without_long_statistics_has_no_such_figures(bench: Bench) -> None:
    trainer = bench.trainer()
    found, _ = evaluate(trainer.model(), Judge(EncodedFeatures(trainer.codec.encode)), held_out(bench.store, 0.2), 16)
    assert not [figure for figure in found.figures if "seconds" in figure.help]
