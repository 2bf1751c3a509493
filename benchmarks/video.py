"""How films of a run move and how fast they are made: ``python benchmarks/video.py RUN...`` prints a table, a run a column.

Loops are asked for at 24 frames a second; their seam is the step from the last frame to the first against the mean step (1: no
seam). Motion is compared with the run's own data by the statistics of the video plugin's judge.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

import artgen
from artgen.types import Ask
from artgen_video.judge import statistics

SECONDS, FPS, FILMS = 4.0, 24.0, 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    columns = [measure(artgen.load(path)) for path in parser.parse_args().runs]
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")


def measure(run: artgen.Run) -> Mapping[str, str]:
    """Figures of one run as text."""
    list(run.model.samples([0]))  # warm
    start = time.perf_counter()
    films = list(run.model.samples(range(FILMS), None, Ask(SECONDS, fps=FPS)))
    rate = FILMS * SECONDS * FPS / (time.perf_counter() - start)
    loops = [film.data.astype(np.float32) for film in run.model.samples(range(FILMS), None, Ask(SECONDS, True, FPS))]
    seams = [seam(loop) for loop in loops]
    usual = torch.stack([torch.from_numpy(film.data) for film in run.model.samples(range(FILMS), None, Ask())])
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
