"""The quality figures of a run: samples, held-out real data and noise, each measured against the same real data.

A figure alone says nothing on a small set, so it comes with its two anchors: what real data reaches (the floor) and what
noise gets (the ceiling).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from artgen.data.store import Store
from artgen.errors import InputError
from artgen.sample.model import Model
from artgen.types import Judge

_BATCH = 8
_SEED = 1_000_000  # far from the seeds that people ask for, so that judged samples are new ones


@dataclass(frozen=True)
class Figure:
    """One measured quantity. ``real`` and ``noise`` are its anchors; ``label`` the class, None for all."""

    name: str
    label: str | None
    value: float
    real: float
    noise: float
    lower_is_better: bool
    help: str


@dataclass(frozen=True)
class Views:
    """Raw items ``[b, *item]`` of the four sets that are compared, one class or all."""

    reference: Tensor
    real: Tensor
    sample: Tensor
    noise: Tensor


def evaluate(model: Model, judge: Judge, store: Store, held_out: np.ndarray, count: int) -> dict[str, Any]:
    """Figures for ``count`` samples of each class, as a JSON-ready mapping (see the report page).

    The reference is training data; its floor is held-out data, whole sources never trained on. Raises InputError when
    nothing was held out."""
    if len(held_out) < 4:
        raise InputError("too few held-out items to judge with; add files or raise --set holdout")
    figures: list[Figure] = []
    sets: list[Mapping[str, Mapping[str, Tensor]]] = []
    for label in model.spec.labels or (None,):
        views = _views(model, store, held_out, label, count)
        measured = {field.name: _measure(judge, getattr(views, field.name)) for field in fields(views)}
        sets.append(measured)
        if len(model.spec.labels) > 1:
            figures.append(_kid(measured, label))
    whole = {name: _stack([s[name] for s in sets]) for name in sets[0]}
    figures = [_kid(whole, None), *figures, *_statistics(whole)]
    note = (
        f"{count} samples per class against as many training items; floor: held-out items of whole sources, "
        "ceiling: white noise; a small set gives a rough figure"
    )
    return {
        "features": judge.features.name,
        "items": len(whole["sample"]["features"]),
        "note": note,
        "figures": [_rounded(figure) for figure in figures],
    }


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Unbiased squared MMD with the kernel (x.y/f + 1)^3 between features ``[b, f]`` (KID, Binkowski 2018).

    Features are first centred on ``a`` and divided by its root mean square, so that figures of different extractors have a
    comparable size."""
    from torchmetrics.image.kid import KernelInceptionDistance

    centre = a.mean(0)
    spread = (a - centre).square().mean().sqrt().clamp_min(1e-9)
    size = min(len(a), len(b))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that features are kept in memory, which is meant here
        subsets = 1 if len(a) == len(b) else 8
        metric = KernelInceptionDistance(
            nn.Identity(), subsets, size, sync_on_compute=False
        )  # the first process judges
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # its subsets
        metric.update((a - centre) / spread, real=True)
        metric.update((b - centre) / spread, real=False)
        return float(metric.compute()[0])


def _views(model: Model, store: Store, held_out: np.ndarray, label: str | None, count: int) -> Views:
    """The four sets for one class. Real items are cut as in training, so that all are equally long."""
    rng = torch.Generator(model.device).manual_seed(0)
    pick = np.random.default_rng(0)
    mine = np.ones(len(store.items), bool) if label is None else store.label_index == store.labels.index(label)
    held = np.zeros(len(store.items), bool)
    held[held_out] = True

    def real(chosen: np.ndarray) -> Tensor:
        numbers = pick.choice(np.flatnonzero(chosen), count, replace=chosen.sum() < count)
        raw = torch.from_numpy(store.items[numbers]).to(model.device)
        return model.codec.vary(raw, rng)

    reference = real(mine & ~held)
    floor = real(mine & held if (mine & held).any() else mine & ~held)
    seeds = list(range(_SEED, _SEED + count))
    sample = torch.cat([model.raw(part, [label] * len(part)) for part in _chunks(seeds)])
    info = torch.iinfo(sample.dtype)
    noise = torch.randint(info.min, info.max + 1, sample.shape, generator=rng, device=model.device).to(sample.dtype)
    return Views(reference, floor, sample, noise)


def _measure(judge: Judge, raw: Tensor) -> dict[str, Tensor]:
    """Features ``[b, f]`` under ``features`` and every statistic ``[b]`` under its name."""
    describe = judge.statistics or (lambda _: {})
    parts = [{"features": judge.features(chunk), **describe(chunk)} for chunk in raw.split(_BATCH)]
    return _stack([{name: value.cpu().float() for name, value in part.items()} for part in parts])


def _kid(sets: Mapping[str, Mapping[str, Tensor]], label: str | None) -> Figure:
    def against(name: str) -> float:
        return kernel_distance(sets["reference"]["features"], sets[name]["features"])

    text = "distance between the samples and real data on the named features (unbiased squared MMD, cubic kernel)"
    return Figure("KID", label, against("sample"), against("real"), against("noise"), True, text)


def _statistics(sets: Mapping[str, Mapping[str, Tensor]]) -> list[Figure]:
    """Wasserstein-1 distance of each named statistic to the reference, in standard deviations of the reference."""
    from scipy.stats import wasserstein_distance

    def distance(name: str, key: str) -> float:
        reference = sets["reference"][key].double().numpy()
        return float(wasserstein_distance(reference, sets[name][key].double().numpy()) / max(reference.std(), 1e-9))

    text = "Wasserstein-1 distance to real data, in standard deviations of the real data"
    keys = [key for key in sets["reference"] if key != "features"]
    return [Figure(k, None, distance("sample", k), distance("real", k), distance("noise", k), True, text) for k in keys]


def _stack(parts: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {key: torch.cat([part[key] for part in parts]) for key in parts[0]}


def _chunks(seeds: list[int]) -> list[list[int]]:
    return [seeds[i : i + _BATCH] for i in range(0, len(seeds), _BATCH)]


def _rounded(figure: Figure) -> dict[str, Any]:
    row = asdict(figure)
    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in row.items()}


class EncodedFeatures:
    """Features of a domain that brings none of its own: the encoded items themselves, averaged down to at most 256 numbers.

    Good enough to see noise and collapse, not to rank good models; the figures say its name."""

    name = "encoded items, pooled (the plugin offers no features)"

    def __init__(self, encode: Callable[[Tensor], Tensor]) -> None:
        self._encode = encode

    def __call__(self, raw: Tensor) -> Tensor:
        x = self._encode(raw).flatten(1)[:, None]
        return cast(Tensor, nn.functional.adaptive_avg_pool1d(x, min(256, x.shape[2])))[:, 0]
