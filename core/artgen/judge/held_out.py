"""A quick figure of a model in training: how far a few of its samples are from works that were held out, or from few of these
and as many that it learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from artgen.contract.judge import Judge
from artgen.inference.model import Model
from artgen.inference.translate import few_of
from artgen.judge.distances import kernel_parts
from artgen.judge.reference_sets import (
    FEATURES,
    SEED,
    Meter,
    Reals,
    judged_labels,
    measure,
    measure_samples,
    real_items,
)
from artgen.runtime.distributed import World

_ALL, _LEAST, _MOST = 96, 8, 64  # samples of all classes together, about, and of each class
_FILES = 5  # of a class, of which the works are enough to choose by
_FIRST = SEED + 100_000  # no sample that is judged at the end: a choice must not flatter the figures


class HeldOutDistance:
    """KID between samples of a model, the same seeds every time, and held-out works of the same classes: what each sample does to
    it, ``[samples]``, of which it is the mean.

    Where a class held out works of fewer than ``_FILES`` files, works that it learned count too, because so few decide wrongly:
    one held-out performance of a piano preferred the start to a minute of training, which had brought the distance to unheard
    ones down to a third. Works that were learned rank states as unheard ones do (``benchmarks/results/music_tuning.md``), as
    long as augmentation keeps them from being learned by heart.

    - ``judge``: its second features where it has some, so that a choice by them says little about the figures of the first.
    - ``reals``: what was held out is its ``floor``."""

    def __init__(self, judge: Judge, reals: Reals) -> None:
        self._judge = replace(judge, features=judge.second or judge.features, second=None, statistics=None)
        self._reals = reals
        self._known: torch.Tensor | None = None

    def __call__(self, model: Model) -> torch.Tensor:
        labels = judged_labels(model.spec.labels, self._reals)
        count = max(_LEAST, min(_MOST, _ALL // len(labels)))
        if self._known is None:
            rng = torch.Generator(model.device).manual_seed(0)
            numbers = [compared(self._reals, label, count) for label in labels]
            found = [measure(self._judge, real_items(model.codec, self._reals.store, some, rng)) for some in numbers]
            self._known = torch.cat([one[FEATURES] for one in found])
        made = [
            measure_samples(model, self._judge, label, count, World(), Meter(), _FIRST)[FEATURES] for label in labels
        ]
        return kernel_parts(self._known, torch.cat(made))


def compared(reals: Reals, label: str | None, count: int) -> np.ndarray:
    """Numbers of at most ``count`` real items of a class to compare with: held-out ones, and where these are of fewer than
    ``_FILES`` files, at least as many that were learned."""
    learned, held = reals.of(label)
    if len(np.unique(reals.store.origin_index[held])) >= _FILES:
        return few_of(held, count)
    if np.array_equal(held, learned):  # a class that held nothing out
        return few_of(learned, count)
    return np.concatenate([few_of(held, count // 2), few_of(learned, count - count // 2)])
