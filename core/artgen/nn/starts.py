"""How far items lie from what start weights were trained on: by features, of pictures those through which discriminators look.

A plugin with several starts keeps each class of a start as a few centers of the features of its items, in a file that its tools
make by ``start_centers``. An item is as far from a class as from its nearest center.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from artgen.nn.lite0 import frozen_levels

Features = Callable[[np.ndarray], Tensor]
_SIDE = 64  # pixels at which pictures are looked at
_ROUNDS = 20
_BATCH = 32
_WEIGHTS = (0.5, 0.5, 1.0)  # of the levels: the finer ones see what a work is drawn on, the coarsest what it shows


@torch.no_grad()
def picture_features(items: np.ndarray) -> Tensor:
    """Prepared pictures ``[n, c, h, w]`` uint8 to ``[n, f]``: mean and spread of every channel at every level of
    EfficientNet-lite0, weighted."""
    found = []
    for at in range(0, len(items), _BATCH):
        x = torch.from_numpy(items[at : at + _BATCH]).float().div(127.5).sub(1)
        x = x[:, :3] if x.shape[1] >= 3 else x[:, :1].expand(-1, 3, -1, -1)
        if x.shape[2:] != (_SIDE, _SIDE):
            x = F.interpolate(x, (_SIDE, _SIDE), mode="bilinear", antialias=True)
        levels = frozen_levels(x.contiguous())
        weighted = [weight * y for weight, y in zip(_WEIGHTS, levels, strict=True)]
        found.append(torch.cat([part for y in weighted for part in (y.mean((2, 3)), y.std((2, 3)))], 1))
    return torch.cat(found)


def start_distances(
    items: np.ndarray, starts: Sequence[Path], described: Path, features: Features = picture_features
) -> list[np.ndarray] | None:
    """For each of the ``starts`` ``[n, k]``, the distance of every item to each of its ``k`` classes; None where one of them is
    not described.

    - ``items``: prepared items ``[n, ...]``, as ``features`` takes them.
    - ``described``: a safetensors file with ``[k, c, f]``, c centers of each class, under the name of each start's file without
      its ending.
    - ``features``: items to ``[n, f]``; not those by which results are judged."""
    known = load_file(described)
    if not all(path.stem in known for path in starts):
        return None
    mine = features(items)
    return [
        torch.cdist(mine, centers.float().flatten(0, 1)).unflatten(1, centers.shape[:2]).amin(2).numpy()
        for centers in (known[path.stem] for path in starts)
    ]


def start_centers(items: np.ndarray, count: int = 6, features: Features = picture_features) -> Tensor:
    """What describes a class: ``[count, f]`` centers of the features of its prepared items, by k-means from an even spread, the
    same at every call.

    - ``count``: fewer where a start has many classes, as the more centers it has, the nearer it lies to anything.
    - ``features``: those of ``start_distances``."""
    found = features(items)
    chosen = found[torch.linspace(0, len(found) - 1, count).long()].clone()
    for _ in range(_ROUNDS):
        nearest = torch.cdist(found, chosen).argmin(1)
        for number in range(count):
            if bool((nearest == number).any()):
                chosen[number] = found[nearest == number].mean(0)
    return chosen
