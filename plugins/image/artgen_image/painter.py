"""The networks of the task style: a painter that invents strokes, and a discriminator that knows texture when it sees it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import (
    SLOPE,
    DenseBlock,
    FeatureHeads,
    PatchDiscriminator,
    add_noise,
    frozen_levels,
    looking,
    scaled_conv,
    unpatch,
    up2,
)
from artgen.types import Noise

_FOLD = 2  # pixels a side that become channels: nothing is computed at full size
_BLOCKS = 4
_SEEN = (24, 40, 112)  # channels of the frozen network's levels
_STRIDE = 16  # pixels: sides that the frozen network takes are multiples
_WIDTH = 64  # channels of the heads
_EDGE = 32  # pixels: the picture mirrored at its border in use, because the zeros outside would show as a rim
_INSIDE = 0.97  # black and white of the source, short of where a tanh would not let go of them


class Painter(nn.Module):
    """``(source [b, c, h, w], condition, draws) -> [b, c, h, w]`` in (-1, 1): the source with a change, none at first.

    - ``channels``: c.
    - ``width``: half the channels at half the size; a quarter of those of the residual blocks, at a quarter of the size.

    Every block is given a number at random for each place, as strong as each of its channels wants it (Karras 2019): a clear sky
    holds nothing of which strokes could be made. There is no normalization: a place looks the same in a window of training and in
    a large picture, and strokes on even ground do not depend on what is beside it. Offers ``features`` for the task style."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        half, quarter = 2 * width, 4 * width
        depth = _BLOCKS + 2
        self.enter = scaled_conv(channels * _FOLD**2, half, 5)
        self.down = nn.Conv2d(half, quarter, 4, 2, 1)
        nn.init.kaiming_normal_(self.down.weight, SLOPE)
        self.blocks = nn.ModuleList(DenseBlock(quarter, depth) for _ in range(_BLOCKS))
        self.strengths = nn.ParameterList(_strength(quarter) for _ in range(_BLOCKS))
        self.up = scaled_conv(quarter, half, 3)
        self.fine = DenseBlock(2 * half, depth)
        self.strength = _strength(2 * half)
        self.leave = scaled_conv(2 * half, channels * _FOLD**2, 3, 0.0)

    def features(self, x: Tensor) -> list[Tensor]:
        """What is known at a quarter of the size: as it comes in, behind the first and behind the middle block. Pixels and their
        edges are left out: strokes may change them."""
        x = self._quarter(self._half(x))
        found = [x]
        for number, block in enumerate(self.blocks[: _BLOCKS // 2 + 1]):
            x = block(x)
            if number in (0, _BLOCKS // 2):
                found.append(x)
        return found

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        edge = 0 if self.training else min(_EDGE, *(side - 1 for side in source.shape[2:]))
        half = self._half(F.pad(source, [edge] * 4, "reflect"))
        x = self._quarter(half)
        for block, strength in zip(self.blocks, self.strengths, strict=True):
            x = block(add_noise(x, strength, noise))
        x = torch.cat([F.leaky_relu(self.up(up2(x)), SLOPE), half], 1)
        x = self.fine(add_noise(x, self.strength, noise))
        change = unpatch(self.leave(F.leaky_relu(x, SLOPE)), _FOLD)
        change = change[..., edge : edge + source.shape[2], edge : edge + source.shape[3]]
        return torch.tanh(change + torch.atanh(_INSIDE * source)) / _INSIDE

    def _half(self, x: Tensor) -> Tensor:
        """Folded, of sides that can be halved twice."""
        lack = [-size % (2 * _FOLD) for size in x.shape[2:]]
        x = F.pad(x, (0, lack[1], 0, lack[0]), "replicate") if any(lack) else x
        x = F.pixel_unshuffle(x, _FOLD).contiguous(memory_format=torch.channels_last)
        return F.leaky_relu(self.enter(x), SLOPE)

    def _quarter(self, half: Tensor) -> Tensor:
        return F.leaky_relu(self.down(half), SLOPE)


class StyleDiscriminator(nn.Module):
    """``(x [b, c, h, w], condition) -> [b, k]``: logits of patches of 22 pixels, and of every place of three levels of a frozen
    network, which knows strokes and texture from the first step on; each of the four kinds weighs about as much.

    - ``channels``: c, 1 or 3.
    - ``width``: channels behind the first halving of the pixels.

    While it learns, no gradient runs through the frozen network. Its networks name that one:
    ``feature_sources=(StyleDiscriminator.source,)``."""

    source = FeatureHeads.source

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.pixels = PatchDiscriminator(channels, [width, 2 * width, 4 * width])
        self.heads = nn.ModuleList(_place_head(seen) for seen in _SEEN)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        with looking():
            levels = frozen_levels(_seen(x))
        logits = [head(level).flatten(1) for head, level in zip(self.heads, levels, strict=True)]
        logits.append(self.pixels(x, condition))
        most = max(part.shape[1] for part in logits)
        return torch.cat([part.repeat(1, round(most / part.shape[1])) for part in logits], 1)


def _strength(channels: int) -> nn.Parameter:
    return nn.Parameter(torch.full((1, channels, 1, 1), 0.1))


def _place_head(channels: int) -> nn.Sequential:
    """A logit for every place, of what lies around it: by places alone a head tells half as well what was painted by whom."""
    return nn.Sequential(nn.Conv2d(channels, _WIDTH, 3, padding=1), nn.LeakyReLU(SLOPE), nn.Conv2d(_WIDTH, 1, 1))


def _seen(x: Tensor) -> Tensor:
    """As the frozen network wants pictures: in color, of sides that it can halve."""
    x = x.float().expand(-1, 3, -1, -1)
    sides = [max(_STRIDE, round(side / _STRIDE) * _STRIDE) for side in x.shape[2:]]
    return x if sides == list(x.shape[2:]) else F.interpolate(x, sides, mode="bilinear", antialias=True)
