"""Runs side by side: what each makes of equal seeds, how it reconstructs, how good it is, and what it cost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artgen.errors import InputError
from artgen.judge.runs import judge_of, judge_run, reals_of, style_of
from artgen.judge.sets import SEED, Reals
from artgen.play.run import Run
from artgen.sample.draws import SeedDraws
from artgen.sample.translate import few_of, translated
from artgen.types import Ask, Reconstructs, Sample

_SEEDS = 24
_PAIRS = 12
_TIMED = 4  # batches
_BATCH = 16


@dataclass(frozen=True)
class Row:
    """One run. ``samples``, ``pairs``: PNG sheets (``samples`` of a run that changes works: held-out ones changed; ``pairs``:
    held-out items, each before its reconstruction; None: it has no way). ``figures``: as ``evaluate`` gives them. ``cost``:
    named numbers in words."""

    name: str
    model: str
    samples: bytes
    pairs: bytes | None
    figures: Mapping[str, Any]
    cost: Mapping[str, str]


def compare_runs(runs: Sequence[Run], data: Path | None, against: Path | None, count: int | None) -> list[Row]:
    """A Row for each run, in their order. Raises InputError for runs of different plugins."""
    plugins = {run.host.domain.name: run for run in runs}
    if len(plugins) > 1:
        (one, first), (two, second), *_ = plugins.items()
        raise InputError(
            f"{second.folder}: is a run of plugin {two}, {first.folder} of {one}; compare runs of one plugin"
        )
    rows = []
    for run in runs:
        reals = reals_of(run.host, run.config, data, against)
        judge = judge_of(run.host, run.config, run.model)
        figures, _ = judge_run(run.model, judge, reals, count, style_of(run.host, run.config, None))
        samples = _changed(run, reals) if run.model.given else _sheet(run, run.sample(range(_SEEDS)))
        domain = run.config.domain.model_dump()
        model = str(domain.get("model") or run.config.run.preset or run.config.run.task)
        rows.append(Row(_name(run.folder), model, samples, _pairs(run, reals), figures, _cost(run)))
    return rows


def _name(folder: Path) -> str:
    return folder.resolve().name


def _cost(run: Run) -> dict[str, str]:
    """Size, training, and speed of sampling on this machine."""
    model = run.model
    parameters = sum(p.numel() for p in model.generator.parameters())
    cost = {
        "generator": f"{parameters / 1e6:.2f} M parameters",
        "start": run.config.run.start or "nothing",
        "training": f"{run.seen:,} items in {run.seconds:,.0f} s",
        "speed": f"{run.seen / max(run.seconds, 1e-9):,.0f} items/s",
    }
    if model.given:
        return cost
    labels = [model.label_of(seed) for seed in range(_BATCH)]
    model.raw(range(SEED, SEED + _BATCH), labels, run.host.domain.ask)
    start = time.perf_counter()
    for batch in range(_TIMED):
        first = SEED + batch * _BATCH
        model.raw(range(first, first + _BATCH), labels, run.host.domain.ask)
    speed = _TIMED * _BATCH / (time.perf_counter() - start)
    return {**cost, "sampling": f"{speed:,.0f} samples/s here"}


@torch.inference_mode()
def _pairs(run: Run, reals: Reals) -> bytes | None:
    """Held-out items, each before what the run reconstructs from it; the same items for runs of the same data."""
    model = run.model
    if not isinstance(model.generator, Reconstructs):
        return None
    shown: list[Sample] = []
    for number in reals.floor[np.linspace(0, len(reals.floor) - 1, min(_PAIRS, len(reals.floor))).astype(np.int64)]:
        x = model.codec.encode(torch.from_numpy(reals.store.items[number][None].copy()).to(model.device))
        again, _ = model.generator.reconstruct(x, model.condition({}), SeedDraws([0], model.device))
        shown += [Sample(model.codec.decode(t)[0].cpu().numpy(), 0, None, Ask()) for t in (x, again)]
    return _sheet(run, shown)


def _changed(run: Run, reals: Reals) -> bytes:
    """Held-out works, what the run makes of each, and what was wanted."""
    shown = translated(run.model, reals.store, few_of(reals.floor, _PAIRS))
    sides = [raw for raw in (shown.source, shown.result, shown.truth) if raw is not None]
    samples = [Sample(raw[n].cpu().numpy(), 0, None, Ask()) for n in range(len(shown.result)) for raw in sides]
    return _sheet(run, samples, len(sides))


def _sheet(run: Run, samples: list[Sample], columns: int | None = None) -> bytes:
    """A sheet of the domain's writer, as bytes."""
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
        path = run.host.blame("artgen_writer", lambda: run.writer().sheet(samples, Path(folder) / "sheet.png", columns))
        return path.read_bytes()
