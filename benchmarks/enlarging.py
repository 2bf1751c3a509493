"""What enlarging costs, and how lively it makes films: ``python benchmarks/enlarging.py``.

Milliseconds a picture of several sizes on one core, the best of a few; then films from the weights that ship with the video
plugin, four times as large: the mean change from frame to frame beside that of a bicubic enlargement, over all pixels, and
where the bicubic one hardly changes (there a change is flicker).
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from tables import table
from torch import Tensor

import artgen
from artgen.nn import enlarge

START = Path(__file__).parents[1] / "plugins/video/artgen_video/weights/start.safetensors"
FILMS = 6
STILL = 3  # gray levels that a pixel of a film at rest changes at most


def main() -> None:
    torch.set_num_threads(1)
    rows = [[f"{side} px", f"{1000 * _seconds(side):.0f}"] for side in (32, 64, 128, 256)]
    print("\n".join(table(["side", "ms a picture, four times as large, one core"], rows)), "\n")
    films = [torch.from_numpy(s.data.transpose(1, 0, 2, 3).copy()) for s in artgen.load(START).sample(range(FILMS))]
    plain = [enlarge(film, 4, 0.0) for film in films]
    rows = []
    for strength in (0.4, 0.6, 0.8, 1.0):
        pairs = [(_change(base), _change(enlarge(film, 4, strength))) for film, base in zip(films, plain, strict=True)]
        whole = np.mean([float(sharp.mean() / base.mean()) for base, sharp in pairs])
        still = np.mean([float(sharp[base <= STILL].mean()) for base, sharp in pairs])
        rows.append([f"{strength:g}", f"{whole:.2f}", f"{still:.2f}"])
    still = np.mean([float(base[base <= STILL].mean()) for base, _ in pairs])
    head = ["strength", "change, times that of bicubic", f"change where nothing moves (bicubic {still:.2f} of 255)"]
    print("\n".join(table(head, rows)))


def _change(film: Tensor) -> Tensor:
    """``[t, c, h, w]`` uint8 to how much the most changed color of every pixel changes, ``[t - 1, h, w]``."""
    return film.float().diff(dim=0).abs().amax(1)


def _seconds(side: int) -> float:
    picture = torch.randint(0, 256, (1, 3, side, side), dtype=torch.uint8)
    best = float("inf")
    for _ in range(4):
        start = time.perf_counter()
        enlarge(picture, 4)
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
