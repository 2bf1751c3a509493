"""Train the start weights of the task style anew: 40 minutes on one core.

    python train_style.py OUT [--share 0.1] [--device cuda]

The embedded classical music is moved toward the embedded rock; what a run holds out by default is held out. OUT: a new folder
with the run, which can be looked at, and goes on where it was stopped; OUT/style.safetensors holds the networks alone. ``--share``:
of the items. What a person has to do then: listen to its results, and compare with those of the old weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import artgen
from artgen.runfolder.slim import slim

ITEMS = 26_000
SETS = ("decay_from=0.5", "gamma_end=0.5")


def main() -> None:
    """The run, then the slim file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--device", default="auto")
    words = parser.parse_args()
    folder = words.out / "style"
    last = folder / "checkpoints" / "last.safetensors"
    common: dict[str, Any] = {"out": folder, "images": str(round(ITEMS * words.share)), "device": words.device}
    if last.exists():
        artgen.run(resume=True, **common)
    else:
        artgen.run("music", task="style", init="scratch", sets=SETS, **common)
    slim(last, words.out / "style.safetensors")


if __name__ == "__main__":
    main()
