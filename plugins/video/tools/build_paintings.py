"""Rebuild artgen_video/paintings from a folder of pictures: ``python build_paintings.py FOLDER``.

The folder is plugins/image/artgen_image/paintings/van_gogh of this repository, whose sources and rights its NOTICE names.
"""

import argparse
from pathlib import Path

from PIL import Image

PAINTINGS = Path(__file__).parents[1] / "artgen_video" / "paintings" / "van_gogh"
SHORT = 176  # pixels of the shorter side


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for path in sorted(parser.parse_args().folder.iterdir()):
        if path.suffix.lower() in (".jpg", ".png", ".webp"):
            with Image.open(path) as found:
                picture = found.convert("RGB")
            share = min(1, SHORT / min(picture.size))
            size = (round(picture.width * share), round(picture.height * share))
            picture.resize(size, Image.Resampling.LANCZOS).save(PAINTINGS / f"{path.stem}.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
