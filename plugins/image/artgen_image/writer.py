"""Samples to PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artgen.types import Sample

TILE = 96  # pixels: smaller pictures are enlarged on a sheet, by a whole factor
GAP = 2


class ImageWriter:
    """One PNG a sample, lossless, with the notes as text chunks; a sheet is a nearly square grid on white."""

    def write(self, sample: Sample, stem: Path, notes: Mapping[str, str]) -> list[Path]:
        """Write ``stem`` + ``.png`` from ``[c, h, w]`` uint8."""
        chunks = PngInfo()
        for key, value in notes.items():
            chunks.add_itxt(key[:79], value)  # 79 characters is the format's limit for a keyword
        path = stem.with_name(f"{stem.name}.png")
        to_picture(sample.data).save(path, pnginfo=chunks)
        return [path]

    def sheet(self, samples: Sequence[Sample], path: Path) -> Path:
        """All samples, row by row, in one PNG."""
        pictures = [to_picture(sample.data) for sample in samples]
        factor = max(1, ceil(TILE / max(pictures[0].size)))
        width, height = (side * factor + GAP for side in pictures[0].size)
        columns = ceil(sqrt(len(pictures)))
        page = Image.new("RGB", (columns * width + GAP, ceil(len(pictures) / columns) * height + GAP), "white")
        for index, picture in enumerate(pictures):
            row, column = divmod(index, columns)
            tile = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
            page.paste(tile, (column * width + GAP, row * height + GAP))
        page.save(path)
        return path


def to_picture(data: np.ndarray) -> Image.Image:
    """``[3, h, w]`` or ``[1, h, w]`` uint8 to a Pillow picture."""
    return Image.fromarray(data[0] if data.shape[0] == 1 else np.ascontiguousarray(data.transpose(1, 2, 0)))
