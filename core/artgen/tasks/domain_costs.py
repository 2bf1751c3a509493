"""What a result costs that only a domain can measure: the flicker of films, the rhythm that music lost."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Figures
from artgen.contract.settings import TrainConfig


def domain_costs(train: TrainConfig, nets: Networks, source: Tensor, result: Tensor) -> tuple[Tensor | float, Figures]:
    """The weighted sum and each cost by its name, to report; nothing where the domain has no measure or its weight is 0."""
    measures = {
        "flicker": (nets.flicker, train.flicker_weight),
        "content": (nets.content_loss, train.content_weight),
    }
    total: Tensor | float = 0.0
    figures: dict[str, Tensor] = {}
    for name, (measure, weight) in measures.items():
        if measure is not None and weight > 0:
            cost = measure(source, result)
            total, figures[name] = total + weight * cost, cost.detach()
    return total, figures
