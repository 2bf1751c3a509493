"""Sprites and sprite sheets to items, samples to indexed PNG files, walks to GIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from artgen import Opened, RawItem, Sample, Skipped, Source
from artgen.types import SourceFile

LARGEST = 4096  # pixels a side of a file that is read
SMALLEST = 8  # dots a side of one that is changed
ZOOMS = range(16, 0, -1)
FPS = 12.0
MOST = 600  # frames of a walk: a GIF is held in memory while it is written


def prepare(source: Source, size: int) -> Iterator[RawItem | Skipped]:
    """``[4, size, size]`` uint8 RGBA, row by row of each sheet; squares of one color are gaps between sprites and left out."""
    for file in source.files:
        pixels = read(file.path)
        if isinstance(pixels, str):
            yield Skipped(file.name, pixels)
            continue
        tiles = list(cut(shrunk(pixels, size), size))
        if not tiles:
            high, wide = pixels.shape[:2]
            yield Skipped(
                file.name, f"{wide} x {high} pixels hold no sprite of {size} x {size}; set size, or cut the sheet"
            )
        for number, tile in tiles:
            yield RawItem(tile, file.label, f"{file.name}:{number}")


def whole(file: SourceFile) -> Opened | Skipped:
    """A drawing of any size, ``[4, h, w]`` uint8, each dot once."""
    pixels = read(file.path)
    if isinstance(pixels, str):
        return Skipped(file.name, pixels)
    dots = shrunk(pixels, 1)
    if min(dots.shape[:2]) < SMALLEST:
        return Skipped(file.name, f"holds {dots.shape[1]} x {dots.shape[0]} dots, {SMALLEST} a side are needed")
    return Opened(iter([np.ascontiguousarray(dots.transpose(2, 0, 1))]))


def read(path: Path) -> np.ndarray | str:
    """``[h, w, 4]`` uint8, black where it is fully transparent; or why it cannot be."""
    try:
        with Image.open(path, formats=("PNG", "GIF")) as picture:
            if max(picture.size) > LARGEST:
                return f"larger than {LARGEST} pixels"
            pixels = np.asarray(picture.convert("RGBA"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "not a PNG or GIF picture"
    return pixels * (pixels[..., 3:] > 0)


def shrunk(pixels: np.ndarray, size: int) -> np.ndarray:
    """Pixel art that was blown up, dot by dot, at its true size, if that holds whole sprites; else as it is."""
    for zoom in ZOOMS:
        small = pixels[::zoom, ::zoom]
        if small.shape[0] % size or small.shape[1] % size or pixels.shape[0] % zoom or pixels.shape[1] % zoom:
            continue
        if np.array_equal(small.repeat(zoom, 0).repeat(zoom, 1), pixels):
            return small
    return pixels


def cut(pixels: np.ndarray, size: int) -> Iterator[tuple[int, np.ndarray]]:
    """The squares of a sheet that are not of one color, each ``[4, size, size]``, with their numbers from 1."""
    across = pixels.shape[1] // size
    for number in range(across * (pixels.shape[0] // size)):
        row, column = number // across * size, number % across * size
        tile = pixels[row : row + size, column : column + size]
        if (tile != tile[0, 0]).any():
            yield number + 1, np.ascontiguousarray(tile.transpose(2, 0, 1))


class SpriteWriter:
    """One indexed PNG a sprite, ``zoom`` pixels for each dot, transparent where the sprite is; walks as GIF."""

    steps = 8

    def __init__(self, zoom: int) -> None:
        self.zoom = zoom

    def write(self, sample: Sample, stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        """Write ``stem`` + ``.png`` from ``[4, size, size]`` uint8."""
        chunks = PngInfo()
        for key, value in metadata.items():
            chunks.add_itxt(key[:79], value)
        path = stem.with_name(f"{stem.name}.png")
        indexed(_dots(sample), self.zoom).save(path, pnginfo=chunks)
        return [path]

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        """All sprites in rows, with a gap of half a sprite's quarter between them, on a quiet gray."""
        large = [Image.fromarray(_dots(s).repeat(self.zoom, 0).repeat(self.zoom, 1)) for s in samples]
        tiles = [ImageOps.expand(picture, self.zoom * 2, (0, 0, 0, 0)) for picture in large]
        wide, high = tiles[0].size
        columns = columns or ceil(sqrt(len(tiles)))
        page = Image.new("RGBA", (columns * wide, ceil(len(tiles) / columns) * high), (226, 224, 218, 255))
        for number, tile in enumerate(tiles):
            page.alpha_composite(tile, (number % columns * wide, number // columns * high))
        page.convert("RGB").save(path)
        return path

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, metadata: Mapping[str, str]) -> list[Path]:
        """Write ``stem`` + ``.gif``, 12 sprites a second when ``fps`` is None, 600 at most."""
        frames = [indexed(_dots(sample), self.zoom) for sample, _ in zip(samples, range(MOST), strict=False)]
        path = stem.with_name(f"{stem.name}.gif")
        pace = max(20, round(100 / (fps or FPS)) * 10)  # GIF counts in hundredths of a second
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=pace, loop=0, disposal=2,
                       comment=metadata.get("comment", "").encode())  # fmt: skip
        return [path]


def _dots(sample: Sample) -> np.ndarray:
    """``[h, w, 4]``"""
    return np.ascontiguousarray(sample.data.transpose(1, 2, 0))


def indexed(pixels: np.ndarray, zoom: int = 1) -> Image.Image:
    """``[h, w, 4]`` uint8 of at most 256 colors as a picture with a palette, each dot ``zoom`` pixels a side, lossless."""
    colors, index = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    picture = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1))
    picture.putpalette(colors.tobytes(), "RGBA")
    return picture
