"""What the flicker of a result costs, where a domain can measure it (films)."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Figures
from artgen.contract.settings import TrainConfig


def flicker_cost(train: TrainConfig, nets: Networks, source: Tensor, result: Tensor) -> tuple[Tensor | float, Figures]:
    """The weighted cost and a figure to report; nothing where the domain has no measure or the weight is 0."""
    if nets.flicker is None or train.flicker_weight == 0:
        return 0.0, {}
    cost = nets.flicker(source, result)
    return train.flicker_weight * cost, {"flicker": cost.detach()}
