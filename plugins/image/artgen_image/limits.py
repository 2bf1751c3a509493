"""What a file may cost, said by its size and its header before a pixel is decoded."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from artgen.media import picture_trap
from artgen_image.config import ImageConfig

MAX_BYTES = 200 * 2**20  # of a file; some decoders read it whole
SMALLEST = 8  # pixels; less than this is an icon's bullet or a tracking pixel
# bytes of memory that decoding may take: a photograph of 100 megapixels takes 400 MB as PNG, 610 MB as progressive JPEG;
# of a file that holds next to nothing less: a flat drawing of 5000 x 4000 pixels takes 80 MB as PNG
MEMORY, PLAIN_MEMORY = 700 * 2**20, 240 * 2**20
# pixels of a wallpaper, which may be one color, and the memory that it may take: 256 MiB as WebP, 323 as JPEG 2000; as JPEG 2000
# with alpha, which nobody's wallpaper is, it would take 410
ORDINARY, ORDINARY_MEMORY = 4096 * 4096, 330 * 2**20
# bytes that the content of any other picture may take, for each of the file: photographs take about 20, drawings 80. Buffers of a
# decoder are no content: they say which format a file has, and nothing of what is in it
MEMORY_PER_BYTE = 400
ONE_BYTE, TWO_BYTES = ("1", "L", "P"), ("I;16", "I;16L", "I;16B", "I;16N")  # a pixel in Pillow's modes; four in others
BUFFERS = {"WEBP": 12, "HEIF": 5}  # bytes a pixel that a decoder holds beside
BUFFERS_A_BAND = {"AVIF": 1.9, "JPEG2000": 5.4}  # and such that hold more of a picture in color or with alpha


class UnusableError(Exception):
    """Why a file cannot be used, in words for the user."""


def check_file(path: Path) -> int:
    """Size in bytes of a file that is worth opening."""
    if not path.is_file() and path.exists():
        raise UnusableError("not a regular file")
    size = path.stat().st_size
    if size == 0:
        raise UnusableError("empty file (zero bytes): copy it again")
    if size > MAX_BYTES:
        raise UnusableError(f"larger than {MAX_BYTES // 2**20} MiB: shrink it")
    if trap := picture_trap(path):
        raise UnusableError(trap)
    return size


def check_header(image: Image.Image, size: int, config: ImageConfig, whole: bool) -> None:
    """Refuse by the header what would cost too much or give nothing, before a pixel is decoded.

    A JPEG that is not wanted ``whole`` is asked to decode at an eighth to full size, whatever is enough, and counts as what it
    becomes.
    """
    coded = image.size
    if min(image.size) < SMALLEST:
        raise UnusableError(f"only {image.width} x {image.height} pixels, {SMALLEST} a side are needed")
    if not whole and image.format in ("JPEG", "MPO"):
        _, h, w = config.prepared_shape
        image.draft(None, (3 * max(h, w), 3 * max(h, w)))
    pixels = image.width * image.height
    if pixels > config.max_pixels:
        raise UnusableError(f"{image.width} x {image.height} pixels, above max_pixels={config.max_pixels}: shrink it")
    content = _content(image, coded)
    needed = content + _buffers(image)
    if needed > MEMORY:
        raise UnusableError(f"needs {needed // 2**20} MiB to decode, above {MEMORY // 2**20}: shrink it")
    most = ORDINARY_MEMORY if coded[0] * coded[1] <= ORDINARY else PLAIN_MEMORY
    if needed > most and content > MEMORY_PER_BYTE * size:
        raise UnusableError(
            f"{coded[0]} x {coded[1]} pixels in {size:,} bytes, as in a decompression bomb: save it as PNG, or with fewer "
            "pixels"
        )


def _content(image: Image.Image, coded: tuple[int, int]) -> int:
    """Bytes that what is in a file takes, decoded. ``coded``: its width and height, of which fewer pixels may be decoded."""
    kept = 1 if image.mode in ONE_BYTE else 2 if image.mode in TWO_BYTES else 4
    coefficients = 2 * len(image.getbands()) * coded[0] * coded[1]  # of a progressive JPEG, which holds all at once
    return image.width * image.height * kept + (coefficients if image.info.get("progressive") else 0)


def _buffers(image: Image.Image) -> int:
    """Bytes that the decoder of its format holds beside, about."""
    kind = image.format or ""
    a_pixel = BUFFERS.get(kind, 0) + BUFFERS_A_BAND.get(kind, 0) * len(image.getbands())
    return round(image.width * image.height * a_pixel)
