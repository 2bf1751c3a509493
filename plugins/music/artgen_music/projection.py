"""The class-conditional head of both discriminators."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Projection(nn.Module):
    """Features [b, c, t] and class weights [b, k] -> logits [b, t]: a linear map plus one per class (Miyato 2018).

    Added up number by number, in float32: a batched product of so few takes two to three times as long, there and back."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.plain = nn.Linear(width, 1)
        self.classes = nn.Linear(classes, width, bias=False) if classes else None

    def from_classes(self, learned: Mapping[str, Tensor], weights: Tensor) -> Mapping[str, Tensor]:
        """See LearnsClasses. Without classes the mean of the earlier ones' maps joins the linear one."""
        made = dict(learned)
        before = made.pop("classes.weight", None)
        if before is not None and self.classes is None:
            made["plain.weight"] = learned["plain.weight"] + (before @ weights[0])[None]
        elif self.classes is not None:
            made["classes.weight"] = torch.zeros_like(self.classes.weight) if before is None else before @ weights.T
        return made

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        h = F.leaky_relu(h, 0.2)
        weight = self.plain.weight if self.classes is None else self.plain.weight + self.classes(condition)
        return (h.float() * weight.float().unsqueeze(-1)).sum(1) / math.sqrt(h.shape[1]) + self.plain.bias
