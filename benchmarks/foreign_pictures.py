"""Pictures that no start was trained on, to try starts on: ``python benchmarks/foreign_pictures.py PACKAGES OUT``.

PACKAGES: a folder of packages of Debian 12, each unpacked by ``apt-get download NAME && dpkg-deb -x NAME_*.deb PACKAGES/NAME``:
those named below, gcompris-qt-data and tuxpaint-stamps-default. Their licences (GPL, share-alike) let them be tried on and not be
shipped, so they are in no weights. The stamps are drawn by rsvg-convert (``apt-get install librsvg2-bin``).

OUT gets five folders to learn from and, with every third work, five to be judged by: ``outdoors`` and ``outdoors_held``, windows
of 45 photographs; ``paintings``, windows of 22 old paintings and prints; ``stamps``, drawings of things; ``words``, drawings for
children; ``cutouts``, animals cut out of photographs, some drawn: ``artgen run --plugin image --data OUT/outdoors ...``,
``artgen evaluate RUN --against OUT/outdoors_held``.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins" / "image" / "tools"))
from rcc import read_rcc  # pyright: ignore[reportMissingImports]

LONGEST = 700  # pixels
HELD = 3  # every third work is held
SMALLEST = 56  # pixels of a piece of a painting
STAMP = 300  # pixels of a drawing
# package and path in usr/share, or an activity of gcompris and the picture in its resource file
PHOTOGRAPHS = """
plasma-workspace-wallpapers wallpapers/FallenLeaf/contents/images/2560x1600.jpg
gcompris details image/Nagoya_background
plasma-workspace-wallpapers wallpapers/OneStandsOut/contents/images/2560x1600.jpg
lxqt-themes lxqt/wallpapers/fog.jpg
lxqt-themes lxqt/wallpapers/this-is-not-windows.jpg
gcompris details image/GizahPyramids_background
gcompris details image/NDP_background
gcompris details image/EgeskovSlotSpejling_background
lxqt-themes lxqt/wallpapers/flowers.png
gcompris explore_monuments wonders/chichenItza
gcompris details image/Neuschwanstein_background
palapeli-data palapeli/collection/cincinnati-bridge.jpg
gcompris details image/Louvre_2007_02_24_c_background
gcompris details image/TourEiffel_background
lxqt-themes lxqt/themes/silver/beam.png
plasma-workspace-wallpapers wallpapers/summer_1am/contents/images/2560x1600.jpg
mate-backgrounds backgrounds/mate/nature/Storm.jpg
mate-backgrounds backgrounds/mate/nature/Dune.jpg
gcompris details image/Chenonceau_background
gcompris details image/TowerBridgeLondon_background
plasma-workspace-wallpapers wallpapers/BytheWater/contents/images/2560x1600.jpg
plasma-workspace-wallpapers wallpapers/EveningGlow/contents/images/2560x1600.jpg
plasma-workspace-wallpapers wallpapers/Volna/contents/images/5120x2880.jpg
plasma-workspace-wallpapers wallpapers/ColdRipple/contents/images/2560x1600.jpg
lxqt-themes lxqt/wallpapers/after-the-rain.jpg
mate-backgrounds backgrounds/mate/desktop/Ubuntu-Mate-Cold-no-logo.png
gcompris explore_monuments germany/aulaPalatina
palapeli-data palapeli/collection/castle-maintenon.jpg
gcompris explore_monuments wonders/christTheRedeemer
lomiri-wallpapers-20.04 backgrounds/Infinite-Sea_by_Aury88.jpg
plasma-workspace-wallpapers wallpapers/Path/contents/images/2560x1600.jpg
gcompris explore_monuments wonders/tajMahal
gcompris details image/TajMahal_background
gcompris details image/FanoeWindmill_background
plasma-workspace-wallpapers wallpapers/DarkestHour/contents/images/2560x1600.jpg
plasma-workspace-wallpapers wallpapers/Kite/contents/images/2560x1600.jpg
mate-backgrounds backgrounds/mate/nature/GreenMeadow.jpg
lomiri-wallpapers-16.04 backgrounds/Bridge_by_Sander_Klootwijk.jpg
gcompris details image/OperaSidney_background
mate-backgrounds backgrounds/mate/desktop/Ubuntu-Mate-Radioactive-no-logo.png
gcompris categorization images/renewable/windmill6
lxqt-themes lxqt/wallpapers/cloud.png
gcompris details image/EilanDonanCastle_background
lomiri-wallpapers-16.04 backgrounds/Dragonfly_by_Bolly.jpg
lxqt-themes lxqt/wallpapers/Valendas.png
"""


def photographs(packages: Path) -> Iterator[Image.Image]:
    """Every photograph, its longer side at most LONGEST."""
    for line in PHOTOGRAPHS.split("\n"):
        package, _, path = line.partition(" ")
        if package == "gcompris":
            activity, _, name = path.partition(" ")
            file = packages / f"gcompris-qt-data/usr/share/gcompris-qt/rcc/{activity}.rcc"
            data = dict(read_rcc(file))[f"gcompris/src/activities/{activity}/resource/{name}.webp"]
            picture = Image.open(io.BytesIO(data)).convert("RGB")
        elif package:
            picture = Image.open(packages / package / "usr/share" / path).convert("RGB")
        else:
            continue
        picture.thumbnail((LONGEST, LONGEST))
        yield picture


def windows(picture: Image.Image, chance: random.Random) -> Iterator[Image.Image]:
    """The full height at the left, in the middle and at the right, then three quarters of it; a tall picture likewise."""
    (width, height), short = picture.size, min(picture.size)
    for share in (1.0, 0.75):
        side = int(short * share)
        for step in range(3):
            if share == 1.0 and max(width, height) - short < 0.15 * short and step:
                continue
            wide = width >= height
            x = (width - side) * step // 2 if wide else (width - side) // 2
            y = chance.randint(0, height - side) if wide else (height - side) * step // 2
            yield picture.crop((x, y, x + side, y + side))


def paintings(packages: Path) -> Iterator[tuple[str, str, Image.Image]]:
    """(painting, piece, largest square inside) of every piece of the puzzles of gcompris; a Van Gogh that was trained on is not
    among them."""
    for inside, data in read_rcc(packages / "gcompris-qt-data/usr/share/gcompris-qt/rcc/paintings.rcc"):
        piece = Path(inside).stem
        if not inside.endswith(".webp") or piece.startswith("gogh"):
            continue
        square = _square(Image.open(io.BytesIO(data)).convert("RGBA"))
        if square is not None and square.width >= SMALLEST:
            yield re.sub(r"[_-]([a-e]?\d)$", "", piece), piece, square


def drawings(packages: Path) -> Iterator[tuple[str, Iterator[Image.Image]]]:
    """(folder, its drawings; all but the words in an order of chance)."""
    stamps = packages / "tuxpaint-stamps-default/usr/share/tuxpaint/stamps"
    words = packages / "gcompris-qt-data/usr/share/gcompris-qt/rcc/lang.rcc"
    yield "stamps", filter(None, map(_drawn, _shuffled(stamps.rglob("*.svg"))))
    yield "words", (Image.open(io.BytesIO(data)) for name, data in read_rcc(words) if name.endswith(".webp"))
    yield "cutouts", map(Image.open, _shuffled((stamps / "animals").rglob("*.png")))


def _shuffled(files: Iterable[Path]) -> list[Path]:
    found = sorted(files)
    random.Random(1).shuffle(found)
    return found


def _drawn(file: Path) -> Image.Image | None:
    """None for a drawing that rsvg-convert cannot draw."""
    made = subprocess.run(["rsvg-convert", "-w", str(STAMP), "-a", file], capture_output=True, check=False)
    return None if made.returncode else Image.open(io.BytesIO(made.stdout))


def on_white(drawing: Image.Image) -> Image.Image:
    """A square with the drawing in its middle."""
    drawing = drawing.convert("RGBA")
    drawing.thumbnail((STAMP, STAMP))
    side = int(max(drawing.size) * 1.08)
    found = Image.new("RGBA", (side, side), (255, 255, 255, 255))
    found.alpha_composite(drawing, ((side - drawing.width) // 2, (side - drawing.height) // 2))
    return found.convert("RGB")


def _square(piece: Image.Image) -> Image.Image | None:
    """The largest square of a piece that shows nothing but painting."""
    shares = [step / 4 for step in range(5)]
    for share in (1, 0.9, 0.8, 0.72, 0.65, 0.6, 0.55, 0.5):
        side = int(min(piece.size) * share)
        for right in shares:
            for down in shares:
                x, y = int((piece.width - side) * right), int((piece.height - side) * down)
                cut = piece.crop((x, y, x + side, y + side))
                if cut.getchannel("A").getextrema()[0] > 250:
                    return cut.convert("RGB")
    return None


def main() -> None:
    """Write all ten folders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    words = parser.parse_args()
    for name in ("outdoors", "outdoors_held", "paintings", "paintings_held"):
        (words.out / name).mkdir(parents=True)
    for number, picture in enumerate(photographs(words.packages)):
        folder = words.out / ("outdoors_held" if number % HELD == HELD - 1 else "outdoors")
        for place, window in enumerate(windows(picture, random.Random(number))):
            window.save(folder / f"{number:02}-{place}.jpg", quality=93)
    pieces = list(paintings(words.packages))
    works = sorted({work for work, _, _ in pieces})
    random.Random(1).shuffle(works)
    for work, piece, square in pieces:
        held = works.index(work) % HELD == HELD - 1
        square.save(words.out / ("paintings_held" if held else "paintings") / f"{piece}.png")
    for name, found in drawings(words.packages):
        for number, drawing in enumerate(found):
            folder = words.out / (f"{name}_held" if number % HELD == HELD - 1 else name)
            folder.mkdir(exist_ok=True)
            on_white(drawing).save(folder / f"{number:03}.png")
    for folder in sorted(words.out.iterdir()):
        print(f"{folder.name}: {len(list(folder.iterdir()))}")


if __name__ == "__main__":
    main()
