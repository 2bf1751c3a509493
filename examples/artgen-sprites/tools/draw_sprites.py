"""Draw the embedded sprites: ``python tools/draw_sprites.py``. Four sheets of 96 sprites of 16 x 16, 16 colors in all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from artgen_sprites.files import indexed

HOME = Path(__file__).parents[1] / "artgen_sprites" / "embedded"
SIDE, ACROSS, DOWN = 16, 12, 8
PALETTE = (
    "00000000 1b1726ff f4f1e4ff 9a98a8ff c8393fff 7d2238ff e8873aff f6d05aff "
    "5fa84aff 2f6148ff 3f72c4ff 2b3f7eff 8fd0e8ff 8a4fa8ff 7a4a32ff d9a878ff"
)
CLEAR, INK, WHITE, GREY, RED, WINE, ORANGE, YELLOW, GREEN, PINE, BLUE, NAVY, SKY, PURPLE, BROWN, TAN = range(16)
RAMPS = ((WINE, RED, ORANGE), (BROWN, ORANGE, YELLOW), (PINE, GREEN, YELLOW), (NAVY, BLUE, SKY), (NAVY, PURPLE, TAN))
Y, X = np.mgrid[:SIDE, :SIDE]


def shifted(mask: np.ndarray, down: int, right: int) -> np.ndarray:
    """A mask moved by whole dots; nothing comes in from outside."""
    padded = np.pad(mask, 2)
    return padded[2 - down : 2 - down + SIDE, 2 - right : 2 - right + SIDE]


def shade(sprite: np.ndarray, mask: np.ndarray, ramp: tuple[int, int, int]) -> None:
    """Fill: light at the upper left edge, dark at the lower right one."""
    dark, base, light = ramp
    sprite[mask] = base
    sprite[mask & ~(shifted(mask, -1, -1) & shifted(mask, -2, -1))] = dark
    sprite[mask & ~shifted(mask, 2, 2) & shifted(mask, -2, -2)] = light


def outline(sprite: np.ndarray) -> np.ndarray:
    """Ink around everything that is not clear."""
    mask = sprite != CLEAR
    near = shifted(mask, 1, 0) | shifted(mask, -1, 0) | shifted(mask, 0, 1) | shifted(mask, 0, -1)
    return np.where(near & ~mask, INK, sprite)


def potion(rng: np.random.Generator) -> np.ndarray:
    """A bottle of round, square or conical shape, filled to some height."""
    sprite, kind = np.zeros((SIDE, SIDE), int), rng.integers(3)
    radius, neck = rng.uniform(4, 5.6), rng.integers(1, 3)
    wide = [np.sqrt(np.maximum(radius**2 - (Y - 9) ** 2, 0)), 4.5 + 0 * Y, (Y - 3) * 0.52][kind]
    body = (np.abs(X - 7.5) <= wide) & (Y >= 5) & (Y <= 13)
    sprite[(np.abs(X - 7.5) <= neck) & (Y >= 2) & (Y < 7)] = SKY
    sprite[body] = SKY
    shade(sprite, body & (rng.integers(6, 10) <= Y), RAMPS[rng.integers(len(RAMPS))])
    sprite[(np.abs(X - 7.5) <= neck) & (Y < 3) & (Y > 0)] = BROWN
    sprite[8:10, 5] = WHITE
    return sprite


def mushroom(rng: np.random.Generator) -> np.ndarray:
    """A spotted cap on a stem."""
    sprite = np.zeros((SIDE, SIDE), int)
    wide, high, stem = rng.uniform(5, 6.6), rng.uniform(5, 7), rng.integers(1, 4)
    shade(sprite, (np.abs(X - 7.5) <= stem) & (Y >= 7) & (Y <= 13), (BROWN, TAN, WHITE))
    cap = (((X - 7.5) / wide) ** 2 + ((Y - 8.5) / high) ** 2 <= 1) & (Y <= 8)
    shade(sprite, cap, RAMPS[rng.integers(len(RAMPS))])
    for column in rng.permutation([4, 6, 8, 10])[: rng.integers(1, 4)]:
        row = rng.integers(4, 7)
        sprite[row : row + 2, column : column + 2][cap[row : row + 2, column : column + 2]] = WHITE
    return sprite


def gem(rng: np.random.Generator) -> np.ndarray:
    """A cut stone: a table, four facets."""
    sprite, (dark, base, light) = np.zeros((SIDE, SIDE), int), RAMPS[rng.integers(len(RAMPS))]
    wide, top, bottom = rng.integers(4, 7), rng.integers(2, 5), rng.integers(11, 14)
    girdle = top + rng.integers(2, 4)
    reach = np.where(girdle >= Y, wide - (girdle - Y) * 0.9, wide * (bottom + 1 - Y) / (bottom + 1 - girdle))
    inside = (np.abs(X - 7.5) <= reach) & (top <= Y) & (bottom >= Y)
    sprite[inside] = base
    sprite[inside & (girdle >= Y)] = light
    sprite[inside & (girdle < Y) & (reach * 0.3 < X - 7.5)] = dark
    sprite[inside & (girdle >= Y) & (X < 7)] = WHITE if rng.random() < 0.5 else light
    return sprite


def creature(rng: np.random.Generator) -> np.ndarray:
    """A symmetrical beast with eyes, and ears or feet of chance."""
    sprite = np.zeros((SIDE, SIDE), int)
    wide, high = rng.uniform(3.6, 5.6), rng.uniform(3.6, 5)
    body = ((X - 7.5) / wide) ** 2 + ((Y - 8) / high) ** 2 <= 1
    half = np.abs(X - 7.5)
    ear, foot = rng.integers(1, 4), rng.integers(1, 4)
    body |= (half >= ear) & (half < ear + 2) & (8 - high - rng.integers(0, 3) <= Y) & (Y < 8)
    body |= (half >= foot) & (half < foot + 2) & (Y > 8) & (Y <= 13)
    shade(sprite, body, RAMPS[rng.integers(len(RAMPS))])
    eye, row = rng.integers(1, 3), rng.integers(6, 8)
    sprite[(half >= eye) & (half < eye + 2) & (row <= Y) & (row + 2 > Y)] = WHITE
    sprite[(half >= eye) & (half < eye + 1) & (row + 1 == Y)] = INK
    if rng.random() < 0.6:
        sprite[(half < 2) & (row + 3 == Y)] = INK
    return sprite


def main() -> None:
    """One sheet a class."""
    colors = np.array([list(bytes.fromhex(color)) for color in PALETTE.split()], np.uint8)
    for draw in (potion, mushroom, gem, creature):
        rng = np.random.default_rng(7)
        rows = [np.hstack([outline(draw(rng)) for _ in range(ACROSS)]) for _ in range(DOWN)]
        (HOME / draw.__name__).mkdir(parents=True, exist_ok=True)
        indexed(colors[np.vstack(rows)]).save(HOME / draw.__name__ / "sheet.png", optimize=True)


if __name__ == "__main__":
    main()
