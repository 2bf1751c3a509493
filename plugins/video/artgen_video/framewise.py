"""Networks that change films: those of pictures on every frame, and what it costs them to flicker.

A frame is changed by itself, so that a film of any length comes out the same however it is cut into pieces. That neighboring
frames agree is learned: where a source stands still, its result has to stand still too.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from artgen.nn import Augment2d, PatchDiscriminator, ResNet, UNet
from artgen.types import DataSpec, Networks, Noise
from artgen_video.config import VideoConfig

STILL = 0.04  # change of a source, of the range [-1, 1], at which its weight has fallen to a third
WINDOW = (16, 256, 256)  # frames and pixels of a film that are changed at a time, which bounds memory


def folded(x: Tensor) -> Tensor:
    """``[b, c, t, h, w]`` to pictures ``[b * t, c, h, w]``."""
    return x.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)


def unfolded(x: Tensor, frames: int) -> Tensor:
    """``[b * t, c, h, w]`` to films ``[b, c, t, h, w]``."""
    return x.unflatten(0, (-1, frames)).transpose(1, 2)


class FrameTranslator(nn.Module):
    """A translator of pictures on every frame: ``[b, i, t, h, w] -> [b, o, t, h, w]``, any length and size."""

    def __init__(self, net: UNet | ResNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        return unfolded(self.net(folded(source), condition, noise), source.shape[2])


class FrameStylist(FrameTranslator):
    """The same with the features that the task style compares."""

    def features(self, x: Tensor) -> list[Tensor]:
        """``[b, c, t, h, w]`` to maps ``[b * t, f, h', w']``, fine to coarse."""
        assert isinstance(self.net, ResNet)
        return self.net.features(folded(x))


class FrameDiscriminator(nn.Module):
    """Every patch of every frame: ``[b, c, t, h, w] -> [b, t * k]``."""

    def __init__(self, net: PatchDiscriminator) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return self.net(folded(x), condition).reshape(len(x), -1)


@dataclass(frozen=True)
class Row:
    """``count`` frames in a row, anywhere in a clip: a function of the seed that torch was given for the step."""

    count: int

    def __call__(self, x: Tensor) -> Tensor:
        """``[b, c, t, h, w]`` to ``[b, c, count, h, w]``."""
        rng = torch.Generator().manual_seed(torch.initial_seed())
        first = int(torch.randint(max(1, x.shape[2] - self.count + 1), (), generator=rng))
        return x[:, :, first : first + self.count]


def flicker(source: Tensor, result: Tensor) -> Tensor:
    """How much a result ``[b, o, t, h, w]`` changes from frame to frame where its source ``[b, i, t, h, w]`` does not: the mean
    absolute change, each place weighted by exp(-(change of the source / STILL)^2). A scalar, 0 where nothing flickers."""
    if source.shape[2] < 2:
        return result.new_zeros(())
    still = torch.exp(-(source.diff(dim=2).abs().mean(1, keepdim=True) / STILL).square())
    return (still * result.diff(dim=2).abs()).mean()


def build_changers(config: VideoConfig, spec: DataSpec) -> Networks:
    """The networks of the task: a U-Net from light to colors, or a residual network from films to films of a style."""
    channels = spec.shape[0]
    if config.task == "colorize":
        generator, given = FrameTranslator(UNet(1, channels - 1, config.unet_widths)), 1
    else:
        net = ResNet(channels, channels, config.resnet_width, config.resnet_blocks, retouch=True, folded=True)
        generator, given = FrameStylist(net), channels
    return Networks(
        generator,
        FrameDiscriminator(PatchDiscriminator(channels, config.patch_widths)),
        0,
        Augment2d(config.augment_kinds) if config.augment_kinds else None,
        Row(config.train_crop),
        given,
        WINDOW,
        flicker,
    )
