"""Codecs of the tasks that change films: colors from light, styles."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.media import coded_to_bytes, rgb_to_coded
from artgen_video.codec import VideoCodec
from artgen_video.config import VideoConfig
from artgen_video.framewise import folded, unfolded

_LARGER = 2  # times the trained size at which colors are made; above, only the light is finer


class StyleCodec(VideoCodec):
    """Clips as they are, on either side."""

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """All of ``[b, 3, t, h, w]`` is given; nobody knows what is wanted."""
        return raw, None

    def take(self, raw: Tensor) -> Tensor:
        """``[b, 3, t, h, w]`` uint8 of any size to [-1, 1]."""
        return self.encode(raw)

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """And back."""
        return self.decode(x)


class ColorizeCodec(VideoCodec):
    """``[b, 3, t, h, w]`` uint8 sRGB <-> light and colors of the same shape: L/50 - 1, a/110, b/110 (after pix2pix).

    The light of a given film stays as it is. Of films much larger than those of the training the colors are made at a smaller
    size, where the networks see the whole, and enlarged: the eye is coarse for color."""

    def __init__(self, config: VideoConfig) -> None:
        super().__init__(config)
        self.short = _LARGER * min(config.shape[2:])

    def encode(self, raw: Tensor) -> Tensor:
        """uint8 to light and colors."""
        return rgb_to_coded(raw.float() / 255)

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Light and colors to uint8 of the same light, as vivid as sRGB allows."""
        return coded_to_bytes(x)

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """The clips in black and white, and as they are."""
        x = self.encode(raw)
        return self.decode(torch.cat([x[:, :1], torch.zeros_like(x[:, 1:])], 1)), raw

    def take(self, raw: Tensor) -> Tensor:
        """``[b, 3, t, h, w]`` to the light ``[b, 1, t, h', w']``, at most ``short`` pixels wide or high."""
        light, short = self.encode(raw)[:, :1], min(raw.shape[3:])
        if short <= self.short:
            return light
        sides = [max(1, round(side * self.short / short)) for side in raw.shape[3:]]
        small = F.interpolate(folded(light), sides, mode="bilinear", antialias=True)
        return unfolded(small, raw.shape[2])

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """The light of ``raw`` in the colors ``x [b, 2, t, h', w']``."""
        light = self.encode(raw)[:, :1].to(x.device)
        if x.shape[3:] != light.shape[3:]:
            wide = F.interpolate(folded(x), light.shape[3:], mode="bilinear", align_corners=False)
            x = unfolded(wide, x.shape[2])
        return self.decode(torch.cat([light, x], 1))


def build_codec(config: VideoConfig) -> VideoCodec:
    """The codec of the task."""
    codecs = {"colorize": ColorizeCodec, "style": StyleCodec}
    return codecs.get(config.task, VideoCodec)(config)
