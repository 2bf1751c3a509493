"""The modern discriminator with heads beside it that look through a frozen network (see FeatureHeads)."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.nn import FeatureHeads
from artgen_image.modern import Backbone, ModernDiscriminator


class FeaturedDiscriminator(ModernDiscriminator):
    """``forward(x [b, c, h, w] in [-1, 1], condition [b, k]) -> [b, n]`` logits.

    - ``side``: pixels a side, a multiple of 16, to which pictures are resized for the frozen network.
    - ``share``: weight of the heads in the mean logit, in (0, 1]; the pixels' logit is repeated to make up the rest, at
      1 there is none.

    The heads join little by little (see ``FeatureHeads.join``). A gradient penalty acts on the pixels' logit alone.
    Names of the weights are those of the modern discriminator, so either starts from the other.
    """

    joined: Tensor

    def __init__(self, classes: int, backbone: Backbone, side: int, share: float) -> None:
        super().__init__(classes, backbone)
        self.heads = FeatureHeads(classes, side)
        self.repeats = round(self.heads.places * (1 - share) / share)
        self.register_buffer("joined", self.heads.beginning())

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        logits = self.heads(x, condition)
        if not self.repeats:
            return logits
        pixels = super().forward(x, condition)
        return torch.cat([self.heads.join(logits, pixels, self.joined), pixels.expand(-1, self.repeats)], 1)
