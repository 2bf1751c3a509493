"""Train the start weights of a task that changes pictures anew, on one core: style in an hour, the others in half an hour.

    python train_change.py style|translate OUT [--share 0.1] [--device cuda]
    python train_change.py colorize OUT --photographs FOLDER [--share 0.1] [--device cuda]

``style`` moves the photographs that ship toward the paintings by Van Gogh that ship, ``translate`` learns the pairs that ship:
what a run holds out by default is held out. ``colorize`` learns FOLDER, which gather_photographs.py wrote, but for its paintings,
its prints and the works that a run on the photographs that ship holds out by default.

OUT: a new folder for the stages, each a run that can be looked at. ``--share``: of the items of every stage. A stage that is
there already is not trained again, one that was stopped goes on. At the end OUT/TASK64.safetensors holds the networks alone. What
a person has to do then: look at its samples, and compare with the old ones.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from stages import last_of, stage, whole  # pyright: ignore[reportMissingImports] (beside this script)

from artgen.runfolder.slim import slim

STAGES = {
    "style": {
        "paint": (16_000, ["decay_from=1.0", "ema=0.02"]),
        "calm": (4_000, ["decay_from=0.0", "lr_g=2e-4", "lr_d=1e-3", "ema=0.1"]),
    },
    "translate": {"pairs": (70_000, ["decay_from=0.5"])},
    "colorize": {"photographs": (30_000, ["decay_from=0.5", "holdout=0.01"])},
}
# of the photographs that ship, without what stands before their names in FOLDER
HELD_OUT = (
    "arlesAmphitheater", "crab", "crocodile", "dragon", "empireState", "fish4", "fish8", "greatPyramidOfGiza",
    "leaningTowerOfPisa", "neuschwansteinCastle", "palaisdesPapes", "polar_bear", "qutubMinar", "reimsCathedral",
)  # fmt: skip


def colored(gathered: Path, out: Path) -> Path:
    """A copy of the windows of ``gathered`` that colors are learned from, in one folder, ``out``. There is none before
    it is whole."""
    from gather_photographs import PRINTS  # pyright: ignore[reportMissingImports] (needs OpenEXR, as the folder did)

    if out.exists():
        return out
    with whole(out) as begun:
        for file in sorted(gathered.glob("*/*.webp")):
            work = file.stem.rpartition("-")[0]
            if file.parent.name != "paintings" and work not in PRINTS and work not in HELD_OUT:
                shutil.copy(file, begun / file.name)
    return out


def main() -> None:
    """All stages, then the slim file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=list(STAGES))
    parser.add_argument("out", type=Path)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--device", default="auto")
    words = parser.parse_args()
    data: Path | None = None
    if words.task == "colorize":
        if words.photographs is None:
            parser.error("colorize: --photographs, a folder that gather_photographs.py wrote")
        data = colored(words.photographs, words.out / "colored")
    last = Path("scratch")
    for name, (items, sets) in STAGES[words.task].items():
        count = round(items * words.share)
        last = last_of(
            stage(words.out / name, count, words.device, task=words.task, init=str(last), sets=sets, data=data)
        )
    print(f"{slim(last, words.out / f'{words.task}64.safetensors') / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
