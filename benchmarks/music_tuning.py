"""Does training on make the music that ships better? Equal trainings from the start weights under several settings.

    python benchmarks/music_tuning.py [--images 12k] [--count 48] [--only as-it-is,no-augmentation]

For the start and for each training: the distance to real music by both judges (musicnn, and statistics of sound texture),
precision and recall, and per genre. Equal trainings differ by about .1 in the first and .03 in the second.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import artgen
from artgen.host import Host

SETTINGS = {
    "as-it-is": (),
    "no-augmentation": ("augment=off",),
    "full-rates": ("lr_g=1e-3", "lr_d=1e-3"),
    "long-average": ("ema_from=160000",),
    "as-before": ("augment=off", "lr_g=1e-3", "lr_d=1e-3"),
}
SHOWN = (("KID", None), ("second KID", None), ("precision", None), ("recall", None),
         ("KID", "classical"), ("KID", "pop"), ("KID", "rock"))  # fmt: skip


def row(name: str, path: Path, count: int) -> str:
    """A line of the table."""
    figures = {(figure.name, figure.label): figure for figure in artgen.load(path, "cpu").evaluate(count=count).figures}
    return f"| {name} | " + " | ".join(f"{figures[key].value:.3f}" for key in SHOWN) + " |"


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", default="12k")
    parser.add_argument("--count", type=int, default=48, help="samples a genre that are judged")
    parser.add_argument("--only", help="names of settings, with commas")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else list(SETTINGS)
    print("| training | " + " | ".join(f"{name} {label or ''}".strip() for name, label in SHOWN) + " |")
    print("|---" * (len(SHOWN) + 1) + "|")
    (start,) = Host("music").domain.starts
    print(row("start", start, options.count), flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in chosen:
            out = Path(scratch) / name
            artgen.run("music", images=options.images, out=out, sets=SETTINGS[name])
            print(row(name, out, options.count), flush=True)


if __name__ == "__main__":
    main()
