"""How far pictures lie from what the weights that ship were trained on: by the features through which discriminators look.

Each class of a start is kept as a few centers of the features of its pictures, in ``weights/starts.safetensors`` (made by
tools/describe_start.py). A picture is as far from a class as from its nearest center.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from artgen.nn import frozen_levels

CENTERS = Path(__file__).parent / "weights" / "starts.safetensors"
SIDE = 64  # pixels at which pictures are looked at
_BATCH = 32


@torch.no_grad()
def features(items: np.ndarray) -> Tensor:
    """Prepared pictures ``[n, c, h, w]`` uint8 to ``[n, f]``: mean and spread of every channel of every level."""
    found = []
    for at in range(0, len(items), _BATCH):
        x = torch.from_numpy(items[at : at + _BATCH]).float().div(127.5).sub(1)
        x = x[:, :3] if x.shape[1] >= 3 else x[:, :1].expand(-1, 3, -1, -1)
        if x.shape[2:] != (SIDE, SIDE):
            x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
        levels = frozen_levels(x.contiguous())
        found.append(torch.cat([part for y in levels for part in (y.mean((2, 3)), y.std((2, 3)))], 1))
    return torch.cat(found)


def distances(items: np.ndarray, starts: Sequence[Path]) -> list[np.ndarray] | None:
    """For each start ``[n, k]``, the distance of every picture to every class; None where one of them is not described."""
    known = load_file(CENTERS)
    if not all(path.stem in known for path in starts):
        return None
    mine = features(items)
    return [
        torch.cdist(mine, centers.float().flatten(0, 1)).unflatten(1, centers.shape[:2]).amin(2).numpy()
        for centers in (known[path.stem] for path in starts)
    ]
