"""Files to prepared items for the tasks that change pictures."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
import torch
from PIL import Image, ImageFilter

from artgen import pair_files
from artgen.types import RawItem, Skipped, Source, SourceFile
from artgen_image.change import is_gray
from artgen_image.config import ImageConfig
from artgen_image.limits import SMALLEST, UnusableError
from artgen_image.prepare import FILTERS, each, fitted, read_picture, read_whole, to_array

_BESIDE = 1.5  # width of two pictures side by side, at least, in heights
_LARGER = 1.5  # style: how far a small picture is enlarged, so that strokes are large enough to be learned
_STROKE = (1, 4)  # pixels: radii between which the width of a stroke lies
_TILES, _FULL = 6, 0.55  # tiles to a side of a window; share of the windows that is taken
_DARK = 30  # added to the light: in the dark every grain would be a stroke


def colored(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """For colorize: every picture that has colors, ``[3, h, w]``."""

    def item(file: SourceFile) -> list[RawItem]:
        data = read_picture(file.path, config)
        if is_gray(torch.from_numpy(data)):
            raise UnusableError("is black and white: colors are learned from pictures in color")
        return [RawItem(data, file.label, file.name)]

    return each(zip(source.files), item)


def windows(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """For style and enlarge: every picture, its shorter side shrunk to ``zoom`` prepared sizes, covered by windows of that
    size that overlap; all of one picture are held out together. It is not enlarged beyond what one window needs, for style up to
    ``_LARGER`` times. Of works of the style the windows that are fullest of strokes are taken: results get strokes on even
    ground too."""

    def items(file: SourceFile) -> Iterator[RawItem]:
        whole = _sized(read_whole(file.path, config), config, _LARGER if config.task == "style" else 1.0)
        places = _cover(whole, config)
        picture, (_, high, wide) = to_array(whole), config.prepared_shape
        for top, left in _fullest(whole, places, (high, wide)) if source.style else places:
            window = picture[:, top : top + high, left : left + wide]
            yield RawItem(np.ascontiguousarray(window), file.label, file.name)

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


def _sized(whole: Image.Image, config: ImageConfig, most: float) -> Image.Image:
    """The picture with a shorter side of ``zoom`` prepared sizes, enlarged ``most`` times at most."""
    _, high, wide = config.prepared_shape
    least = max(high / whole.height, wide / whole.width)  # below, a window would not fit
    share = max(least, min(most, config.zoom * least))
    size = (max(wide, round(whole.width * share)), max(high, round(whole.height * share)))
    return whole.resize(size, FILTERS[config.resample])


def _cover(whole: Image.Image, config: ImageConfig) -> list[tuple[int, int]]:
    """Top and left of windows of the prepared size, row by row, half a window apart at most."""
    _, high, wide = config.prepared_shape
    return [(top, left) for top in _places(whole.height, high) for left in _places(whole.width, wide)]


def _fullest(whole: Image.Image, places: list[tuple[int, int]], size: tuple[int, int]) -> list[tuple[int, int]]:
    """The share ``_FULL`` of the places whose windows hold the strongest strokes: contrast of about their width beside the light,
    in the middle one of the window's tiles, so that a single edge counts for nothing."""
    light = whole.convert("L")
    fine, coarse = (np.asarray(light.filter(ImageFilter.GaussianBlur(pixels)), np.float32) for pixels in _STROKE)
    band, values, tile = fine - coarse, np.asarray(light, np.float32), max(1, min(size) // _TILES)

    def strength(place: tuple[int, int]) -> float:
        window = np.s_[place[0] : place[0] + size[0] // tile * tile, place[1] : place[1] + size[1] // tile * tile]
        tiles = band[window].reshape(size[0] // tile, tile, size[1] // tile, tile)
        return float(np.median(tiles.std((1, 3))) / (values[window].mean() + _DARK))

    return sorted(sorted(places, key=strength, reverse=True)[: max(1, round(_FULL * len(places)))])


def _places(whole: int, part: int) -> list[int]:
    count = ceil((whole - part) / max(1, part // 2)) + 1
    return [round(number * (whole - part) / max(1, count - 1)) for number in range(count)]
