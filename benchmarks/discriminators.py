"""Does a discriminator that has seen the world teach faster? ``python benchmarks/discriminators.py --budget 150s [--init RUN]``.

Trains the arms one after the other on the embedded pictures at 64 px, at equal wall-clock, with the same seed and one
thread, and prints figures by MobileNetV2, through which no arm looks. The runs stay in ``--out`` to be looked at: figures of
one family of networks flatter the others, and a person has to agree.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tables import table

import artgen
from artgen.verbs.plan import SCRATCH

WIDE = ["widths=[128, 96, 64, 32]"]
LIGHT = ["discriminator_patch=4", "discriminator_widths=[96, 64, 32]"]
STRONG = ["augment=fixed", "augment_strength=1.0", 'augment_kinds=["translate", "color", "cutout"]', "loss=hinge"]
ARMS = {
    "pixels": [],
    "pixels, wide generator, light discriminator": [*WIDE, *LIGHT],
    "features alone, hinge, strong augmentation": [
        *("features=lite0", "feature_share=1.0", "penalty=none", "batch=16"),
        *(*WIDE, *STRONG),
    ],
    "both, hinge, strong augmentation, wide": ["features=lite0", "gamma=6.0", *WIDE, *LIGHT, *STRONG],
    "both": ["features=lite0"],
    "both, a quarter for the features": ["features=lite0", "feature_share=0.25"],
}
FIGURES = ("KID", "precision", "recall", "coverage")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arms", nargs="*", help=f"numbers of arms, from 0: {', '.join(ARMS)}; default: all")
    parser.add_argument("--budget", default="150s")
    parser.add_argument("--init", default=SCRATCH, help="what all arms start from; default: nothing")
    parser.add_argument("--out", type=Path, default=Path("runs/discriminators"))
    words = parser.parse_args()
    chosen = [list(ARMS)[int(number)] for number in words.arms] or list(ARMS)
    rows = [_row(arm, words.budget, words.init, words.out) for arm in chosen]
    print("\n".join(table(["discriminator", "items", "collapses", *FIGURES, "KID of faces, animals, buildings"], rows)))


def _row(arm: str, budget: str, init: str, out: Path) -> list[str]:
    folder = out / f"arm{list(ARMS).index(arm)}"
    sets = ["threads=1", *ARMS[arm]]
    run = artgen.run("image", preset="small", budget=budget, init=init, out=folder, sets=sets)
    figures = {
        (f["name"], f["label"]): f["value"] for f in json.loads((folder / "quality.json").read_text())["figures"]
    }
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])["values"]
    kinds = ", ".join(f"{figures['KID', label]:.3g}" for label in ("faces", "animals", "buildings"))
    values = [f"{figures[name, None]:.3g}" for name in FIGURES]
    return [arm, f"{run.seen:,}", f"{last['collapses']:.0f}", *values, kinds]


if __name__ == "__main__":
    main()
