"""The quality figures of a run: samples, held-out real data and noise, each measured against the same real data.

A figure alone says nothing on a small set, so it comes with its two anchors: what real data reaches (the floor) and what
noise gets (the ceiling).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor

from artgen.contract.judge import Judge
from artgen.contract.networks import Reconstructs
from artgen.inference.model import Model
from artgen.inference.noise import BatchNoise
from artgen.judge.distances import Cover, cover, frechet_distance, kernel_distance
from artgen.judge.kept import HELD, LONG, NOISE, REFERENCE, TRAIN, KnownReals
from artgen.judge.long_works import long_figures
from artgen.judge.memorization import QUANTILE, Nearest, nearest
from artgen.judge.reference_sets import (
    FEATURES,
    SECOND,
    Measured,
    Meter,
    Reals,
    Sets,
    batches,
    measure_samples,
    real_items,
)
from artgen.runfolder.records import COPIES, Figure, Quality
from artgen.runtime.distributed import World

_COVER = {
    "precision": "share of the samples that lie among real items: fidelity",
    "recall": "share of the real items that lie among samples: variety",
    "density": "how many real neighborhoods hold a sample, on average; 1 is as dense as real data",
    "coverage": "share of the real neighborhoods that hold a sample: variety, little disturbed by outliers",
}


def evaluate(
    model: Model,
    judge: Judge,
    reals: Reals,
    count: int,
    world: World | None = None,
    tell: Callable[[float], None] | None = None,
) -> tuple[Quality, Nearest]:
    """Figures for ``count`` samples of each class, and the training item nearest to each sample, class by class from seed SEED
    on.

    The reference is training data; its floor is held-out data, whole sources never trained on. The work is divided between the
    processes of ``world``; each has all figures. ``tell``: is told the share of the work that is done."""
    world = world or World()
    known = KnownReals(model, judge, reals, count, world)
    known.find()
    labels = known.labels
    meter = Meter(known.batches + len(labels) * batches(count), tell)
    if known.batches:
        known.measure(meter)
    sets = [
        Sets(
            known.of(REFERENCE, index),
            known.of(HELD, index),
            measure_samples(model, judge, label, count, world, meter),
            known.of(NOISE, index),
        )
        for index, label in enumerate(labels)
    ]
    whole = Sets.join(sets)
    found = _nearest(known, whole)
    figures = [_kid(whole, None)]
    if len(labels) > 1:
        figures += [_kid(part, label) for label, part in zip(labels, sets, strict=True)]
    if judge.second is not None:
        figures.append(_second_kid(whole, judge.second.name))
    figures += [_frechet(whole), *_covers(whole), _copies(found), *_statistics(whole)]
    figures += long_figures(model, judge, labels, lambda index: known.of(LONG, index))
    if isinstance(model.generator, Reconstructs):
        figures.append(_reconstruction(model, reals))
    note = (
        f"{count} samples per class against as many real items; floor: held-out real items of whole sources "
        f"({len(reals.floor)} there are), ceiling: white noise; a small set gives a rough figure"
    )
    if len(labels) < len(model.spec.labels):
        note += f"; of {len(model.spec.labels)} classes the {len(labels)} with the most real items are judged"
    rounded = tuple(figure.rounded() for figure in figures)
    result = Quality(features=judge.features.name, items=len(whole.sample[FEATURES]), note=note, figures=rounded)
    return result, found["sample"]


def _against(sets: Sets, distance: Callable[[Tensor, Tensor], float]) -> tuple[float, float, float]:
    """The distance of samples, held-out items and noise to the reference."""
    reference = sets.reference[FEATURES]
    sample, real, noise = (distance(reference, s[FEATURES]) for s in (sets.sample, sets.real, sets.noise))
    return sample, real, noise


def _kid(sets: Sets, label: str | None) -> Figure:
    text = "distance between the samples and real data on the named features (unbiased squared MMD, cubic kernel)"
    return _figure("KID", label, _against(sets, kernel_distance), True, text)


def _second_kid(sets: Sets, name: str) -> Figure:
    """The same with other features, each number of them in standard deviations of the real ones, so that all of them count."""
    reference = sets.reference[SECOND]
    center, spread = reference.mean(0), reference.std(0).clamp_min(1e-3)

    def distance(key: Measured) -> float:
        return kernel_distance((reference - center) / spread, ((key[SECOND] - center) / spread).clamp(-20, 20))

    values = distance(sets.sample), distance(sets.real), distance(sets.noise)
    return _figure("second KID", None, values, True, f"the same distance by another judge: {name}")


def _frechet(sets: Sets) -> Figure:
    text = "Frechet distance on the named features; grows for small sets, so read it beside its floor only"
    return _figure("FID", None, _against(sets, frechet_distance), True, text)


def _covers(sets: Sets) -> list[Figure]:
    covers: list[Cover] = [cover(sets.reference[FEATURES], s[FEATURES]) for s in (sets.sample, sets.real, sets.noise)]
    sample, real, noise = (asdict(one) for one in covers)
    return [_figure(key, None, (sample[key], real[key], noise[key]), False, text) for key, text in _COVER.items()]


def _nearest(known: KnownReals, sets: Sets) -> dict[str, Nearest]:
    """The training items nearest to samples and to held-out items, as numbers into the store."""
    train = known.of(TRAIN)[FEATURES]
    found = {name: nearest(train, getattr(sets, name)[FEATURES]) for name in ("sample", "real")}
    return {name: Nearest(known.train_numbers[one.item], one.closeness) for name, one in found.items()}


def _copies(found: dict[str, Nearest]) -> Figure:
    text = (
        "share of the samples that lie nearer to a training item than training items lie to each other (but for the "
        f"nearest {QUANTILE:.0%}); a larger share than that of held-out works means copying"
    )
    return _figure(COPIES, None, (found["sample"].copied, found["real"].copied, None), True, text)


def _statistics(sets: Sets) -> list[Figure]:
    """Wasserstein-1 distance of each named statistic to the reference, in standard deviations of the reference."""

    def distances(key: str) -> tuple[float, float, float]:
        reference = sets.reference[key].double().numpy()
        scale = max(reference.std(), 1e-9)
        others = (s[key].double().numpy() for s in (sets.sample, sets.real, sets.noise))
        sample, real, noise = (float(wasserstein(reference, other) / scale) for other in others)
        return sample, real, noise

    text = "Wasserstein-1 distance to real data, in standard deviations of the real data"
    return [_figure(key, None, distances(key), True, text) for key in sets.reference if key not in (FEATURES, SECOND)]


def wasserstein(one: np.ndarray, other: np.ndarray) -> float:
    """Wasserstein-1 distance of two samples ``[n]`` and ``[m]``: the area between their distribution functions. That of
    ``scipy.stats`` is the same, and loads for a second of the processor."""
    places = np.sort(np.concatenate([one, other]))
    shares = (np.searchsorted(np.sort(x), places[:-1], "right") / len(x) for x in (one, other))
    return float(np.abs(np.subtract(*shares)) @ np.diff(places))


@torch.inference_mode()
def _reconstruction(model: Model, reals: Reals) -> Figure:
    """Root mean square error of held-out items through the code and back, beside that of training items and that of the mean
    of all training items, which any code must beat."""
    rng = torch.Generator(model.device).manual_seed(2)

    def encoded(numbers: np.ndarray) -> Tensor:
        return model.codec.encode(real_items(model.codec, reals.store, numbers[:256], rng))

    def error(x: Tensor) -> float:
        condition = torch.zeros(len(x), model.spec.classes, device=model.device)
        again, _ = model.generator.reconstruct(x, condition, BatchNoise(rng, len(x)))  # type: ignore[operator]
        return float((again - x).square().mean().sqrt())

    train, held = encoded(reals.reference), encoded(reals.floor)
    mean = float((held - train.mean(0)).square().mean().sqrt())
    text = "root mean square error of held-out items that are encoded and decoded; floor: training items, ceiling: their mean"
    return _figure("reconstruction", None, (error(held), error(train), mean), True, text)


def _figure(
    name: str, label: str | None, values: tuple[float, float, float | None], lower_is_better: bool, text: str
) -> Figure:
    """``values``: of the samples, of held-out real items, of noise (None: it says nothing of this figure)."""
    value, real, noise = values
    return Figure(
        name=name, label=label, value=value, real=real, noise=noise, lower_is_better=lower_is_better, help=text
    )
