"""Train the start weights of the task style anew: photographs toward the paintings by Van Gogh that ship, for an hour on a core.

    python train_style.py OUT [--share 0.1] [--device cuda]

OUT: a new folder for the stages, each a run that can be looked at; ``paint`` learns from nothing, ``calm`` goes on by rates that
fall. The photographs that a run holds out by default are held out of both. ``--share``: of the items of every stage. A stage
that is there already is not trained again, one that was stopped goes on. At the end OUT/style64.safetensors holds the networks
alone. What a person has to do then: look at its samples, and compare with the old ones.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from stages import last_of, stage  # pyright: ignore[reportMissingImports] (beside this script)

from artgen.runfolder.slim import slim

STAGES = {
    "paint": (16_000, ["decay_from=1.0", "ema=0.02"]),
    "calm": (4_000, ["decay_from=0.0", "lr_g=2e-4", "lr_d=1e-3", "ema=0.1"]),
}


def main() -> None:
    """Both stages, then the slim file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--device", default="auto")
    words = parser.parse_args()
    last = Path("scratch")
    for name, (items, sets) in STAGES.items():
        count = round(items * words.share)
        last = last_of(stage(words.out / name, count, words.device, task="style", init=str(last), sets=sets))
    print(f"{slim(last, words.out / 'style64.safetensors') / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
