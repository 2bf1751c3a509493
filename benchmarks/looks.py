"""Draws what the studio shows at once of the weights that ship: a small picture beside each. To be run when weights change.

    python benchmarks/looks.py

A labelled WebP of the works of the first seeds, as the studio would draw them, up to 480 pixels wide.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from artgen.host import Host, discover
from artgen.provenance.label import stamped
from artgen.studio.playing import Opened

WIDTH = 480  # pixels: a tile of the page is less than that
QUALITY = 80


def main() -> None:
    for found in discover():
        for start in Host(found.name).domain.named_starts:
            opened = Opened(start.path)
            with tempfile.TemporaryDirectory() as folder:
                sheet = Path(folder) / "sheet.png"
                opened.sheet(sheet)
                with Image.open(sheet) as picture:
                    small = picture.convert("RGB")
            small.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
            small.save(start.look, "WEBP", quality=QUALITY, method=6)
            stamped([start.look], opened.run.metadata())
            print(f"{start.look}: {small.width} x {small.height} pixels, {start.look.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
