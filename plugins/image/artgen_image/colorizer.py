"""What a network trained on a million photographs sees in a picture, and colors made of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import SLOPE, load_mobilenet, scaled_conv
from artgen.types import Noise
from artgen_image.change import guided

_ENLARGED = 2  # the network was trained on objects about twice as large as those of a training crop
_LEAST = 32  # pixels that it can halve as often as it does
_COARSE = 4  # pixels to one of the colors: finer ones are guesses, which cost more structure than they add
_SEEN = ((32, 4.0), (96, 3.0), (320, 1.7))  # channels at an eighth, a sixteenth, a thirty-second, and their usual size
_LEFT_OUT = 0.3
_FARTHER = 2 / 3
_FILTER: Any = {"mode": "bicubic", "antialias": True}


class Sight(nn.Module):
    """``(picture [b, 1 or 3, h, w] in [-1, 1], size) -> [b, width, *size]``: the features of MobileNetV2 at three sizes, side by
    side (hypercolumns, Larsson 2016). MobileNetV2 stays as it is and is no part of the checkpoint: that grass is green is
    learned from the few pictures of a training, what grass looks like is not."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mixes = nn.ModuleList(scaled_conv(channels, width, 1, 1 / usual) for channels, usual in _SEEN)
        self.drop = nn.Dropout2d(_LEFT_OUT)

    def forward(self, picture: Tensor, size: Sequence[int]) -> Tensor:
        with torch.no_grad():
            factor = max(_ENLARGED, _LEAST / min(picture.shape[2:]))
            sides = [ceil(factor * side) for side in picture.shape[2:]]
            large = F.interpolate(picture, sides, **_FILTER).expand(-1, 3, -1, -1)
            levels = load_mobilenet(picture.device).levels(large)[-len(_SEEN) :]
        maps = [mix(self.drop(level)) for mix, level in zip(self.mixes, levels, strict=True)]
        return torch.stack([F.interpolate(x, list(size), mode="bilinear") for x in maps]).sum(0)


class Colorist(nn.Module):
    """``(light [b, 1, h, w], condition, draws) -> [b, o, h, w]`` in (-1, 1): what is seen, and the light itself, through a few
    convolutions to colors at a quarter of the size. ``width``: channels.

    In use they follow the edges of the light when they are enlarged (a training that sees this learns to undo it), and are the
    mean of two looks, the second mirrored and from farther off: what only one of them believes is paler."""

    def __init__(self, outputs: int, width: int) -> None:
        super().__init__()
        self.sight = Sight(width)
        self.first = scaled_conv(width + 1, width, 3)
        self.second = scaled_conv(width, width, 3)
        self.leave = scaled_conv(width, outputs, 3, 0.0)  # from gray

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        coarse = F.interpolate(source, [ceil(side / _COARSE) for side in source.shape[2:]], mode="area")
        colors = self._look(source, coarse)
        if self.training:
            return F.interpolate(colors, source.shape[2:], mode="bilinear")
        far = F.interpolate(source.flip(3), [ceil(side * _FARTHER) for side in source.shape[2:]], **_FILTER)
        colors = (colors + self._look(far, coarse.flip(3)).flip(3)) / 2
        return guided(colors, coarse, source).clamp(-1, 1)

    def _look(self, source: Tensor, coarse: Tensor) -> Tensor:
        """Colors of the size of the ``coarse`` light."""
        x = F.leaky_relu(self.sight(source, coarse.shape[2:]), SLOPE)
        x = torch.cat([x, coarse], 1)
        for conv in (self.first, self.second):
            x = F.leaky_relu(conv(x), SLOPE)
        return torch.tanh(self.leave(x))
