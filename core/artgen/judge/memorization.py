"""The copying check: is a sample nearer to some training item than training items are to each other?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artgen.judge.distances import radii

QUANTILE = 0.01  # of the train-train distances: nearer is called a copy


@dataclass(frozen=True)
class Nearest:
    """For each sample: number of the nearest training item ``[b]``, the distance ``[b]`` divided by the limit below which it
    is called a copy."""

    item: np.ndarray
    closeness: np.ndarray

    @property
    def copied(self) -> float:
        """Share of the samples that are copies."""
        return float((self.closeness < 1).mean())


def nearest(train: Tensor, sample: Tensor) -> Nearest:
    """Compare features ``[b, f]`` of samples with those of the training items. A copy is nearer to a training item than the 1%
    quantile of the distances between training items and their nearest others."""
    own = radii(train, 1)
    limit = float(own.quantile(QUANTILE).clamp_min(1e-9))
    distance, item = torch.cdist(sample.double(), train.double()).min(1)
    return Nearest(item.numpy(), (distance / limit).numpy())
