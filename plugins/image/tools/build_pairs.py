"""Rebuild every pair of artgen_image/pairs: a flat drawing on the left, the same motif in 3-D on the right.

The packages and the tool are those of build_embedded.py; the same packages give the same bytes. Then

    python build_pairs.py FOLDER [--sheet SHEET.png]
"""

import argparse
import json
import shutil
from pathlib import Path

from build_embedded import ART, CLASS_OF, NAMES, Emoji, choose, contact_sheet, find_art, on_white, read_members
from PIL import Image

PAIRS = Path(__file__).parents[1] / "artgen_image" / "pairs"
SIDE = 64  # pixels, the size of the flat drawings


def build(folder: Path) -> list[Image.Image]:
    """Write pairs/CLASS/NAME.webp for every motif that exists in both styles."""
    table: list[Emoji] = json.loads(read_members(folder / NAMES, "emoji.json")["emoji.json"])
    flat = read_members(folder / NAMES, ".png", inside="img/google/64/")
    art = read_members(folder / ART, ".webp")
    for label in set(CLASS_OF.values()):
        shutil.rmtree(PAIRS / label, ignore_errors=True)
    pairs: list[Image.Image] = []
    for label, name, entry in choose(table):
        drawn, modelled = flat.get(f"{entry['unified'].lower()}.png"), find_art(art, entry)
        if drawn is None or modelled is None:
            continue
        pair = Image.new("RGB", (2 * SIDE, SIDE), "white")
        for number, data in enumerate((drawn, modelled)):
            pair.paste(on_white(data, SIDE), (number * SIDE, 0))
        pairs.append(pair)
        (PAIRS / label).mkdir(parents=True, exist_ok=True)
        pair.save(PAIRS / label / f"{name}.webp", quality=90, method=6)
    return pairs


def main() -> None:
    """Build all classes and say how much it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the downloaded packages")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    arguments = parser.parse_args()
    pairs = build(arguments.folder)
    if arguments.sheet:
        halves = [pair.crop((x, 0, x + SIDE, SIDE)) for pair in pairs for x in (0, SIDE)]
        contact_sheet(halves).save(arguments.sheet)
    size = sum(file.stat().st_size for file in PAIRS.rglob("*.webp"))
    print(f"{len(pairs)} pairs, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
