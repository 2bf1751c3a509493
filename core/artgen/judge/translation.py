"""The quality figures of a run that changes works: held-out works changed, beside simple ways to do the same.

With a known truth (translate, colorize, enlarge): how near the results come to it. Without one (style): how near to the style
they are, before and after, and how much of the content is kept. A figure alone says little, so each stands beside the same
figure of the baselines that a training has to beat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from artgen.contract.codec import WorkCodec
from artgen.contract.judge import Judge
from artgen.data.store import Store
from artgen.inference.model import Model
from artgen.inference.translate import few_of, translate
from artgen.judge.distances import kernel_distance
from artgen.judge.reference_sets import BATCH, FEATURES, Reals, measure, real_items
from artgen.runfolder.records import Figure, Quality

_WORKS = 256  # of the training or the style, which baselines may look at
_SAME = 0.02  # a statistic that the task changes by less is none of its business
RESULT, TRUTH, UNCHANGED = "result", "truth", "unchanged"
Works = Mapping[str, Tensor]  # raw works [b, *work] by the way in which they were made


def evaluate_changes(model: Model, judge: Judge, reals: Reals, style: Store | None, count: int) -> Quality:
    """Figures of at most ``count`` held-out works."""
    judge = replace(judge, second=None)
    works = _works(model, judge, reals, style, count)
    sizes = len(works[RESULT])
    figures = _of_style(model, judge, works, style) if style is not None else _of_pairs(model, judge, reals, works)
    note = (
        f"{sizes} held-out works, of sources that the training never saw; beside each figure that of simple ways to do the "
        "same; a small set gives a rough figure"
    )
    rounded = tuple(figure.rounded() for figure in figures)
    return Quality(features=judge.features.name, items=sizes, note=note, figures=rounded)


@torch.inference_mode()
def _works(model: Model, judge: Judge, reals: Reals, style: Store | None, count: int) -> dict[str, Tensor]:
    """Held-out works as they were given, as the run and each baseline changes them, and as they should be where that is
    known."""
    codec = model.codec
    assert isinstance(codec, WorkCodec)
    held = torch.from_numpy(reals.store.items[few_of(reals.floor, count)]).to(model.device)
    source, truth = codec.part(held)
    made = {UNCHANGED: source, RESULT: torch.cat([translate(model, part) for part in source.split(BATCH)])}
    if truth is not None:
        made[TRUTH] = truth
    wanted = _wanted(model, reals, style)
    for name, way in (judge.baselines or _usual(model, truth is not None)).items():
        made[name] = way(source, wanted)
    same = any(torch.equal(raw, source) for name, raw in made.items() if name != UNCHANGED)
    if truth is not None and (truth.shape != source.shape or same):
        del made[UNCHANGED]
    return made


def _wanted(model: Model, reals: Reals, style: Store | None) -> Tensor:
    """What results should look like: the targets of the training, or the works of the style, ``[n, *work]``."""
    store, numbers = (style, np.arange(len(style.items))) if style is not None else (reals.store, reals.reference)
    raw = torch.from_numpy(store.items[few_of(numbers, _WORKS)]).to(model.device)
    assert isinstance(model.codec, WorkCodec)
    source, truth = model.codec.part(raw)
    return source if truth is None else truth


def _usual(model: Model, paired: bool) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
    """The core's own baseline for domains that bring none: for pairs the mean of all targets."""
    if not paired:
        return {}
    return {
        "mean": lambda source, works: works.float().mean(0).round().to(works.dtype).expand(len(source), *works[0].shape)
    }


def _of_pairs(model: Model, judge: Judge, reals: Reals, works: Works) -> list[Figure]:
    """Nearness to the truth, and the statistics of the domain that the task changes."""
    truth = works[TRUTH]
    near: dict[str, dict[str, float]] = {}
    for way in works:
        if way != TRUTH:
            found = {"PSNR": _psnr(works[way], truth), **_named(judge.closeness, works[way], truth)}
            near[way] = {name: float(value.double().mean()) for name, value in found.items()}
    figures = [
        _figure(name, {way: near[way][name] for way in near}, None, False, "nearness to the truth, mean of the works")
        for name in near[RESULT]
    ]
    measured = {way: measure(judge, raw) for way, raw in works.items()}
    reference = measure(judge, _wanted(model, reals, None))[FEATURES]
    distance = {way: kernel_distance(reference, found[FEATURES]) for way, found in measured.items()}
    text = "distance to the wanted works of the training on the named features (unbiased squared MMD)"
    figures.append(_figure("KID", distance, distance[TRUTH], True, text))
    for name in measured[RESULT]:
        means = {way: float(found[name].double().mean()) for way, found in measured.items()}
        others = [value for way, value in means.items() if way not in (TRUTH, RESULT)]
        if name != FEATURES and any(abs(value - means[TRUTH]) > _SAME * abs(means[TRUTH]) for value in others):
            figures.append(_figure(name, means, means[TRUTH], False, "mean of the works: the truth's is best"))
    return figures


def _of_style(model: Model, judge: Judge, works: Works, style: Store) -> list[Figure]:
    """Distance to the style, and what is kept of the content."""
    reference, floor = (_crops(model, style, len(works[RESULT]), seed) for seed in (1, 2))
    target = measure(judge, reference)[FEATURES]
    distance = {way: kernel_distance(target, measure(judge, _cut(model, raw))[FEATURES]) for way, raw in works.items()}
    real = kernel_distance(target, measure(judge, floor)[FEATURES]) if len(target) > 1 else None
    text = "distance to the works of the style on the named features (unbiased squared MMD); unchanged: before"
    figures = [_figure("KID to the style", distance, real, True, text)]
    content = judge.content or (lambda source, result: _alike(model, source, result))
    kept = {way: content(works[UNCHANGED], raw) for way, raw in works.items()}
    for name in kept[RESULT]:
        means = {way: float(found[name].double().mean()) for way, found in kept.items()}
        figures.append(_figure(name, means, None, False, "share of the content that is kept; 1 is all of it"))
    return figures


def _crops(model: Model, store: Store, count: int, seed: int) -> Tensor:
    """``count`` items cut as in training, each of the store as often as it takes."""
    numbers = np.random.default_rng(seed).permutation(np.arange(max(count, len(store.items))) % len(store.items))[
        :count
    ]
    return real_items(model.codec, store, numbers, torch.Generator(model.device).manual_seed(seed))


def _cut(model: Model, raw: Tensor) -> Tensor:
    """Works cut as in training, all ways alike, so that they are compared at the size of the style's crops."""
    return model.codec.vary(raw, torch.Generator(model.device).manual_seed(0))


@torch.inference_mode()
def _alike(model: Model, source: Tensor, result: Tensor) -> Mapping[str, Tensor]:
    """Correlation of encoded works, for domains that say nothing better."""
    assert isinstance(model.codec, WorkCodec)
    one, two = (model.codec.take(raw).flatten(1) for raw in (source, result))
    one, two = (x - x.mean(1, keepdim=True) for x in (one, two))
    return {"correlation": (one * two).sum(1) / (one.norm(dim=1) * two.norm(dim=1)).clamp_min(1e-9)}


def _psnr(result: Tensor, truth: Tensor) -> Tensor:
    """Peak signal to noise ratio of each work in decibels, ``[b]``; the range is that of the integers."""
    info = torch.iinfo(truth.dtype)
    error = (result.double() - truth.double()).square().flatten(1).mean(1)
    # equal works would be infinitely near
    return (10 * ((info.max - info.min) ** 2 / error).log10()).clamp(max=100).float()


def _named(
    way: Callable[[Tensor, Tensor], Mapping[str, Tensor]] | None, one: Tensor, two: Tensor
) -> Mapping[str, Tensor]:
    return way(one, two) if way is not None else {}


def _figure(name: str, values: Mapping[str, float], real: float | None, lower: bool, text: str) -> Figure:
    others = {way: value for way, value in values.items() if way not in (RESULT, TRUTH)}
    return Figure(name=name, value=values[RESULT], real=real, lower_is_better=lower, help=text, baselines=others)
