"""Files to prepared items for the tasks that change pictures."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
import torch
from PIL import Image

from artgen import pair_files
from artgen.types import RawItem, Skipped, Source, SourceFile
from artgen_image.change import is_gray
from artgen_image.config import ImageConfig
from artgen_image.prepare import FILTERS, SMALLEST, UnusableError, each, fitted, read_picture, read_whole, to_array

_BESIDE = 1.5  # width of two pictures side by side, at least, in heights


def colored(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """For colorize: every picture that has colors, ``[3, h, w]``."""

    def item(file: SourceFile) -> list[RawItem]:
        data = read_picture(file.path, config)
        if is_gray(torch.from_numpy(data)):
            raise UnusableError("is black and white: colors are learned from pictures in color")
        return [RawItem(data, file.label, file.name)]

    return each(zip(source.files), item)


def windows(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """For style and enlarge: every picture, its shorter side shrunk to ``zoom`` prepared sizes (never enlarged beyond one),
    covered by windows of the prepared size that overlap; all of one picture are held out together."""

    def items(file: SourceFile) -> Iterator[RawItem]:
        for window in _cover(read_whole(file.path, config), config):
            yield RawItem(window, file.label, file.name)

    return each(zip(source.files), items)


def pairs(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """For translate: two folders with matching names, or files that hold source and target side by side; ``[2c, h, w]``."""

    def item(*files: SourceFile) -> list[RawItem]:
        sides = _halves(files[0], config) if len(files) == 1 else [_read(file, config) for file in files]
        ordered = sides if config.direction == "forward" else sides[::-1]
        return [RawItem(np.concatenate(ordered), None, files[0].name)]

    found = pair_files(source)
    return each(zip(source.files) if found is None else found, item)


def _read(file: SourceFile, config: ImageConfig) -> np.ndarray:
    try:
        return read_picture(file.path, config)
    except UnusableError as problem:
        raise UnusableError(f"{file.name}: {problem}") from None


def _halves(file: SourceFile, config: ImageConfig) -> list[np.ndarray]:
    """The left and the right half of one file."""
    whole = read_whole(file.path, config)
    half = whole.width // 2
    if whole.width < _BESIDE * whole.height or half < SMALLEST:
        raise UnusableError("not two pictures side by side: give such files, or two sub-folders with matching names")
    sides = [whole.crop((0, 0, half, whole.height)), whole.crop((whole.width - half, 0, whole.width, whole.height))]
    return [to_array(fitted(side, config, config.prepared_shape[1:])) for side in sides]


def _cover(whole: Image.Image, config: ImageConfig) -> Iterator[np.ndarray]:
    """Windows ``[c, h, w]`` of the prepared size, row by row, half a window apart at most."""
    _, high, wide = config.prepared_shape
    least = max(high / whole.height, wide / whole.width)  # below, a window would not fit
    share = max(least, min(1.0, config.zoom * least))
    size = (max(wide, round(whole.width * share)), max(high, round(whole.height * share)))
    picture = to_array(whole.resize(size, FILTERS[config.resample]))
    for top in _places(picture.shape[1], high):
        for left in _places(picture.shape[2], wide):
            yield np.ascontiguousarray(picture[:, top : top + high, left : left + wide])


def _places(whole: int, part: int) -> list[int]:
    count = ceil((whole - part) / max(1, part // 2)) + 1
    return [round(number * (whole - part) / max(1, count - 1)) for number in range(count)]
