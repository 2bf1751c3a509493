"""Judge a run: its own judge or the core's, the figures, a sheet of the nearest training items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from artgen.contract.judge import Features, Judge
from artgen.contract.options import SampleOptions
from artgen.contract.settings import RunConfig
from artgen.contract.writer import Sample, Writer
from artgen.data.store import Store
from artgen.errors import InputError
from artgen.host import Host
from artgen.inference.model import Model
from artgen.judge.features import EncodedFeatures
from artgen.judge.memorization import Nearest
from artgen.judge.quality import evaluate
from artgen.judge.reference_sets import SEED, Reals, judged_labels
from artgen.judge.translation import evaluate_changes
from artgen.runfolder.records import Quality
from artgen.runtime.distributed import World

_SHOWN = 12  # pairs on the sheet of nearest items
_MOST, _LEAST = 768, 16  # samples of all classes together, about, and of each class


def judge_of(host: Host, config: RunConfig, model: Model, features: Features | None = None) -> Judge:
    """The domain's judge, or the core's plain one; ``features`` take the place of its own."""
    judge = host.judge(config.domain) or Judge(EncodedFeatures(model.codec.encode))
    source = getattr(features, "source", None)  # of a network that the command line names
    return replace(judge, features=features, feature_source=source, kept=None) if features else judge


def judge_run(
    model: Model,
    judge: Judge,
    reals: Reals,
    count: int | None,
    style: Store | None = None,
    world: World | None = None,
    tell: Callable[[float], None] | None = None,
) -> tuple[Quality, Nearest | None]:
    """See ``quality.evaluate``, and ``translation.evaluate_changes`` for a run that changes works, which has no samples that
    could be copies; ``count`` None: as many samples a class, or works, as the domain finds right. ``tell``: is told the share of
    the work that is done."""
    if count is not None and not 8 <= count <= 50_000:
        raise InputError("give 8 to 50000 samples a class", at="--count", value=count)
    refuse_flattery(model, judge)
    if model.changes_works:
        return evaluate_changes(model, judge, reals, style, count or judge.count), None
    return evaluate(model, judge, reals, count or usual_count(model, judge, reals), world, tell)


def usual_count(model: Model, judge: Judge, reals: Reals) -> int:
    """Samples of each class that are judged where nothing is said: as many as the domain finds right, fewer of many classes, and
    no more than the real items of the largest class: a real set that repeats itself costs time and says nothing new."""
    labels = judged_labels(model.spec.labels, reals)
    most = max(len(reals.of(label)[0]) for label in labels)
    return max(_LEAST, min(judge.count, _MOST // len(labels), most))


def refuse_flattery(model: Model, judge: Judge) -> None:
    """Raises InputError where the judge sees with features that the training itself looked through: figures of them flatter."""
    if judge.feature_source in model.feature_sources:
        raise InputError(
            f"{judge.features.name}: the training looked through these features, so their figures would flatter; judge with "
            "others (--features FILE)",
            page=f"{judge.features.name}: the training looked through these features, so their figures would flatter",
        )


def nearest_sheet(model: Model, reals: Reals, found: Nearest, count: int, writer: Writer, path: Path) -> Path:
    """A sheet of pairs: the samples that come closest to a training item, each before that item."""
    labels = judged_labels(model.spec.labels, reals)
    pairs: list[Sample] = []
    for index in np.argsort(found.closeness, kind="stable")[:_SHOWN]:
        label, seed = labels[index // count], SEED + int(index) % count
        made = model.raw([seed], [label])[0].cpu().numpy()
        raw = model.codec.decode(model.codec.encode(_item(model, reals.store, int(found.item[index]))))
        pairs += [
            Sample(made, seed, label, SampleOptions()),
            Sample(raw[0].cpu().numpy(), seed, label, SampleOptions()),
        ]
    return writer.sheet(pairs, path)


def _item(model: Model, store: Store, number: int) -> Any:
    import torch

    return torch.from_numpy(store.items[number][None].copy()).to(model.device)
