"""What a direction does: its works at several amounts, and which of the domain's plain descriptors it changes most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from artgen.judge.sets import SEED
from artgen.sample.directions import Direction
from artgen.sample.model import Model
from artgen.types import Ask, Judge

_SEEDS = 24
_REACH = 1.5  # standard deviations to either side
_WORTH = 0.25  # standard deviations of the descriptor: less is not worth a word


@torch.inference_mode()
def with_effects(model: Model, judge: Judge, directions: Sequence[Direction]) -> list[Direction]:
    """The directions with the descriptor that each changes most: by how many of its standard deviations for one of the
    latent's."""
    if judge.statistics is None:
        return list(directions)
    plain = _statistics(model, judge, None, 0.0)
    spread = {name: float(values.std().clamp_min(1e-9)) for name, values in plain.items()}
    found = []
    for direction in directions:
        up, down = (_statistics(model, judge, direction, amount) for amount in (_REACH, -_REACH))
        slopes = {name: float((up[name] - down[name]).mean()) / (2 * _REACH) / spread[name] for name in plain}
        strongest = max(slopes, key=lambda name: abs(slopes[name]))
        worth = abs(slopes[strongest]) >= _WORTH
        found.append(replace(direction, effect=f"{strongest} {slopes[strongest]:+.2f}" if worth else ""))
    return found


def _statistics(model: Model, judge: Judge, direction: Direction | None, amount: float) -> dict[str, Tensor]:
    """Descriptors ``[b]`` of the same seeds, moved along ``direction``."""
    assert judge.statistics is not None
    seeds = range(SEED, SEED + _SEEDS)
    rows = torch.cat([model.condition(model.shares(seed, None)) for seed in seeds])
    edit = None if direction is None else lambda latent: latent + amount * direction.vector.to(latent)
    raw = model.codec.decode(model.encoded(seeds, rows, Ask(), edit=edit))
    return {name: values.float().cpu() for name, values in judge.statistics(raw).items()}
