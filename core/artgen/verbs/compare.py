"""Runs side by side: what each makes of equal seeds, how it reconstructs, how good it is, and what it cost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from artgen.contract.networks import Reconstructs
from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample
from artgen.errors import InputError
from artgen.inference.noise import PerSeedNoise
from artgen.inference.translate import few_of, translated
from artgen.judge.judging import judge_of, judge_run
from artgen.judge.real_items import reals_of, style_of
from artgen.judge.reference_sets import SEED, Reals
from artgen.report.comparison import ComparedRun
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.sample import Choice, sample

Tell = Callable[[int, int, str], object]
_SEEDS = 24
_PAIRS = 12
_TIMED = 4  # batches
_BATCH = 16


def compare_runs(
    runs: Sequence[LoadedRun],
    data: Path | None,
    against: Path | None,
    count: int | None,
    style: Path | None = None,
    tell: Tell = lambda _done, _all, _name: None,
) -> list[ComparedRun]:
    """What is shown of each run, in their order. ``tell`` hears how many hundredths of a run are done, of how many, and of which
    run: judging takes most of the time, so that it is told of while it goes on.

    Raises InputError for fewer than two runs, for runs of different plugins, and,
    naming the run, for one whose works are not found again."""
    if len(runs) < 2:
        raise InputError("give two or more runs", at="artgen compare")
    plugins = {run.host.domain.name: run for run in runs}
    if len(plugins) > 1:
        (one, first), (two, second), *_ = plugins.items()
        raise InputError(
            f"{second.folder}: is a run of plugin {two}, {first.folder} of {one}; compare runs of one plugin"
        )
    rows = []
    for number, run in enumerate(runs):
        told = partial(_tell_share, tell, number, len(runs), _name(run.folder))
        told(0.0)
        try:
            reals, toward = reals_of(run.host, run.config, data, against), style_of(run.host, run.config, style)
        except InputError as error:
            raise InputError(f"{run.folder}: {error}") from None
        judge = judge_of(run.host, run.config, run.model)
        figures, _ = judge_run(run.model, judge, reals, count, toward, tell=told)
        samples = (
            _changed(run, reals)
            if run.model.changes_works
            else _sheet(run, sample(run, Choice(range(_SEEDS)), run.options()))
        )
        domain = run.config.domain.model_dump()
        model = str(domain.get("model") or run.config.run.preset or run.config.run.task)
        rows.append(ComparedRun(_name(run.folder), model, samples, _pairs(run, reals), figures, _cost(run)))
    return rows


def _tell_share(tell: Tell, number: int, count: int, name: str, share: float) -> None:
    tell(round(100 * (number + share)), 100 * count, name)


def _name(folder: Path) -> str:
    return folder.resolve().name


def _cost(run: LoadedRun) -> dict[str, str]:
    """Size, training, and speed of sampling on this machine."""
    model = run.model
    parameters = sum(p.numel() for p in model.generator.parameters())
    cost = {
        "generator": f"{parameters / 1e6:.2f} M parameters",
        "start": run.config.run.start or "nothing",
        "training": f"{run.seen:,} items in {run.seconds:,.0f} s",
        "speed": f"{run.seen / max(run.seconds, 1e-9):,.0f} items/s",
    }
    if model.changes_works:
        return cost
    labels = [model.label_of(seed) for seed in range(_BATCH)]
    model.raw(range(SEED, SEED + _BATCH), labels, run.host.domain.options)
    start = time.perf_counter()
    for batch in range(_TIMED):
        first = SEED + batch * _BATCH
        model.raw(range(first, first + _BATCH), labels, run.host.domain.options)
    speed = _TIMED * _BATCH / (time.perf_counter() - start)
    return {**cost, "sampling": f"{speed:,.0f} samples/s here"}


@torch.inference_mode()
def _pairs(run: LoadedRun, reals: Reals) -> bytes | None:
    """Held-out items, each before what the run reconstructs from it; the same items for runs of the same data."""
    model = run.model
    if not isinstance(model.generator, Reconstructs):
        return None
    shown: list[Sample] = []
    for number in reals.floor[np.linspace(0, len(reals.floor) - 1, min(_PAIRS, len(reals.floor))).astype(np.int64)]:
        x = model.codec.encode(torch.from_numpy(reals.store.items[number][None].copy()).to(model.device))
        again, _ = model.generator.reconstruct(x, model.condition({}), PerSeedNoise([0], model.device))
        shown += [Sample(model.codec.decode(t)[0].cpu().numpy(), 0, None, SampleOptions()) for t in (x, again)]
    return _sheet(run, shown)


def _changed(run: LoadedRun, reals: Reals) -> bytes:
    """Held-out works, what the run makes of each, and what was wanted."""
    shown = translated(run.model, reals.store, few_of(reals.floor, _PAIRS))
    sides = [raw for raw in (shown.source, shown.result, shown.truth) if raw is not None]
    samples = [
        Sample(raw[n].cpu().numpy(), 0, None, SampleOptions()) for n in range(len(shown.result)) for raw in sides
    ]
    return _sheet(run, samples, len(sides))


def _sheet(run: LoadedRun, samples: list[Sample], columns: int | None = None) -> bytes:
    """A sheet of the domain's writer, as bytes."""
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
        path = run.writer().sheet(samples, Path(folder) / "sheet.png", columns)
        return path.read_bytes()
