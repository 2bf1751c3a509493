"""Train the start weights of the task style anew: 40 minutes on one core.

    python train_style.py OUT [--share 0.1] [--device cuda]

The embedded classical music is moved toward the embedded rock; what a run holds out by default is held out. OUT: a new folder for
two stages, each a run that can be looked at: ``near`` comes near to rock, ``keep`` gets the rhythm and the pitch back. A stage
that is there already is not trained again, one that was stopped goes on. At the end OUT/style.safetensors holds the networks
alone. ``--share``: of the items of every stage. What a person has to do then: listen, and compare with the old weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import artgen
from artgen.runfolder.slim import slim

COMMON = ("lr_g=1e-3", "lr_d=1e-3", "gamma_end=0.5")
STAGES = {
    "near": (14_000, (*COMMON, "decay_from=1.0", "content_weight=5", "nce_weight=2")),
    "keep": (14_000, (*COMMON, "decay_from=0.3", "content_weight=12", "nce_weight=4")),
}


def main() -> None:
    """The stages, then the slim file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--device", default="auto")
    words = parser.parse_args()
    init: str | Path = "scratch"
    for name, (items, sets) in STAGES.items():
        folder = words.out / name
        last = folder / "checkpoints" / "last.safetensors"
        common: dict[str, Any] = {"out": folder, "device": words.device}
        if last.exists() and not (folder / "report.html").exists():
            artgen.run(resume=True, **common)  # to the end that it had: what is asked for here would come on top
        elif not last.exists():
            images = str(round(items * words.share))
            artgen.run("music", task="style", init=init, sets=sets, images=images, **common)
        init = last
    slim(Path(init), words.out / "style.safetensors")


if __name__ == "__main__":
    main()
