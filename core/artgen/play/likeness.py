"""Reference-guided sampling: the seeds whose works come nearest to a file in the domain's feature space."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.judge.runs import judge_of
from artgen.play.projections import read_item
from artgen.play.run import Run
from artgen.sample.model import Model
from artgen.sample.words import MOST
from artgen.types import Ask

_BATCH = 16


@torch.inference_mode()
def nearest_seeds(
    run: Run, file: Path, count: int, pool: int, weights: dict[str, float] | None
) -> tuple[list[tuple[int, float]], str]:
    """The ``count`` seeds of 0 to ``pool`` - 1 whose works are nearest to ``file``, nearest first, with their distances in the
    judge's features; and the name of these. ``weights``: of classes, None: they take turns.

    Raises InputError for a file that the domain cannot read, an unknown class, and a pool smaller than the count."""
    if not count <= pool <= MOST:
        raise InputError(f"--pool {pool}: give {count} to {MOST}, the samples to choose from")
    model = run.model
    features = judge_of(run.host, run.config, model).features
    raw = torch.from_numpy(read_item(run, file).data[None].copy()).to(model.device)
    target = features(model.codec.decode(model.codec.encode(raw)))
    found: list[tuple[float, int]] = []
    for start in range(0, pool, _BATCH):
        seeds = range(start, min(start + _BATCH, pool))
        made = features(model.codec.decode(model.encoded(seeds, _rows(model, seeds, weights), Ask())))
        distances = torch.cdist(target.double(), made.double())[0].tolist()
        found += zip(distances, seeds, strict=True)
    return [(seed, distance) for distance, seed in sorted(found)[:count]], features.name


def _rows(model: Model, seeds: range, weights: dict[str, float] | None) -> Tensor:
    return torch.cat([model.condition(model.shares(seed, weights)) for seed in seeds])
