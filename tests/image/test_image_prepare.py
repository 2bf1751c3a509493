"""Every kind of file a folder may hold: converted rightly, or skipped with a reason a user can act on."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from artgen.data.scan import scan
from artgen.types import RawItem, Skipped, Source
from artgen_image.config import ImageConfig
from artgen_image.limits import UnusableError
from artgen_image.prepare import prepare, read_picture

SIZE = 16
CONFIG = ImageConfig(size=SIZE)
ORANGE = (240, 120, 20)


def solid(mode: str = "RGB", size: tuple[int, int] = (40, 40)) -> Image.Image:
    return Image.new("RGB", size, ORANGE).convert(mode)


def halves(size: tuple[int, int] = (40, 40)) -> Image.Image:
    """Orange on the left, blue on the right."""
    picture = Image.new("RGB", size, ORANGE)
    picture.paste((10, 20, 200), (size[0] // 2, 0, *size))
    return picture


def corners(data: np.ndarray) -> list[tuple[int, ...]]:
    """Colors near top left, top right, bottom left, bottom right."""
    return [tuple(int(v) for v in data[:, y, x]) for y in (2, -3) for x in (2, -3)]


def read(picture: Image.Image, path: Path, config: ImageConfig = CONFIG, **options: Any) -> np.ndarray:
    picture.save(path, **options)
    data = read_picture(path, config)
    assert data.dtype == np.uint8
    assert data.flags.c_contiguous
    return data


def near(data: np.ndarray, color: tuple[int, ...], tolerance: int = 4) -> bool:
    wanted = np.array(color).reshape(-1, 1, 1)
    return bool((np.abs(data.astype(int) - wanted) <= tolerance).all())


@pytest.mark.parametrize(
    ("mode", "name", "options"),
    [
        ("RGB", "a.png", {}),
        ("RGB", "a.jpg", {"quality": 95}),
        ("RGB", "a.jpg", {"quality": 95, "progressive": True}),
        ("RGB", "a.webp", {"lossless": True}),
        ("RGB", "a.bmp", {}),
        ("CMYK", "a.jpg", {"quality": 95}),
        ("CMYK", "a.tif", {}),
        ("YCbCr", "a.jpg", {"quality": 95}),
        ("P", "a.png", {}),
        ("P", "a.gif", {}),
        ("RGBA", "a.png", {}),
        ("RGBA", "a.webp", {"lossless": True}),
    ],
)
def test_color_modes_keep_their_color(mode: str, name: str, options: dict[str, Any], tmp_path: Path) -> None:
    data = read(solid(mode), tmp_path / name, **options)
    assert data.shape == (3, SIZE, SIZE)
    assert near(data, ORANGE, 24 if mode == "P" else 4)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_gray_becomes_three_equal_channels(mode: str, tmp_path: Path) -> None:
    data = read(Image.new("L", (40, 40), 255 if mode == "1" else 77).convert(mode), tmp_path / "gray.png")
    assert near(data, (255,) * 3 if mode == "1" else (77,) * 3, 1)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_gray_is_scaled_not_clipped(suffix: str, tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 65535, 64, dtype=np.uint16)[None], 64, 0)
    data = read(Image.fromarray(ramp), tmp_path / f"deep{suffix}")
    assert data[0, 8, 0] < 20
    assert data[0, 8, -1] > 235
    assert np.all(np.diff(data[0, 8].astype(int)) > 0)


def test_16_bit_color_png(tmp_path: Path) -> None:
    row = b"\0" + struct.pack(">3H", *(value * 257 for value in ORANGE)) * 40
    (tmp_path / "deep.png").write_bytes(png(40, 40, 16, 2, zlib.compress(row * 40)))
    assert near(read_picture(tmp_path / "deep.png", CONFIG), ORANGE, 1)


@pytest.mark.parametrize(("top", "value"), [(1.0, 0.5), (255.0, 127.5), (65535.0, 32767.5)])
def test_float_tiff_is_scaled_by_its_range(top: float, value: float, tmp_path: Path) -> None:
    field = np.full((40, 40), value, dtype=np.float32)
    field[0, 0] = top
    assert near(read(Image.fromarray(field), tmp_path / "float.tif")[:, 4:, 4:], (128,) * 3, 2)


def test_undefined_gray_values_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 40), np.nan, dtype=np.float32)).save(tmp_path / "nan.tif")
    with pytest.raises(UnusableError, match="undefined"):
        read_picture(tmp_path / "nan.tif", CONFIG)


@pytest.mark.parametrize("background", ["white", "black"])
def test_transparency_shows_the_background(background: str, tmp_path: Path) -> None:
    picture = solid("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 40, 20))
    config = ImageConfig(size=SIZE, background=background)  # type: ignore[arg-type]
    data = read(picture, tmp_path / "a.png", config)
    assert near(data[:, :6], (255,) * 3 if background == "white" else (0,) * 3)
    assert near(data[:, 10:], ORANGE)


def test_palette_with_transparent_entry(tmp_path: Path) -> None:
    picture = Image.new("P", (40, 40), 0)
    picture.putpalette([0, 0, 0, *ORANGE])
    picture.paste(1, (0, 20, 40, 40))
    data = read(picture, tmp_path / "a.png", transparency=0)
    assert near(data[:, :6], (255,) * 3)
    assert near(data[:, 10:], ORANGE)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(40, 40), (90, 40)])
def test_exif_orientation_is_undone(orientation: int, size: tuple[int, int], tmp_path: Path) -> None:
    upright = halves(size)
    upright.paste((250, 250, 250), (0, 0, size[0] // 2, size[1] // 2))  # top left white
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the inverse of each orientation as a Pillow transpose
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    config = ImageConfig(size=SIZE, width=36 if size[0] > 40 else None)
    data = read(stored, tmp_path / "turned.jpg", config, exif=exif, quality=95)
    assert data.shape == (3, *config.shape[1:])
    expected = [(250, 250, 250), (10, 20, 200), ORANGE, (10, 20, 200)]
    assert all(np.abs(np.subtract(a, b)).max() < 40 for a, b in zip(corners(data), expected, strict=True))


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_animation_gives_its_first_frame(name: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), color) for color in (ORANGE, (0, 0, 255), (0, 255, 0))]
    options: dict[str, Any] = {"lossless": True} if name.endswith("webp") else {}
    data = read(frames[0], tmp_path / name, save_all=True, append_images=frames[1:], **options)
    assert near(data, ORANGE, 2)


def test_color_profile_is_applied(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(read(solid(), tmp_path / "a.png", icc_profile=profile), ORANGE, 2)
    assert near(read(solid(), tmp_path / "b.png", icc_profile=b"not a profile"), ORANGE, 0)


def test_wide_pictures_are_cropped_in_the_middle(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 40), "red")
    picture.paste(ORANGE, (150, 0, 250, 40))
    assert near(read(picture, tmp_path / "wide.png"), ORANGE, 1)


def test_pad_keeps_everything_and_fills_with_the_background(tmp_path: Path) -> None:
    data = read(solid(size=(80, 40)), tmp_path / "wide.png", ImageConfig(size=SIZE, fit="pad"))
    assert near(data[:, :3], (255,) * 3, 0)
    assert near(data[:, 6:10], ORANGE, 1)


@pytest.mark.parametrize(("color", "channels"), [("rgb", 3), ("gray", 1)])
@pytest.mark.parametrize(("side", "jitter"), [((12, 20), 0.0), ((16, 16), 0.25)])
def test_shape_is_the_prepared_shape(
    color: str, channels: int, side: tuple[int, int], jitter: float, tmp_path: Path
) -> None:
    config = ImageConfig.model_validate({"height": side[0], "width": side[1], "color": color, "jitter": jitter})
    data = read(halves((333, 217)), tmp_path / "a.png", config)
    assert data.shape == config.prepared_shape == (channels, *(round(s * (1 + jitter)) for s in side))


def test_shrinking_is_antialiased(tmp_path: Path) -> None:
    """A one-pixel checkerboard becomes even gray, in one step and through the strips of a large picture."""
    for side in (64, 1600):
        board = (np.indices((side, side)).sum(0) % 2 * 255).astype(np.uint8)
        data = read(Image.fromarray(board), tmp_path / "board.png")
        assert np.abs(data.astype(int) - 127).max() <= 3


def test_strips_equal_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.effect_noise((500, 300), 90).convert("RGB")
    whole = read(picture, tmp_path / "a.png")
    monkeypatch.setattr("artgen_image.prepare.STRIP", 4000)
    assert np.array_equal(read_picture(tmp_path / "a.png", CONFIG), whole)


def png(width: int, height: int, depth: int, kind: int, body: bytes) -> bytes:
    """A PNG by hand, lies included."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bad_files(folder: Path) -> dict[str, str]:
    """Write files that cannot be used: name -> a word of the reason."""
    solid().save(folder / "whole.png")
    solid().save(folder / "whole.jpg")
    noise = Image.effect_noise((200, 200), 90)
    noise.save(folder / "noise.png")
    noise.save(folder / "noise.jpg")
    (folder / "cut.png").write_bytes((folder / "noise.png").read_bytes()[:9000])
    (folder / "cut.jpg").write_bytes((folder / "noise.jpg").read_bytes()[:3000])
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("shopping list: eggs, milk")
    (folder / "page.jpg").write_text("<html><body>404 not found</body></html>")
    (folder / "header_only.png").write_bytes(png(64, 64, 8, 2, b"")[:33])
    (folder / "garbage.png").write_bytes(png(64, 64, 8, 2, b"\xff" * 50))
    (folder / "bomb.png").write_bytes(png(20_000, 20_000, 1, 0, zlib.compress(bytes(2501 * 20_000), 1)))
    (folder / "below_pillows_limit.png").write_bytes(png(9_000, 9_000, 8, 2, b""))
    (folder / "dot.png").write_bytes(png(1, 1, 8, 2, zlib.compress(b"\0\1\2\3")))
    (folder / "script.ps.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (folder / "folder.png").mkdir()
    (folder / "dangling.png").symlink_to(folder / "nowhere.png")
    return {
        **{"cut.png": "truncated", "cut.jpg": "truncated", "empty.png": "zero bytes", "text.png": "not a picture"},
        **{"page.jpg": "not a picture", "header_only.png": "cut off", "garbage.png": "decoded", "bomb.png": "pixels"},
        **{
            "below_pillows_limit.png": "bomb",
            "dot.png": "1 x 1",
            "script.ps.png": "not a picture",
        },
        **{"folder.png": "not a regular file", "dangling.png": "disappeared"},
    }


def test_bad_files_are_skipped_with_a_reason_and_good_ones_survive(
    tmp_path: Path, source_of: Callable[[Path], Source]
) -> None:
    reasons = bad_files(tmp_path)
    found = list(prepare(source_of(tmp_path), CONFIG))
    skipped = {item.name: item.reason for item in found if isinstance(item, Skipped)}
    assert skipped.keys() == reasons.keys()
    for name, word in reasons.items():
        assert word in skipped[name], f"{name}: {skipped[name]}"
        assert str(tmp_path) not in skipped[name], "reasons travel with the run: no home paths"
    good = [item for item in found if isinstance(item, RawItem)]
    assert [item.origin for item in good] == ["noise.jpg", "noise.png", "whole.jpg", "whole.png"]


def test_a_large_jpeg_is_decoded_small(tmp_path: Path) -> None:
    """More pixels than max_pixels are fine where the decoder shrinks them."""
    config = ImageConfig(size=SIZE, max_pixels=200_000)
    assert near(read(solid(size=(800, 800)), tmp_path / "a.jpg", config), ORANGE)
    assert near(read(solid(size=(800, 800)), tmp_path / "b.jpg", config, progressive=True), ORANGE)
    with pytest.raises(UnusableError, match="max_pixels"):
        read(solid(size=(800, 800)), tmp_path / "c.png", config)


def test_same_files_same_items(tmp_path: Path, source_of: Callable[[Path], Source]) -> None:
    bad_files(tmp_path)
    first, second = (list(prepare(source_of(tmp_path), CONFIG)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        same = np.array_equal(a.data, b.data) if isinstance(a, RawItem) and isinstance(b, RawItem) else a == b
        assert same


def test_what_a_camera_puts_behind_a_picture_is_no_part_of_it(tmp_path: Path) -> None:
    """A film of the moment, for instance: any bytes."""
    halves().save(tmp_path / "a.jpg")
    film = np.random.default_rng(0).integers(0, 256, 2**20, np.uint8).tobytes() + b"\xff\xda" * 500
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes() + film)
    assert np.array_equal(*(read_picture(tmp_path / name, CONFIG) for name in ("a.jpg", "b.jpg")))


def test_a_photograph_that_lacks_its_end_is_used_where_most_of_it_is_there(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(noise).resize((320, 320), Image.Resampling.BICUBIC).save(whole, "JPEG", quality=95)
    data = whole.getvalue()
    for name, share in (("most.jpg", 0.9), ("half.jpg", 0.5)):
        (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    found = list(prepare(scan(tmp_path, (".jpg",), "--data"), ImageConfig(size=64)))
    (used,) = [item for item in found if isinstance(item, RawItem)]
    assert used.origin == "most.jpg"
    assert np.ptp(used.data[:, -4:].astype(int), axis=2).min() > 20, "no gray strip at its lower end"
    reasons = {item.name: item.reason for item in found if isinstance(item, Skipped)}
    assert reasons["most.jpg"].startswith("is cut off, ")
    assert reasons["most.jpg"].endswith("the rest is used")
    assert "truncated" in reasons["half.jpg"]


def test_pages_are_items_of_one_file_and_those_left_out_are_counted(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (16, 16), (number * 4, 0, 0)) for number in range(60)]
    pages[0].save(tmp_path / "scans.tif", save_all=True, append_images=pages[1:])
    found = list(prepare(scan(tmp_path, (".tif",), "--data"), ImageConfig(size=16)))
    shades = [int(item.data[0].mean()) // 4 for item in found if isinstance(item, RawItem)]
    assert (len(shades), shades[0], shades[-1]) == (32, 0, 59)
    assert shades == sorted(set(shades))
    (said,) = [item.reason for item in found if isinstance(item, Skipped)]
    assert said == "has 60 pages, of which 28 are left out here and there; the rest is used"
