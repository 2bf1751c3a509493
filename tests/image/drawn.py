"""Drawings as a person makes them by hand, the same at every call: small folders of things, each in one technique."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 192
COLORS = ((214, 69, 65), (58, 123, 190), (243, 186, 47), (72, 160, 90), (150, 88, 160), (240, 130, 60))
Shape = list[tuple[float, float]]


def _around(x: float, y: float, wide: float, high: float, corners: int = 24) -> Shape:
    return [(x + wide * np.cos(a), y + high * np.sin(a)) for a in np.linspace(0, 2 * np.pi, corners, endpoint=False)]


def _things(rng: np.random.Generator) -> list[Shape]:
    """The closed outlines of a house, a fish, a flower, a kite or a cat, in 0 to 1."""
    w, h = rng.uniform(0.16, 0.26, 2)
    wall = [(0.5 - w, 0.5), (0.5 + w, 0.5), (0.5 + w, 0.5 + h), (0.5 - w, 0.5 + h)]
    fin = [(0.43 + w, 0.5), (0.6 + w, 0.38), (0.6 + w, 0.62)]
    petals = [_around(0.5 + w * np.cos(a), 0.4 + w * np.sin(a), 0.09, 0.09) for a in range(6)]
    ears = [(0.36, 0.3), (0.38, 0.14), (0.46, 0.22)], [(0.54, 0.22), (0.62, 0.14), (0.64, 0.3)]
    return (
        [wall, [(0.45 - w, 0.5), (0.5, 0.5 - h), (0.55 + w, 0.5)]],
        [_around(0.45, 0.5, w, 0.6 * w), fin, _around(0.36, 0.47, 0.025, 0.025)],
        [*petals, _around(0.5, 0.4, 0.07, 0.07)],
        [[(0.5, 0.35 - h), (0.5 + w, 0.4), (0.5, 0.5 + h), (0.5 - w, 0.4)], [(0.48, 0.7), (0.56, 0.74), (0.46, 0.8)]],
        [_around(0.5, 0.65, w, h), _around(0.5, 0.35, 0.15, 0.14), *ears],
    )[rng.integers(5)]


def _drawn(rng: np.random.Generator, shape: Shape, wobble: float) -> list[tuple[float, float]]:
    """Its outline in pixels, by a hand that is not steady, somewhere else on the sheet."""
    points = np.array([*shape, shape[0]])
    steps = np.concatenate([np.linspace(a, b, 8, endpoint=False) for a, b in pairwise(points)])
    return [(float(x), float(y)) for x, y in (steps + rng.normal(0, wobble, steps.shape)) * SIDE]


def _paper(rng: np.random.Generator) -> np.ndarray:
    grain = Image.fromarray(rng.normal(128, 40, (SIDE, SIDE)).clip(0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(1)
    )
    return np.array([246, 242, 232]) + (np.asarray(grain, np.float32) - 128)[..., None] * 0.4


def ink(rng: np.random.Generator) -> Image.Image:
    """A black pen on white."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(picture)
    for shape in _things(rng):
        pen.line(_drawn(rng, shape, 0.002), fill=(20, 18, 22), width=int(rng.integers(2, 4)))
    return picture


def crayon(rng: np.random.Generator) -> Image.Image:
    """Broad, broken strokes of colors on paper."""
    sheet, tooth = _paper(rng), rng.random((SIDE, SIDE)) > 0.35
    for shape in _things(rng):
        wax = Image.new("L", (SIDE, SIDE))
        pen = ImageDraw.Draw(wax)
        pen.line(_drawn(rng, shape, 0.004), fill=255, width=4)
        inside = Image.new("L", (SIDE, SIDE))
        ImageDraw.Draw(inside).polygon([(x * SIDE, y * SIDE) for x, y in shape], fill=255)
        for x in range(-SIDE, SIDE, 6):
            stroke = Image.new("L", (SIDE, SIDE))
            ImageDraw.Draw(stroke).line([(x, SIDE), (x + SIDE, 0)], fill=230, width=3)
            wax.paste(stroke, mask=Image.fromarray(np.minimum(np.asarray(stroke), np.asarray(inside))))
        share = (np.asarray(wax, np.float32) / 255 * tooth * 0.85)[..., None]
        sheet = sheet * (1 - share) + share * np.array(COLORS[rng.integers(6)])
    return Image.fromarray(sheet.clip(0, 255).astype(np.uint8))


def sprite(rng: np.random.Generator) -> Image.Image:
    """Pixel art, 32 pixels made large."""
    picture = Image.new(
        "RGB", (32, 32), ((30, 30, 46), (120, 190, 240), (240, 240, 220), (60, 110, 70))[rng.integers(4)]
    )
    pen = ImageDraw.Draw(picture)
    for shape in _things(rng):
        pen.polygon(
            [(round(x * 32), round(y * 32)) for x, y in shape], fill=COLORS[rng.integers(6)], outline=(20, 16, 24)
        )
    return picture.resize((SIDE, SIDE), Image.Resampling.NEAREST)


def flat(rng: np.random.Generator) -> Image.Image:
    """Flat shapes on a plain ground, as a drawing program makes them."""
    picture = Image.new(
        "RGB", (SIDE, SIDE), ((170, 215, 245), (255, 240, 215), (255, 255, 255), (200, 230, 210))[rng.integers(4)]
    )
    for shape in _things(rng):
        ImageDraw.Draw(picture).polygon([(x * SIDE, y * SIDE) for x, y in shape], fill=COLORS[rng.integers(6)])
    return picture


def drawings(technique: Callable[[np.random.Generator], Image.Image], count: int = 24) -> list[Image.Image]:
    """So many drawings of a technique."""
    rng = np.random.default_rng(5)
    return [technique(rng) for _ in range(count)]
