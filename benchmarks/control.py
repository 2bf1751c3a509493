"""Control measured: ``python benchmarks/control.py RUN [FILE...]`` prints a table and writes ``results/control.md``.

RUN: a trained run that makes pictures. FILE: pictures to project (default: four held-out training pictures). Directions are also
timed on a fresh network of 64 px (preset ``small``), whose weights do not matter for the time.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tables import table

import artgen
from artgen.api import Run
from artgen.inference.directions import find
from artgen.judge.effects import with_effects
from artgen.judge.judging import judge_of
from artgen.judge.real_items import reals_of
from artgen.runtime.device import use_cores
from artgen.verbs.project import project_file

RESULTS = Path(__file__).parent / "results" / "control.md"
_STEPS = 1000
_HELD_OUT = 4
_TIMES = 3
Row = tuple[str, str, str]  # what, seconds, error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("files", nargs="*", type=Path)
    words = parser.parse_args()
    threads = use_cores()
    with tempfile.TemporaryDirectory() as folder:
        large = artgen.run("image", preset="small", images="64", out=Path(folder) / "large", sets=("holdout=0",))
        own = artgen.load(words.run)
        files = words.files or held_out(own, Path(folder))
        rows = [*directions(large), *projections(own, files), *projections(large, files[:1])]
    head = f"Python {platform.python_version()}, torch {torch.__version__}, {threads} threads, {platform.machine()}"
    shown = table(["what", "seconds", "error"], rows)
    lines = ["# Control", "", f"{head}. Run: {own.config.run.preset}, {own.seen} items.", "", *shown, ""]
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


def directions(run: Run) -> list[Row]:
    """Finding five directions of each kind, and measuring what each changes."""
    judge = judge_of(run.host, run.config, run.model)
    known = find(run.model, 5)
    side = run.model.spec.shape[-1]
    return [
        (f"10 directions of a model of {side} px, found", f"{middle(lambda: find(run.model, 5)):.2f}", ""),
        ("what each of them changes, on 16 works", f"{middle(lambda: with_effects(run.model, judge, known)):.2f}", ""),
    ]


def projections(run: Run, files: list[Path]) -> list[Row]:
    """Each file, with the error at the nearest of 256 samples and at the end. Of a network that is not trained, the time only."""
    found = []
    side, trained = run.model.spec.shape[-1], run.seen > 1000
    for file in files:
        start = time.perf_counter()
        done, _ = project_file(run, file, _STEPS, None, lambda _: None)
        seconds = time.perf_counter() - start
        error = f"{done.start:.3f} to {done.error:.3f} ({done.error / done.start:.0%})" if trained else "(untrained)"
        found.append((f"projection of {file.name}, {side} px, {_STEPS} steps", f"{seconds:.1f}", error))
    return found


def held_out(run: Run, folder: Path) -> list[Path]:
    """A few of the pictures that the run was not trained on, as files."""
    reals = reals_of(run.host, run.config, None, None)
    chosen = reals.floor[np.linspace(0, len(reals.floor) - 1, _HELD_OUT).astype(int)]
    paths = [folder / f"held-out-{number}.png" for number in chosen.tolist()]
    for path, number in zip(paths, chosen, strict=True):
        Image.fromarray(np.ascontiguousarray(reals.store.items[number].transpose(1, 2, 0))).save(path)
    return paths


def middle(work: Callable[[], object]) -> float:
    """Median seconds."""
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
