"""Ends of a discriminator: class projection and minibatch standard deviation."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, sqrt

import torch
from torch import Tensor, nn


class ProjectionHead(nn.Module):
    """Features and class weights to one logit (Miyato & Koyama 2018): ``[b, f], [b, k] -> [b, 1]``.

    logit = v . f + b + (condition E) . f / sqrt(f); without classes the last term is missing. Mixed class weights are
    answered by the mix of the classes' logits, since the term is linear in the condition.
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1)
        self.embed = nn.Linear(classes, features, bias=False) if classes else None
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, std=1 / sqrt(classes))
        self.scale = 1 / sqrt(features)

    def from_classes(self, learned: Mapping[str, Tensor], weights: Tensor) -> Mapping[str, Tensor]:
        """See LearnsClasses. Without classes the mean of the earlier ones' terms joins the linear one."""
        made = dict(learned)
        before = made.pop("embed.weight", None)
        if before is not None and self.embed is None:
            made["linear.weight"] = learned["linear.weight"] + (before @ weights[0])[None] * self.scale
        elif self.embed is not None:
            made["embed.weight"] = torch.zeros_like(self.embed.weight) if before is None else before @ weights.T
        return made

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        logit = self.linear(features)
        if self.embed is None:
            return logit
        return logit + (self.embed(condition) * features).sum(1, keepdim=True) * self.scale


def minibatch_std(x: Tensor, group: int = 4) -> Tensor:
    """Append a channel that holds the mean standard deviation inside groups of items (Karras 2018, section 3).

    ``[b, c, ...] -> [b, c + 1, ...]``. Groups are *neighbors* in the batch, so that reals and fakes that pass in one
    batch (first all of one kind, a multiple of ``group``) never share a group. A batch that ``group`` does not divide
    falls back to their greatest common divisor.
    """
    b = x.shape[0]
    size = gcd(b, group)
    groups = x.reshape(b // size, size, -1)
    centered = groups - groups.mean(1, keepdim=True)
    deviation = (centered.square().mean(1) + 1e-8).sqrt().mean(1)
    spread = deviation.repeat_interleave(size).reshape(b, *[1] * (x.dim() - 1))
    return torch.cat([x, spread.expand(b, 1, *x.shape[2:])], 1)
