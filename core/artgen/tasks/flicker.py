"""What a restless result costs, where a domain can say what that is (flicker of a film)."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Figures
from artgen.contract.settings import TrainConfig


def steadied(train: TrainConfig, nets: Networks, source: Tensor, result: Tensor) -> tuple[Tensor | float, Figures]:
    """The weighted cost and a figure to report; nothing where the domain has no measure or the weight is 0."""
    if nets.steady is None or train.steady_weight == 0:
        return 0.0, {}
    cost = nets.steady(source, result)
    return train.steady_weight * cost, {"restless": cost.detach()}
