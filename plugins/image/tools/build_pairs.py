"""Rebuild every pair of artgen_image/pairs: the lines of a motif on the left, the motif in 3-D and in color on the right.

The packages and the tool are those of build_embedded.py; the same packages give the same bytes. Then

    python build_pairs.py FOLDER [--sheet SHEET.png]
"""

import argparse
from pathlib import Path

from build_embedded import contact_sheet, motifs, on_white
from PIL import Image, ImageChops, ImageFilter

PAIRS = Path(__file__).parents[1] / "artgen_image" / "pairs"
SIDE = 64  # pixels
FINE, COARSE, DARK = 0.5, 1.4, 5  # pixels of the two blurs whose difference is a line, and how dark it gets


def lines(picture: Image.Image) -> Image.Image:
    """Dark lines on white where light or color changes, as a pencil would draw them: the difference of two blurs."""
    fine, coarse = (picture.filter(ImageFilter.GaussianBlur(radius)) for radius in (FINE, COARSE))
    strength = ImageChops.difference(fine, coarse).split()
    most = ImageChops.lighter(ImageChops.lighter(strength[0], strength[1]), strength[2])
    return most.point(lambda value: 255 - min(255, max(0, value - 4) * DARK)).convert("RGB")


def build(folder: Path) -> list[Image.Image]:
    """Write pairs/CLASS/NAME.webp for every motif."""
    pairs: list[Image.Image] = []
    for path, data in motifs(folder, PAIRS):
        picture = on_white(data, SIDE)
        pair = Image.new("RGB", (2 * SIDE, SIDE))
        pair.paste(lines(picture), (0, 0))
        pair.paste(picture, (SIDE, 0))
        pairs.append(pair)
        pair.save(path, quality=90, method=6)
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
