"""Pictures coloured and moved toward a style: ``python benchmarks/translation.py [--budget 10m]``.

Trains both on what ships with the image plugin and writes ``benchmarks/results/translation.md``: figures on held-out pictures
beside their baselines, and the time that ``artgen apply`` takes for a picture of 512 x 512 pixels.

``--runs FOLDER`` keeps the runs there, and takes runs that are there already instead of training anew.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tables import changes

import artgen
from artgen.train.device import use_cores

TASKS = ("colorize", "style")
SIDE = 512  # pixels
TIMES = 3
RESULT = Path(__file__).parent / "results" / "translation.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--runs", type=Path, default=Path("runs/translation"))
    words = parser.parse_args()
    lines = ["# Pictures coloured, and moved toward a style", ""]
    lines += [
        f"{platform.processor() or platform.machine()}, {use_cores()} threads; `python benchmarks/translation.py`."
    ]
    for task in TASKS:
        run = _run(task, words.runs / task, words.budget)
        found: dict[str, Any] = json.loads((run.folder / "quality.json").read_text())
        lines += [
            "",
            f"## {task}",
            "",
            f"{run.seen:,} items in {run.seconds:.0f} s; {found['items']} held-out works.",
            "",
        ]
        lines += [*changes(found["figures"]), "", _speed(run)]
        print("\n".join(lines[-12:]), flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {RESULT}; look at the sheets in {words.runs}/*/samples/final")


def _run(task: str, folder: Path, budget: str) -> artgen.Run:
    if not (folder / "quality.json").exists():
        artgen.run("image", task=task, budget=budget, out=folder, device="cpu")
    return artgen.load(folder, "cpu")


def _speed(run: artgen.Run) -> str:
    """Seconds of ``apply`` for one picture, reading, marking and writing included; the best of a few."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        coarse = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(folder / "picture.png")
        times = []
        for number in range(TIMES + 1):
            start = time.perf_counter()
            run.apply([folder / "picture.png"], folder / str(number))
            times.append(time.perf_counter() - start)
    return f"`artgen apply` on a picture of {SIDE} x {SIDE}: {min(times[1:]):.2f} s (asked: 1.5 s)."


if __name__ == "__main__":
    main()
