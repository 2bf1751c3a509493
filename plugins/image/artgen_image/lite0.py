"""EfficientNet-lite0 (Tan 2019, without squeeze-and-excitation) up to its block 10, with weights that ship with the plugin.

The discriminator looks at pictures through it (see ``featured``), so no figure of quality may be computed from it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import depthwise, load_frozen

NAME = "EfficientNet-lite0 (ImageNet)"
WEIGHTS = Path(__file__).parent / "weights" / "lite0.safetensors"
# (factor of the expansion, channels, kernel, repeats, first stride), table 1 of the paper
_BLOCKS = ((1, 16, 3, 1, 1), (6, 24, 3, 2, 2), (6, 40, 5, 2, 2), (6, 80, 3, 3, 2), (6, 112, 5, 3, 1))
CHANNELS = (24, 40, 112)  # of the levels
STRIDES = (4, 8, 16)  # pixels to a place of the levels
SCALES = (11.4, 10.5, 8.5)  # root of the mean square of the levels, over the embedded drawings at 64 px


class Lite0(nn.Module):
    """``[b, 3, h, w]`` in [-1, 1] to its levels: 24 channels at a quarter of the size, 40 at an eighth, 112 at a sixteenth.

    Batch norms are folded into the convolutions. ``h`` and ``w``: multiples of 16.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 32, 3, 2)])
        self._plan: list[
            tuple[int, bool, bool]
        ] = []  # layers of a block, whether its input is added, whether it is a level
        channels = 32
        for factor, width, kernel, repeats, stride in _BLOCKS:
            for repeat in range(repeats):
                step, inner = stride if repeat == 0 else 1, channels * factor
                if factor > 1:
                    self.layers.append(nn.Conv2d(channels, inner, 1))
                padding = kernel // 2 if step == 1 else 0
                self.layers.append(nn.Conv2d(inner, inner, kernel, step, padding, groups=inner))
                self.layers.append(nn.Conv2d(inner, width, 1))
                level = repeat == repeats - 1 and width in CHANNELS
                self._plan.append((3 if factor > 1 else 2, step == 1 and channels == width, level))
                channels = width

    def forward(self, x: Tensor) -> list[Tensor]:
        layers = iter(self.layers)
        x = F.relu6(_apply(next(layers), x))
        levels: list[Tensor] = []
        for count, added, level in self._plan:
            y = x
            for number in range(count):
                y = _apply(next(layers), y)
                y = F.relu6(y) if number < count - 1 else y
            x = x + y if added else y
            if level:
                levels.append(x)
        return levels


def _apply(layer: nn.Module, x: Tensor) -> Tensor:
    """The convolution; one of stride 2 as TensorFlow pads an even side, one pixel more at its end."""
    assert isinstance(layer, nn.Conv2d)
    if (
        layer.kernel_size[0] == 1
    ):  # a matrix product over channels_last; torch's own 1x1 copies small batches to another layout
        return F.linear(x.permute(0, 2, 3, 1), layer.weight.flatten(1), layer.bias).permute(0, 3, 1, 2)
    if layer.stride[0] == 2:
        before = (layer.kernel_size[0] - 2) // 2
        x = F.pad(x, (before, before + 1, before, before + 1))
    if layer.groups > 1:
        return depthwise(x, layer.weight, layer.bias, layer.stride[0], int(layer.padding[0]))
    return layer(x)


@lru_cache(maxsize=4)
def load_lite0(device: torch.device) -> Lite0:
    """The network with its weights, frozen, on ``device``."""
    return load_frozen(Lite0(), WEIGHTS, device)
