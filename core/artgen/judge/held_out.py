"""A quick figure of a model in training: how far a few of its samples are from works that were held out."""

from __future__ import annotations

from dataclasses import replace

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
_FIRST = SEED + 100_000  # no sample that is judged at the end: a choice must not flatter the figures


class HeldOutDistance:
    """KID between samples of a model, the same seeds every time, and held-out works of the same classes: what each sample does to
    it, ``[samples]``, of which it is the mean.

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
            numbers = [few_of(self._reals.of(label)[1], count) for label in labels]
            found = [measure(self._judge, real_items(model.codec, self._reals.store, some, rng)) for some in numbers]
            self._known = torch.cat([one[FEATURES] for one in found])
        made = [
            measure_samples(model, self._judge, label, count, World(), Meter(), _FIRST)[FEATURES] for label in labels
        ]
        return kernel_parts(self._known, torch.cat(made))
