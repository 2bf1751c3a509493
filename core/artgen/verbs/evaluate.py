"""Measure how good a run is, beside what real works and noise would score."""

from __future__ import annotations

from pathlib import Path

from artgen.judge.features import named_features
from artgen.judge.judging import judge_of, judge_run, nearest_sheet, usual_count
from artgen.judge.real_items import reals_of, style_of
from artgen.runfolder.records import Quality
from artgen.verbs.loaded import LoadedRun


def evaluate(run: LoadedRun, *, data: str | Path | None = None, against: str | Path | None = None,
             count: int | None = None, features: str | None = None, download: bool = False,
             out: Path | None = None, style: Path | None = None) -> Quality:  # fmt: skip
    """The figures of a run, see ``Run.evaluate``."""
    chosen = named_features(features, download) if features else None
    judge = judge_of(run.host, run.config, run.model, chosen)
    reals = reals_of(run.host, run.config, data, against)
    quality, found = judge_run(run.model, judge, reals, count, style_of(run.host, run.config, style), run.world)
    if out is not None and found is not None and run.world.first:
        nearest_sheet(run.model, reals, found, count or usual_count(run.model, judge, reals), run.writer(), out)
    return quality
