"""What only shows in works that are longer than a training item, such as a steady tempo, class by class beside real works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from artgen.contract.judge import Judge
from artgen.contract.options import SampleOptions
from artgen.inference.model import Model
from artgen.judge.reference_sets import SEED, Measured, Reals
from artgen.runfolder.records import Figure

WORKS = 4  # of each class that are made: two said little, and half a minute of sound costs half a second of a core
REAL = 8  # of each class that are compared
_ITEMS = 64  # of one file that are looked at


def long_figures(
    model: Model, judge: Judge, labels: tuple[str | None, ...], reals: Callable[[int], Measured]
) -> list[Figure]:
    """The mean of every long statistic of the judge over works of each class, and of real ones where there are any. None where
    the judge has no such statistics. ``reals``: what the real works of class number ``index`` measured."""
    if judge.long_statistics is None:
        return []
    return [figure for index, label in enumerate(labels) for figure in _figures(model, judge, label, reals(index))]


def _figures(model: Model, judge: Judge, label: str | None, real: Measured) -> Iterator[Figure]:
    assert judge.long_statistics is not None
    made = model.raw(range(SEED, SEED + WORKS), [label] * WORKS, SampleOptions(seconds=judge.long_seconds))
    for name, value in judge.long_statistics(made).items():
        beside = real.get(name)
        count = 0 if beside is None else len(beside)
        yield Figure(
            name=name, label=label, value=_mean(value), real=None if beside is None else _mean(beside), lower_is_better=False,
            help=f"of {WORKS} works of {judge.long_seconds:g} seconds, beside {count} real ones as long",
        )  # fmt: skip


def measure_real(judge: Judge, reals: Reals, label: str | None, most: int = REAL) -> Measured:
    """Every long statistic ``[n]`` of at most ``most`` real works of a class; nothing where there are none."""
    works = list(islice(real_works(judge, reals, label), most))
    if not works or judge.long_statistics is None:
        return {}
    return {
        name: value.cpu().float() for name, value in judge.long_statistics(torch.from_numpy(np.stack(works))).items()
    }


def real_works(judge: Judge, reals: Reals, label: str | None) -> Iterator[np.ndarray]:
    """The real works of a class, each made of the items of one file."""
    if judge.joined is None:
        return
    numbers, store = np.sort(np.concatenate(reals.of(label))), reals.store
    origins = store.origin_index[numbers]
    for origin in np.unique(origins):
        work = judge.joined([store.items[number] for number in numbers[origins == origin][:_ITEMS]])
        if work is not None:
            yield work


def _mean(values: Tensor) -> float:
    return float(values.float().mean())
