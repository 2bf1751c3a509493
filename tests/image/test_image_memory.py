"""Promise: what limits a picture is the memory that its decoding takes: a flat drawing of the size of a scan and a photograph of
100 megapixels are used, within a bound that is kept, and what would take more is refused by its header."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from artgen_image.config import ImageConfig
from artgen_image.limits import MEMORY, ORDINARY, ORDINARY_MEMORY, PLAIN_MEMORY, UnusableError
from artgen_image.prepare import read_picture, read_whole
from tests.bare import Bare
from tests.conftest import made_once
from tests.e2e.test_bombs import zeros
from tests.image.test_image_prepare import png

MEASURE = """
import json, os, resource, sys
from pathlib import Path
from artgen.host import Host
from artgen.types import Skipped, Source, SourceFile
host = Host("image")
def said_of(path):
    file = SourceFile(path, path.name, None)
    (item,) = host.prepare(Source(path.parent, (file,), ()), host.domain.config())
    return item.reason if isinstance(item, Skipped) else "used"
def measured(path):  # peak MiB of the process that decodes it
    here, there = os.pipe()
    if not os.fork():
        said = said_of(path)
        os.write(there, json.dumps([said, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]).encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as said:
        answer = json.loads(said.read())
    os.wait()
    return answer
usual, *paths = sorted(Path(sys.argv[1]).iterdir())
said_of(usual)
_, least = measured(usual)
print(json.dumps([[path.name, *measured(path)] for path in paths] + [["", "used", least]]))
"""


def drawing() -> Image.Image:
    """Lines on white, of a scan's size, in a palette of 16 colors."""
    picture = Image.new("P", (5000, 4000), 0)
    picture.putpalette([255, 255, 255, 0, 0, 128, *range(42)])
    pen = ImageDraw.Draw(picture)
    for number in range(30):
        pen.line((100 + number * 150, 200, 4800 - number * 120, 3800), fill=1, width=30)
    return picture


def photograph() -> Image.Image:
    """Of 101 megapixels, in squares of one color, of which a PNG is written in a second instead of nine."""
    noise = np.random.default_rng(0).integers(0, 255, (273, 364, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((11_648, 8_736), Image.Resampling.NEAREST)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photograph as a JPEG, as a progressive one and as a PNG; two workers may share the tests that read them."""

    def make(folder: Path) -> None:
        picture = photograph()
        picture.save(folder / "plain.jpg")
        picture.save(folder / "steps.jpg", progressive=True, subsampling=0)
        picture.save(folder / "whole.png", compress_level=1)

    return made_once(tmp_path_factory, "photographs", make)


def measure(bare: Bare, folder: Path) -> dict[str, tuple[str, float]]:
    """What became of each file, and how many MiB more than a usual one it took."""
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 900, 3), dtype=np.uint8)).save(
        folder / "0-usual.png"
    )
    done = bare(MEASURE, str(folder))
    assert done.returncode == 0, done.stderr
    *rows, (_, _, least) = json.loads(done.stdout.splitlines()[-1])
    print(*rows, sep="\n")
    return {name: (said, peak - least) for name, said, peak in rows}


def test_a_flat_drawing_of_the_size_of_a_scan_is_used(tmp_path: Path, bare: Bare) -> None:
    plain = drawing()
    drawn = {mode: plain if mode == "P" else plain.convert(mode) for mode in ("P", "RGB", "RGBA", "L", "1")}
    for name, mode, how in (("color.png", "RGB", {}), ("clear.png", "RGBA", {}), ("gray.png", "L", {}), ("palette.png", "P", {}),
                            ("few.gif", "P", {}), ("bits.tif", "1", {"compression": "group4"}),
                            ("color.tif", "RGB", {"compression": "tiff_lzw"}), ("plain.jpg", "RGB", {"quality": 30}),
                            ("steps.jpg", "RGB", {"progressive": True, "quality": 30})):  # fmt: skip
        drawn[mode].save(tmp_path / name, **{"compress_level": 1, **how})
    found = measure(bare, tmp_path)
    assert len(found) == 9
    assert {said for said, _ in found.values()} == {"used"}
    assert max(more for _, more in found.values()) < 100, "as every bomb"


def test_a_wallpaper_of_any_format_is_used(tmp_path: Path, bare: Bare) -> None:
    """One of the largest usual size, and a flat one, which takes next to no bytes: neither is a bomb in any format."""
    side = 4096
    assert side * side == ORDINARY
    flat = Image.new("RGB", (side, side), (40, 90, 160))
    dull = Image.radial_gradient("L").resize((side, side))  # as a blurred photograph: 28 pixels a byte as WebP
    dull = Image.merge("RGB", (dull, Image.new("L", dull.size, 90), dull))
    dull.save(tmp_path / "dull.webp", method=0)
    flat.convert("RGBA").save(tmp_path / "clear.webp", method=0)
    flat.save(tmp_path / "flat.avif", speed=10)
    flat.save(tmp_path / "steps.jpg", progressive=True)
    flat.save(tmp_path / "flat.png", compress_level=1)
    flat.save(tmp_path / "flat.jp2")
    found = measure(bare, tmp_path)
    assert len(found) == 6
    assert {said for said, _ in found.values()} == {"used"}
    assert max(more for _, more in found.values()) < ORDINARY_MEMORY / 2**20


def test_a_flat_picture_that_takes_more_than_any_wallpaper_is_refused(tmp_path: Path) -> None:
    """643 bytes that would take 400 MiB."""
    Image.new("RGBA", (4096, 4096), (40, 90, 160, 90)).save(tmp_path / "clear.jp2")
    with pytest.raises(UnusableError, match=r"4096 x 4096 pixels in \d+ bytes, as in a decompression bomb"):
        read_picture(tmp_path / "clear.jp2", ImageConfig())


def test_the_buffers_of_a_decoder_make_no_bomb(tmp_path: Path) -> None:
    """A blurred photograph each byte of which tells of about fifty pixels: as PNG of so many bytes it was used, as WebP not."""
    path, (width, height) = tmp_path / "soft.webp", (5000, 4000)
    soft = Image.effect_noise((160, 128), 60).resize((width, height), Image.Resampling.BICUBIC)
    soft.convert("RGB").save(path, method=0, quality=40)
    assert width * height > ORDINARY
    assert width * height * 4 < 400 * path.stat().st_size < width * height * 16
    assert read_picture(path, ImageConfig()).shape == (3, 32, 32)


def test_a_photograph_of_a_hundred_megapixels_is_used(tmp_path: Path, bare: Bare, photographs: Path) -> None:
    for path in photographs.iterdir():
        (tmp_path / path.name).symlink_to(path)
    found = measure(bare, tmp_path)
    assert [said for said, _ in found.values()] == ["used"] * 3
    assert max(more for _, more in found.values()) < MEMORY / 2**20
    assert found["plain.jpg"][1] < 50, "which is decoded at an eighth of its size"


@pytest.mark.parametrize(("name", "size", "why"), [
    ("flat.png", (8_000, 8_000), "as in a decompression bomb: save it as PNG, or with fewer pixels"),
    ("flat.webp", (4_500, 4_000), "as in a decompression bomb"),
])  # fmt: skip
def test_what_holds_next_to_nothing_may_take_less(tmp_path: Path, name: str, size: tuple[int, int], why: str) -> None:
    if name.endswith("png"):
        (tmp_path / name).write_bytes(png(*size, 8, 2, zeros(size[1] * (3 * size[0] + 1))))
    else:
        Image.new("RGB", size).save(tmp_path / name)
    with pytest.raises(UnusableError, match=why):
        read_picture(tmp_path / name, ImageConfig())
    assert size[0] * size[1] * 4 < MEMORY
    assert size[0] * size[1] * (16 if name.endswith("webp") else 4) > PLAIN_MEMORY


def test_what_would_take_more_is_refused_before_it_is_decoded(photographs: Path) -> None:
    """Whole, a progressive JPEG takes its coefficients and its pixels; the reason is the memory and no damage."""
    with pytest.raises(UnusableError, match="needs 970 MiB to decode, above 700: shrink it"):
        read_whole(photographs / "steps.jpg", ImageConfig())
