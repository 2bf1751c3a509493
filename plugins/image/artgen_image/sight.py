"""Colours by what is seen: a U-Net that is told what a network trained on a million photographs sees in the picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import UNet
from artgen.nn.residual import scaled_conv
from artgen.types import Draws
from artgen_image.judge_net import FEATURES, load_mobilenet

_ENLARGED = 2  # the network was trained on objects about twice as large as those of a training crop


class SightedUNet(nn.Module):
    """``(light [b, 1, h, w], condition, draws) -> [b, o, h, w]``: the features of MobileNetV2, which stays as it is and is no
    part of the checkpoint, reach the coarsest level of the U-Net. That grass is green is learned from the few photographs of a
    training, what grass looks like is not (as the global features of Iizuka 2016)."""

    def __init__(self, outputs: int, widths: list[int], dropout: float) -> None:
        super().__init__()
        self.net = UNet(1, outputs, widths, dropout)
        self.drop = nn.Dropout(0.5)
        self.hint = scaled_conv(FEATURES, widths[-1], 1, 1.0)

    def forward(self, source: Tensor, condition: Tensor, draws: Draws) -> Tensor:
        with torch.no_grad():
            light = F.interpolate(source, scale_factor=_ENLARGED, mode="bicubic", antialias=True)
            seen = load_mobilenet(source.device).maps(light.expand(-1, 3, -1, -1))
        return self.net(source, condition, draws, self.hint(self.drop(seen)))
