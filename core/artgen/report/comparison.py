"""The page of ``artgen compare``: one table of figures and cost, then the works of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.report.render import render, write_page
from artgen.runfolder.records import Figure, Quality


@dataclass(frozen=True)
class ComparedRun:
    """One run of a comparison.

    - ``samples``: PNG sheet of its samples; of a run that changes works, of held-out works changed.
    - ``pairs``: PNG sheet of held-out items, each before its reconstruction; None: the run reconstructs nothing.
    - ``figures``: as ``evaluate`` gives them.
    - ``cost``: named numbers in words.
    """

    name: str
    model: str
    samples: bytes
    pairs: bytes | None
    figures: Quality
    cost: Mapping[str, str]


def write_comparison(runs: Sequence[ComparedRun], path: Path) -> Path:
    """Write one self-contained HTML page, atomically. StorageError when it cannot be written."""
    keys = dict.fromkeys((figure.name, figure.label) for run in runs for figure in run.figures.figures)
    lines = [_line(key, runs) for key in keys]
    write_page(path, render("compare.html", title="Comparison · artgen", runs=runs, lines=lines))
    return path


def _line(key: tuple[str, str | None], runs: Sequence[ComparedRun]) -> dict[str, Any]:
    """One figure of every run, the best of them marked."""
    found = [_find(run.figures, key) for run in runs]
    known = [figure for figure in found if figure is not None]
    values = [figure.value for figure in known if figure.value is not None]
    lower = known[0].lower_is_better
    best = (min if lower else max)(values) if values else None
    return {
        "name": " ".join(word for word in key if word),
        "lower_is_better": lower,
        "cells": [_cell(figure, best) for figure in found],
    }


def _cell(figure: Figure | None, best: float | None) -> dict[str, Any]:
    if figure is None or figure.value is None:
        return {"value": None}
    real = None if figure.real is None else f"{figure.real:.3g}"
    return {"value": f"{figure.value:.3g}", "best": figure.value == best, "real": real, "help": figure.help}


def _find(quality: Quality, key: tuple[str, str | None]) -> Figure | None:
    return next((figure for figure in quality.figures if (figure.name, figure.label) == key), None)
