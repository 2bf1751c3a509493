"""Samples to PNG files, walks to MP4 and GIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artgen.media import film_file
from artgen.types import Sample

TILE = 96  # pixels: smaller pictures are enlarged on a sheet, by a whole factor
GAP = 2
LARGEST = 384  # pixels of a picture on a sheet
FPS = 24.0  # of a walk
SMALLEST = 256  # pixels: a film of smaller pictures is enlarged, by a whole factor, because players blur small ones
MOST_GIF = 600  # frames; GIF holds them all in memory while it is written


class ImageWriter:
    """One PNG a sample, lossless, with the metadata as text chunks; a sheet is a nearly square grid on white; a walk is a film.

    ``enlarge``, ``strength``, ``enlarger``: made pictures are enlarged so many times, see ``artgen.nn.enlarge``."""

    steps = 24

    def __init__(self, enlarge: Literal[1, 2, 4] = 1, strength: float = 1.0, enlarger: str | None = None) -> None:
        self._factor: Literal[1, 2, 4] = enlarge
        self._strength = strength
        self._weights = Path(enlarger) if enlarger else None

    def finish(self, data: np.ndarray) -> np.ndarray:
        """``[c, h, w]`` uint8, enlarged."""
        if self._factor == 1:
            return data
        import torch

        from artgen.nn import enlarge

        return enlarge(torch.from_numpy(data[None]), self._factor, self._strength, self._weights)[0].numpy()

    def write(self, sample: Sample, stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        """Write ``stem`` + ``.png`` from ``[c, h, w]`` uint8."""
        chunks = PngInfo()
        for key, value in metadata.items():
            chunks.add_itxt(key[:79], value)  # 79 characters is the format's limit for a keyword
        path = stem.with_name(f"{stem.name}.png")
        to_picture(sample.data).save(path, pnginfo=chunks)
        return [path]

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        """All samples, row by row, in one PNG; large ones shrunk."""
        tiles = [_enlarged(_shrunk(to_picture(sample.data)), TILE) for sample in samples]
        width, height = (max(tile.size[axis] for tile in tiles) + GAP for axis in (0, 1))
        columns = columns or ceil(sqrt(len(tiles)))
        page = Image.new("RGB", (columns * width + GAP, ceil(len(tiles) / columns) * height + GAP), "white")
        for index, tile in enumerate(tiles):
            row, column = divmod(index, columns)
            page.paste(tile, (column * width + GAP, row * height + GAP))
        page.save(path)
        return path

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, metadata: Mapping[str, str]) -> list[Path]:
        """Write ``stem`` + ``.mp4`` (H.264) and, up to 600 frames, ``.gif``; ``fps``: 24 when None."""
        rate = fps or FPS
        film, loop = stem.with_name(f"{stem.name}.mp4"), stem.with_name(f"{stem.name}.gif")
        kept: list[Image.Image] = []
        with film_file(film, rate, {"comment": metadata.get("comment", ""), "title": "artgen"}) as write:
            for sample in samples:
                frame = _enlarged(to_picture(sample.data).convert("RGB"), SMALLEST)
                even = frame.crop((0, 0, frame.width // 2 * 2, frame.height // 2 * 2))  # what H.264's color asks for
                write(np.asarray(even))
                if len(kept) <= MOST_GIF:
                    kept.append(frame)
        if len(kept) > MOST_GIF:
            return [film]
        first, *others = kept
        duration = max(20, round(1000 / rate / 10) * 10)  # GIF counts in hundredths, and players slow down below two
        first.save(
            loop,
            save_all=True,
            append_images=others,
            duration=duration,
            loop=0,
            comment=metadata.get("comment", "").encode(),
        )
        return [film, loop]


def _shrunk(picture: Image.Image) -> Image.Image:
    """To at most LARGEST pixels a side."""
    if max(picture.size) > LARGEST:
        picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return picture


def _enlarged(picture: Image.Image, least: int) -> Image.Image:
    """By a whole factor, so that the longer side has at least ``least`` pixels."""
    factor = max(1, ceil(least / max(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def to_picture(data: np.ndarray) -> Image.Image:
    """``[3, h, w]`` or ``[1, h, w]`` uint8 to a Pillow picture."""
    return Image.fromarray(data[0] if data.shape[0] == 1 else np.ascontiguousarray(data.transpose(1, 2, 0)))
