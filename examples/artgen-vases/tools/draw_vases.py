"""Draw the embedded vases: ``python tools/draw_vases.py``. Three kinds, each a curve through a few random widths."""

from pathlib import Path

import numpy as np
from PIL import Image

from artgen_vases.plugin import ROWS, silhouette

HOME = Path(__file__).parents[1] / "artgen_vases" / "embedded"
# widths from lip to foot, and how much each may vary
KINDS = {
    "amphora": ([90, 60, 55, 150, 190, 160, 100, 50, 80], [20, 15, 15, 25, 25, 25, 20, 12, 20]),
    "bottle": ([45, 35, 35, 40, 110, 150, 150, 145, 130], [12, 10, 10, 12, 30, 25, 20, 20, 20]),
    "bowl": ([0, 0, 0, 0, 215, 205, 170, 100, 90], [0, 0, 0, 0, 25, 25, 25, 20, 20]),
}


def widths(rng: np.random.Generator, means: list[int], spreads: list[int]) -> np.ndarray:
    """``[32]`` uint8: the knots joined by half-cosines, which have no corners."""
    knots = np.clip(np.array(means) + rng.uniform(-1, 1, len(means)) * spreads * (np.array(means) > 0), 0, 250)
    place = np.linspace(0, len(knots) - 1, ROWS)
    left = np.minimum(place.astype(int), len(knots) - 2)
    share = (1 - np.cos((place - left) * np.pi)) / 2
    return (knots[left] * (1 - share) + knots[left + 1] * share).round().astype(np.uint8)


for name, (means, spreads) in KINDS.items():
    (HOME / name).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(name))
    for number in range(32):
        picture = silhouette(widths(rng, means, spreads)).convert("1", dither=Image.Dither.NONE)
        picture.save(HOME / name / f"{number:02d}.png", optimize=True)
