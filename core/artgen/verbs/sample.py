"""Make works of places in the latent space: of seeds, of the seeds nearest to a file, of projected works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample
from artgen.errors import InputError
from artgen.inference.directions import moved
from artgen.inference.latent import Edit, Latent, edited, render, seed_latent, varied
from artgen.inference.model import Mix
from artgen.inference.projections import load_projection
from artgen.judge.judging import judge_of
from artgen.runfolder.samples import Destination, write_samples
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.project import read_item

MOST = 100_000  # samples of one command
_BATCH = 16


@dataclass(frozen=True)
class Choice:
    """Which places of the latent space, and how far from there.

    - ``seeds``: in their order; or ``projected``: names of projected works.
    - ``weights``: of classes, for seeds; None: they take turns.
    - ``truncation``: psi.
    - ``mix``: layers that take the style of another seed.
    - ``moves``: standard deviations along named directions.
    """

    seeds: Sequence[int] = ()
    projected: Sequence[str] = ()
    weights: Mapping[str, float] | None = None
    truncation: float = 1.0
    mix: Mix | None = None
    moves: Mapping[str, float] = field(default_factory=dict)


def places(run: LoadedRun, choice: Choice) -> Iterator[Latent]:
    """The places of a choice, one at a time: the seeds, then the projected works. Raises InputError at once for an unknown
    direction or name."""
    model = run.model
    model.check_latent()
    known = run.directions() if choice.moves else []
    if choice.moves:
        moved(torch.zeros(1, model.latent_size), choice.moves, known)  # an unknown name is said before anything is made
    edit = (lambda vector: moved(vector, choice.moves, known)) if choice.moves else None
    owner = run.fingerprint() if choice.projected else ""
    own = [load_projection(run.home, name, model, owner) for name in choice.projected]
    return _places(run, choice, own, edit)


def _places(run: LoadedRun, choice: Choice, own: Sequence[Latent], edit: Edit | None) -> Iterator[Latent]:
    for seed in choice.seeds:
        yield _moved(seed_latent(run.model, seed, choice.weights, choice.truncation, choice.mix), edit)
    for latent in own:
        yield _moved(varied(run.model, latent, choice.truncation, choice.mix), edit)


@torch.inference_mode()
def _moved(latent: Latent, edit: Edit | None) -> Latent:
    return edited(latent, edit)


def sample(
    run: LoadedRun, choice: Choice, options: SampleOptions, out: Path | None = None, mark: bool = True
) -> list[Sample]:
    """One Sample for each place, written as files into ``out`` when given. ``mark``: with the invisible mark. Several processes
    take turns with the seeds, and each gives back its own; projected works are the first one's."""
    world = run.world
    seeds = list(choice.seeds)[world.rank :: world.size]
    mine = replace(choice, seeds=seeds, projected=choice.projected if world.first else ())
    made = (run.heard(one) for one in render(run.model, places(run, mine), options))
    if out is None:
        return list(made)
    kept: list[Sample] = []
    where = Destination(out, out, run.writer(mark), run.metadata())
    write_samples(where, (kept.append(s) or s for s in made), lambda own: _together(run, choice, own, options))
    return kept


def _together(run: LoadedRun, choice: Choice, mine: list[Sample], options: SampleOptions) -> list[Sample]:
    """The samples of all processes in the order of the seeds, then the projected works, on the first; none on the others."""
    world, seeds = run.world, list(choice.seeds)
    if world.size == 1 or not seeds:
        return mine
    count = len(seeds[world.rank :: world.size])
    projected, mine = mine[count:], mine[:count]
    # the exchange needs the shape of a sample, also from a process that made none
    shown = mine or list(render(run.model, [seed_latent(run.model, seeds[0], choice.weights)], options))
    parts = world.gather(torch.from_numpy(np.stack([sample.data for sample in shown]))[: len(mine)])
    if not world.first:
        return []
    labels = ["+".join(run.model.shares(seed, dict(choice.weights or {}) or None)) or None for seed in seeds]
    made = [
        Sample(parts[n % world.size][n // world.size].numpy(), seed, labels[n], options) for n, seed in enumerate(seeds)
    ]
    return [*made, *projected]


@torch.inference_mode()
def nearest_seeds(
    run: LoadedRun, file: Path, count: int, pool: int, weights: Mapping[str, float] | None
) -> tuple[list[tuple[int, float]], str]:
    """The ``count`` seeds of 0 to ``pool`` - 1 whose works are nearest to ``file``, nearest first, with their distances in the
    judge's features; and the name of these features. ``weights``: of classes, None: they take turns.

    Raises InputError for a file that the domain cannot read, an unknown class, and a pool smaller than the count."""
    if not count <= pool <= MOST:
        raise InputError(f"give {count} to {MOST}, the samples to choose from", at="--pool", value=pool)
    model = run.model
    features = judge_of(run.host, run.config, model).features
    raw = torch.from_numpy(read_item(run, file).data[None].copy()).to(model.device)
    target = features(model.codec.decode(model.codec.encode(raw)))
    found: list[tuple[float, int]] = []
    for start in range(0, pool, _BATCH):
        seeds = range(start, min(start + _BATCH, pool))
        rows = [model.condition(model.shares(seed, dict(weights) if weights else None)) for seed in seeds]
        made = features(model.codec.decode(model.encoded(seeds, torch.cat(rows), SampleOptions())))
        distances = torch.cdist(target.double(), made.double())[0].tolist()
        found += zip(distances, seeds, strict=True)
    return [(seed, distance) for distance, seed in sorted(found)[:count]], features.name
