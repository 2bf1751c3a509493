"""What only shows in works that are longer than a training item, such as a steady tempo, class by class beside real works."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from artgen.contract.judge import Judge
from artgen.contract.options import SampleOptions
from artgen.inference.model import Model
from artgen.judge.reference_sets import SEED, Reals
from artgen.runfolder.records import Figure

WORKS = 2  # of each class that are made: half a minute of sound costs half a second of a core
REAL = 8  # of each class that are compared
_ITEMS = 64  # of one file that are looked at


def long_figures(model: Model, judge: Judge, reals: Reals, labels: tuple[str | None, ...]) -> list[Figure]:
    """The mean of every long statistic of the judge over works of each class, and of real ones where there are any. None where
    the judge has no such statistics."""
    if judge.long_statistics is None:
        return []
    return [figure for label in labels for figure in _figures(model, judge, reals, label)]


def _figures(model: Model, judge: Judge, reals: Reals, label: str | None) -> Iterator[Figure]:
    assert judge.long_statistics is not None
    made = model.raw(range(SEED, SEED + WORKS), [label] * WORKS, SampleOptions(seconds=judge.long_seconds))
    found = _means(judge, made)
    works = list(real_works(judge, reals, label))
    real = _means(judge, torch.from_numpy(np.stack(works))) if works else {}
    for name, value in found.items():
        yield Figure(
            name=name, label=label, value=value, real=real.get(name), lower_is_better=False,
            help=f"of {WORKS} works of {judge.long_seconds:g} seconds, beside {len(works)} real ones as long",
        )  # fmt: skip


def real_works(judge: Judge, reals: Reals, label: str | None) -> Iterator[np.ndarray]:
    """At most REAL real works of a class, each made of the items of one file."""
    if judge.joined is None:
        return
    numbers, store, found = np.sort(np.concatenate(reals.of(label))), reals.store, 0
    origins = store.origin_index[numbers]
    for origin in np.unique(origins):
        work = judge.joined([store.items[number] for number in numbers[origins == origin][:_ITEMS]])
        if work is not None:
            yield work
            found += 1
        if found == REAL:
            return


def _means(judge: Judge, raw: Tensor) -> dict[str, float]:
    assert judge.long_statistics is not None
    return {name: float(value.float().mean()) for name, value in judge.long_statistics(raw).items()}
