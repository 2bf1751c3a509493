"""MobileNetV2 (Sandler 2018) up to its 1280 pooled features, with weights that ship: it judges how pictures look. No generator is
trained through it."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn.frozen import load_frozen

WEIGHTS = Path(__file__).parent / "weights" / "mobilenetv2.safetensors"
SIDE = 128  # pixels: what every picture is resized to; the weights were trained at 160
FEATURES = 1280
_AT_ONCE = 8  # pictures
# (factor of the expansion, channels, repeats, first stride), table 2 of the paper
_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class MobileNetV2(nn.Module):
    """``[b, 3, 128, 128]`` in [-1, 1] to ``[b, 1280]``. Batch norms are folded into the convolutions; every other
    layer than a block's last is followed by ReLU6."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([_conv(3, 32, 3, 2)])
        self._ends: list[tuple[int, bool]] = []  # layer that ends a block, and whether its input is added
        channels = 32
        for factor, width, repeats, stride in _BLOCKS:
            for repeat in range(repeats):
                step, inner = stride if repeat == 0 else 1, channels * factor
                sizes = [channels, inner] if factor > 1 else [channels]
                self.layers.extend(_conv(a, b, 1) for a, b in pairwise(sizes))
                self.layers.append(_conv(inner, inner, 3, step, groups=inner))
                self.layers.append(_conv(inner, width, 1))
                self._ends.append((len(self.layers) - 1, step == 1 and channels == width))
                channels = width
        self.layers.append(_conv(channels, FEATURES, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(self.layers[-1](self.levels(x)[-1])).mean((2, 3))

    def levels(self, x: Tensor) -> list[Tensor]:
        """What it sees in pictures of any size ``[b, 3, h, w]``, at every size: 16 channels at a half, 24 at a quarter, 32 at an
        eighth, 96 at a sixteenth, 320 at a thirty-second (rounded up): the last block of every size."""
        ends, begin = dict(self._ends), x
        found: list[Tensor] = []
        for number, layer in enumerate(self.layers[:-1]):
            assert isinstance(layer, nn.Conv2d)
            if layer.stride[0] == 2:
                found += [begin] if number else []
                x = F.pad(x, (0, 1, 0, 1))  # Keras pads an even side at its end only
            x = layer(x)
            if number in ends:
                x = begin = begin + x if ends[number] else x
            else:
                x = F.relu6(x, inplace=True)  # a copy costs as much as the convolution
                begin = x if number == 0 else begin
        return [*found, begin]


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)


@lru_cache(maxsize=2)
def load_mobilenet(device: torch.device) -> MobileNetV2:
    """The network with its weights, on ``device``."""
    return load_frozen(MobileNetV2(), WEIGHTS, device)


class MobileNetFeatures:
    """uint8 pictures ``[b, c, h, w]`` to the 1280 pooled features of MobileNetV2, trained on ImageNet.

    They are resized to 128 x 128 by an antialiased bicubic filter; gray ones are seen as color ones."""

    name = "MobileNetV2 (ImageNet), 1280 features, bicubic antialiased resize to 128 x 128"

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        x = raw.float().expand(-1, 3, -1, -1)
        x = F.interpolate(x, (SIDE, SIDE), mode="bicubic", antialias=True).clamp(0, 255)
        network = load_mobilenet(raw.device)
        # few at once: what is between two layers stays in the processor's cache, which halves the time
        return torch.cat([network(part) for part in (x / 127.5 - 1).split(_AT_ONCE)])
