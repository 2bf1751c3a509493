"""Rebuild artgen_image/photographs and artgen_image/paintings from Debian's gcompris-qt-data 3.1-2; same package, same bytes.

    apt-get download gcompris-qt-data=3.1-2 && dpkg-deb -x gcompris-qt-data_3.1-2_all.deb FOLDER
    pip install pillow==13.0.0
    python build_works.py FOLDER

works.txt lists what is taken, with its licence as the README beside it in the resource file states it (Debian's copyright file
of the package lists files of older releases): resource file, path inside, class, licence.
"""

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from rcc import read_rcc

PLUGIN = Path(__file__).parents[1] / "artgen_image"
INSIDE = "gcompris/src/activities/{}/resource/{}.webp"
SHORT = {"photographs": 144, "paintings": 400}  # pixels of the shorter side, never enlarged
QUALITY = {"photographs": 76, "paintings": 86}


def main() -> None:
    """Write every work and say how much it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the package was unpacked")
    rcc = parser.parse_args().folder / "usr" / "share" / "gcompris-qt" / "rcc"
    rows = [line.split() for line in (Path(__file__).parent / "works.txt").read_text().splitlines()]
    files = {name: dict(read_rcc(rcc / f"{name}.rcc")) for name in sorted({row[0] for row in rows})}
    for kind in SHORT:
        for old in (PLUGIN / kind).glob("*/"):
            shutil.rmtree(old)
    for resource, path, label, _ in rows:
        kind = "paintings" if label == "van_gogh" else "photographs"
        folder = PLUGIN / kind / label
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{Path(path).parent.name}_{Path(path).name}" if kind == "photographs" else Path(path).name
        with Image.open(io.BytesIO(files[resource][INSIDE.format(resource, path)])) as picture:
            small = shrunk(picture.convert("RGB"), SHORT[kind])
        small.save(folder / f"{name.removesuffix('_background')}.webp", quality=QUALITY[kind], method=6)
    for kind in SHORT:
        written = list((PLUGIN / kind).rglob("*.webp"))
        print(f"{kind}: {len(written)} files, {sum(file.stat().st_size for file in written) / 1e6:.2f} MB")


def shrunk(picture: Image.Image, short: int) -> Image.Image:
    """The picture with a shorter side of at most ``short`` pixels."""
    share = min(1.0, short / min(picture.size))
    return picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
