"""Networks that change works of any size: a U-Net, a residual network, and a discriminator that judges patch by patch.

Two-dimensional: pictures, spectrograms, and films frame by frame (fold time into the batch). All convolutional and without a
fixed size; sides that do not divide are padded inside and cut again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.contract.networks import Noise
from artgen.nn.resample import unpatch, up2
from artgen.nn.residual import SLOPE, scaled_conv

_INSIDE = 0.97  # black and white of a source that is retouched, short of where a tanh would not let go of them


class UNet(nn.Module):
    """``(source [b, i, h, w], condition, draws) -> [b, o, h, w]`` in (-1, 1): down by strided convolutions to features that see
    the whole, up by interpolation, at every size beside the features of the way down (Ronneberger 2015, as in pix2pix).

    - ``widths``: channels of every level, finest first.
    - ``dropout``: share of the coarse features of the way up that is left out in training, the noise of pix2pix; here
      it only keeps few items from being learned by heart.
    - ``retouch``: see ResNet.
    """

    def __init__(
        self, inputs: int, outputs: int, widths: Sequence[int], dropout: float = 0.0, retouch: bool = False
    ) -> None:
        super().__init__()
        self.retouch = retouch
        self.stride = 2 ** (len(widths) - 1)
        self.enter = _Conv(inputs, widths[0])
        self.downs = nn.ModuleList(_Conv(a, b, stride=2) for a, b in pairwise(widths))
        self.ups = nn.ModuleList(_Conv(a + b, a) for a, b in pairwise(widths))
        self.drop = nn.Dropout2d(dropout)
        self.leave = scaled_conv(widths[0], outputs, 3, 0.0)  # from the middle of the range: for colors that is gray

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        x = self.enter(_padded(source, self.stride))
        kept = [x]
        for down in self.downs:
            kept.append(x := down(x))
        for level in reversed(range(len(self.ups))):
            x = self.ups[level](torch.cat([up2(x), kept[level]], 1))
            x = self.drop(x) if level >= len(self.ups) // 2 else x
        return _bounded(self.leave(x), source, self.retouch)


class ResNet(nn.Module):
    """``(source [b, i, h, w], condition, draws) -> [b, o, h, w]`` in (-1, 1): twice down, ``blocks`` residual blocks, twice up by
    interpolation, which leaves no checkerboard (Johnson 2016, as in CycleGAN and CUT). Offers ``features`` for the task style.

    - ``retouch``: it makes a change that is added to its source (as many channels come in as go out) ahead of the last
      tanh, and starts with none at all: content is there from the first step, and a game of minutes is spent on the
      style.
    - ``folded``: squares of 2 x 2 pixels become channels in place of the first way down and the last way up, a third of
      the time saved.
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 16, blocks: int = 6, retouch: bool = False, folded: bool = False
    ) -> None:
        super().__init__()
        self.retouch, self.fold = retouch, 2 if folded else 1
        sizes = [2 * width, 4 * width] if folded else [width, 2 * width, 4 * width]
        self.enter = _Conv(inputs * self.fold**2, sizes[0], 5 if folded else 7)
        self.downs = nn.ModuleList(_Conv(a, b, stride=2) for a, b in pairwise(sizes))
        self.blocks = nn.ModuleList(_Residual(sizes[-1]) for _ in range(blocks))
        self.ups = nn.ModuleList(_Conv(b, a) for a, b in reversed(list(pairwise(sizes))))
        self.leave = scaled_conv(sizes[0], outputs * self.fold**2, 3 if folded else 5, 0.0 if retouch else 1.0)

    def features(self, x: Tensor) -> list[Tensor]:
        """The item itself, both halved sizes, and what the first and the middle block make of it."""
        x = self._taken(x)
        found = [x]
        x = self.enter(x)
        for down in self.downs:
            found.append(x := down(x))
        for number, block in enumerate(self.blocks[: len(self.blocks) // 2 + 1]):
            x = block(x)
            if number in (0, len(self.blocks) // 2):
                found.append(x)
        return found

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        x = self.enter(self._taken(source))
        for down in self.downs:
            x = down(x)
        for block in self.blocks:
            x = block(x)
        for up in self.ups:
            x = up(up2(x))
        return _bounded(unpatch(self.leave(x), self.fold), source, self.retouch)

    def _taken(self, x: Tensor) -> Tensor:
        """Of sides that can be halved twice, and folded."""
        return F.pixel_unshuffle(_padded(x, 4), self.fold).contiguous(memory_format=torch.channels_last)


class PatchDiscriminator(nn.Module):
    """``(x [b, c, h, w], condition) -> [b, k]``: a logit for every patch (PatchGAN, Isola 2017). ``widths``: channels, each layer
    after a halving; three see patches of 22 pixels, four of 46. Without normalization, which would hide contrast and color
    from it: a gradient penalty keeps it calm."""

    def __init__(self, channels: int, widths: Sequence[int] = (16, 32, 64)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in pairwise((channels, *widths)):
            layer = nn.Conv2d(a, b, 4, 2, 1)
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            layers += [layer, nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(*layers, scaled_conv(widths[-1], 1, 1, 1.0))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return self.layers(x).flatten(1)


class _Conv(nn.Module):
    """Convolution, instance norm (Ulyanov 2016), leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        # mirrored borders where all is seen at full size; inside zeros do, and the copies that mirroring takes are not paid
        border = "reflect" if kernel > 3 else "zeros"
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, padding_mode=border, bias=False)
        self.norm = _instance_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(self.norm(self.conv(x)), SLOPE)


class _Residual(nn.Module):
    """x + branch(x), two convolutions, the last one without a rectifier."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Conv(channels, channels)
        self.last = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = _instance_norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm(self.last(self.first(x)))


def _instance_norm(channels: int) -> nn.GroupNorm:
    """Groups of one channel: the same numbers as torch's InstanceNorm2d, without its copies out of channels_last and back."""
    return nn.GroupNorm(channels, channels)


def _bounded(x: Tensor, source: Tensor, retouch: bool) -> Tensor:
    """Results in (-1, 1), of the size of the source: ``x`` itself, or the source changed by it."""
    x = x[..., : source.shape[2], : source.shape[3]]
    return torch.tanh(x + torch.atanh(_INSIDE * source)) / _INSIDE if retouch else torch.tanh(x)


def _padded(x: Tensor, multiple: int) -> Tensor:
    """Sides brought to a multiple by repeating the last row and column."""
    lack = [-size % multiple for size in x.shape[2:]]
    return F.pad(x, (0, lack[1], 0, lack[0]), "replicate") if any(lack) else x
