"""Both video models on the embedded clips: ``python benchmarks/video.py`` writes ``results/video.md`` (about 20 minutes).

Each model is trained from nothing once for each budget, in a process of its own, so that a quality belongs to a whole schedule
of that length and a peak of memory to that run alone. Loops are asked for at 24 frames a second; their seam is the step from the
last frame to the first against the mean step (1: no seam). ``--runs RUN...`` prints how the films of finished runs move.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tables import table

import artgen
from artgen.inference.latent import render, seed_latent
from artgen.runtime.device import use_cores
from artgen_video.judge import statistics

SECONDS, FPS, FILMS = 4.0, 24.0, 12
PRESETS = ("tiny", "mocogan")
RESULTS = Path(__file__).parent / "results" / "video.md"


@dataclass(frozen=True)
class Trained:
    """One run. ``peak``: most memory of its process, MB; ``figures``: of its quality.json, by (name, class)."""

    preset: str
    run: artgen.Run
    peak: float
    figures: Mapping[tuple[str, str | None], Mapping[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budgets", nargs="+", default=["60s", "120s", "300s"])
    parser.add_argument("--presets", nargs="+", default=list(PRESETS))
    parser.add_argument("--runs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=RESULTS)
    words = parser.parse_args()
    if words.runs:
        print("\n".join(_table([measure(artgen.load(path)) for path in words.runs])))
        return
    with tempfile.TemporaryDirectory() as folder:
        _train("tiny", "1s", Path(folder) / "warm")  # prepares the clips, which the cache then holds
        trained = [
            _train(preset, budget, Path(folder) / f"{preset}-{budget}")
            for budget in words.budgets
            for preset in words.presets
        ]
        words.out.write_text("\n".join(_report(trained, words.presets)) + "\n")
    print(words.out.read_text())


def _train(preset: str, budget: str, out: Path) -> Trained:
    command = ["-m", "artgen", "run", "--plugin", "video", "--preset", preset, "--budget", budget]
    command += ["--init", "scratch", "--out", str(out)]
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(
            f"artgen run --preset {preset} --budget {budget} ended with {os.waitstatus_to_exitcode(status)}"
        )
    figures = json.loads((out / "quality.json").read_text())["figures"]
    found = {(figure["name"], figure["label"]): figure for figure in figures}
    print(f"{preset} {budget}: KID {found['KID', None]['value']}", flush=True)
    return Trained(preset, artgen.load(out), usage.ru_maxrss / 1024, found)


def _report(trained: Sequence[Trained], presets: Sequence[str]) -> Iterator[str]:
    yield "# The video models\n"
    threads = use_cores()
    yield (
        f"`python benchmarks/video.py`, {platform.processor() or platform.machine()}, {threads} threads, torch "
        f"{torch.__version__}, one seed, the embedded clips at 32 px, 16 frames. Held-out real clips are the floor, noise the "
        "ceiling; every budget is a run of its own.\n"
    )
    keys = list(dict.fromkeys(key for one in trained for key in one.figures))
    for preset in presets:
        runs = [one for one in trained if one.preset == preset]
        yield f"\n## {preset}\n"
        columns = [
            {
                "seconds of training": f"{one.run.seconds:.0f}",
                "clips seen": f"{one.run.seen:,}",
                "clips a second in training": f"{one.run.seen / one.run.seconds:.1f}",
                "peak memory of the run, MB": f"{one.peak:.0f}",
                **{_name(key): f"{one.figures[key]['value']:.3g}" for key in keys},
            }
            for one in runs
        ]
        first = runs[0].figures
        columns += [{_name(key): f"{first[key][anchor]:.3g}" for key in keys} for anchor in ("real", "noise")]
        yield from _table(columns, ["", *["run"] * len(runs), "held-out real", "noise"])
    yield "\n## How the films of the longest runs move, and how fast they are made\n"
    last = [[one for one in trained if one.preset == preset][-1] for preset in presets]
    yield from _table([measure(one.run) for one in last], ["", *presets])


def _name(key: tuple[str, str | None]) -> str:
    return f"{key[0]}, {key[1]}" if key[1] else key[0]


def _table(columns: Sequence[Mapping[str, str]], heads: Sequence[str] | None = None) -> list[str]:
    rows = [[name, *(column.get(name, "") for column in columns)] for name in columns[0]]
    return table(heads or ["", *["run"] * len(columns)], rows)


def measure(run: artgen.Run) -> Mapping[str, str]:
    """Figures of one run as text."""
    run.sample([0])  # warm
    start = time.perf_counter()
    films = run.sample(range(FILMS), seconds=SECONDS, fps=FPS)
    rate = FILMS * SECONDS * FPS / (time.perf_counter() - start)
    loops = [film.data.astype(np.float32) for film in run.sample(range(FILMS), seconds=SECONDS, loop=True, fps=FPS)]
    seams = [seam(loop) for loop in loops]
    latents = [seed_latent(run.model, seed) for seed in range(FILMS)]
    usual = torch.stack([torch.from_numpy(film.data) for film in render(run.model, latents)])
    smooth = torch.stack([torch.from_numpy(film.data) for film in films])
    found = {"run": f"{run.folder.name} ({run.seen} clips)", "frames a second when sampling": f"{rate:.0f}"}
    found["loop seam, mean and worst"] = f"{np.mean(seams):.2f}, {np.max(seams):.2f}"
    found |= {f"{name} at the trained rate": f"{value.mean():.2f}" for name, value in statistics(usual).items()}
    return found | {f"jerk at {FPS:g} frames a second": f"{statistics(smooth)['jerk'].mean():.2f}"}


def seam(loop: np.ndarray) -> float:
    """The step from the last frame to the first of ``[c, t, h, w]``, in mean steps."""
    steps = np.abs(loop - np.roll(loop, 1, 1)).mean((0, 2, 3))
    return float(steps[0] / max(steps[1:].mean(), 1e-6))


if __name__ == "__main__":
    main()
