"""Works changed by every task that does so: ``python benchmarks/translation.py [--budget 10m] [image/style video/colorize ...]``.

Trains on what ships with the plugins and writes ``benchmarks/results/translation.md``: figures on held-out works beside their
baselines, and the time that ``artgen apply`` takes for a picture of 512 x 512 pixels or a film of four seconds at 64 pixels
(music has a benchmark of its own, music_style.py).

``--runs FOLDER`` keeps the runs there, and takes runs that are there already instead of training anew.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from PIL import Image
from tables import changes

import artgen
from artgen.runfolder.records import Quality
from artgen.runtime.device import use_cores

TASKS = ("image/colorize", "image/translate", "image/style", "video/colorize", "video/style")
TIMES = 3
RESULT = Path(__file__).parent / "results" / "translation.md"
ASKED = {"image": ("a picture of 512 x 512", 1.5), "video": ("a film of 4 s at 64 x 64 pixels", 3.0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--runs", type=Path, default=Path("runs/translation"))
    words = parser.parse_args()
    processor = platform.processor() or platform.machine()
    lines = ["# Works changed: colors, pairs, styles", ""]
    lines += [f"{processor}, {use_cores()} threads; `python benchmarks/translation.py --budget {words.budget}`."]
    for task in words.tasks:
        run = _run(task, words.runs / task.replace("/", "-"), words.budget)
        found = Quality.model_validate_json((run.folder / "quality.json").read_text())
        cost = f"{run.seen:,} items in {run.seconds:.0f} s; {found.items} held-out works."
        part = ["", f"## {task}", "", cost, "", *changes(found.figures), "", _speed(task.split("/")[0], run)]
        print("\n".join(part), flush=True)
        lines += part
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {RESULT}; look at the sheets in {words.runs}/*/samples/final")


def _run(task: str, folder: Path, budget: str) -> artgen.Run:
    plugin, name = task.split("/")
    if not (folder / "quality.json").exists():
        artgen.run(plugin, task=name, budget=budget, out=folder, device="cpu")
    return artgen.load(folder, "cpu")


def _speed(plugin: str, run: artgen.Run) -> str:
    """Seconds of ``apply`` for one work, reading, marking and writing included; the best of a few."""
    with tempfile.TemporaryDirectory() as place:
        work = _work(plugin, Path(place))
        times = []
        for number in range(TIMES + 1):
            start = time.perf_counter()
            run.apply([work], Path(place) / str(number))
            times.append(time.perf_counter() - start)
    what, most = ASKED[plugin]
    return f"`artgen apply` on {what}: {min(times[1:]):.2f} s (asked: {most} s)."


def _work(plugin: str, folder: Path) -> Path:
    """A smooth picture, or a film that pans over one."""
    coarse = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((512, 512), Image.Resampling.BICUBIC)
    if plugin == "image":
        picture.save(folder / "picture.png")
        return folder / "picture.png"
    wide = np.asarray(picture.resize((160, 64)))
    frames = np.stack([wide[:, first : first + 64] for first in range(96)])
    iio.imwrite(folder / "film.mp4", frames, fps=24, codec="libx264", plugin="pyav")
    return folder / "film.mp4"


if __name__ == "__main__":
    main()
