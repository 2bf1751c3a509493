"""The task enlarge: the enlarger that ships learns from a person's own pictures what their texture is.

An item is the small picture and the large one with its pixels folded into channels, ``[c + 16 c, h / 4, w / 4]``, so that both
lie side by side; generator and discriminator are a GAN like any other, and the game is that of pix2pix.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import ByteCodec, Enlarger, PatchDiscriminator, load_enlarger
from artgen.types import Noise
from artgen_image.codec import ImageCodec
from artgen_image.config import ImageConfig

SCALE, EDGE = 4, 4


class EnlargeCodec(ImageCodec):
    """``[b, c, h, w]`` uint8 <-> ``[b, 17 c, h / 4, w / 4]`` in [-1, 1]: the shrunk picture (antialiased bicubic), then the
    picture, squares of 4 x 4 pixels folded. Works that are given are small, works that are wanted four times as large."""

    def __init__(self, config: ImageConfig) -> None:
        super().__init__(config)
        self.factor = 2 if config.enlarge == 2 else SCALE

    def encode(self, raw: Tensor) -> Tensor:
        x = super().encode(raw)
        return torch.cat([_shrunk(x), F.pixel_unshuffle(x, SCALE)], 1)

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """``[b, 17 c, h, w]`` to the large pictures, uint8 ``[b, c, 4 h, 4 w]``."""
        return super().decode(F.pixel_shuffle(x[:, x.shape[1] // (SCALE**2 + 1) :], SCALE))

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """The shrunk picture, and the picture (at half its size where twice is what is asked for)."""
        h, w = (side // SCALE * SCALE for side in raw.shape[2:])
        large = raw[:, :, :h, :w]
        x = self.take(large)
        return super().decode(_shrunk(x)), large if self.factor == SCALE else super().decode(F.avg_pool2d(x, 2))

    def take(self, raw: Tensor) -> Tensor:
        return ByteCodec.encode(self, raw)

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """What the generator made, unfolded: ``[b, c, factor h, factor w]``."""
        large = F.pixel_shuffle(x, SCALE)
        return super().decode(large if self.factor == SCALE else F.avg_pool2d(large, SCALE // self.factor))


class EnlargingGenerator(nn.Module):
    """``source [b, c, h, w]`` in [-1, 1] to ``[b, 16 c, h, w]``, the large picture folded. It begins as the one that ships."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.net = Enlarger()
        if not self.net.last.weight.is_meta:
            self.net.load_state_dict(load_enlarger(torch.device("cpu")).state_dict())

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        edge = 0 if self.training else EDGE  # the border continued, because the zeros outside would show as a rim
        color = (F.pad(source.expand(-1, 3, -1, -1), [edge] * 4, "replicate") + 1) / 2
        folded = self.net.folded(color.contiguous(memory_format=torch.channels_last)) * 2 - 1
        folded = folded[:, :, edge : folded.shape[2] - edge, edge : folded.shape[3] - edge]
        return folded if self.channels == 3 else folded.unflatten(1, (3, SCALE**2)).mean(1)


class EnlargingDiscriminator(nn.Module):
    """``(x [b, 17 c, h, w], condition) -> [b, k]``: looks at the large picture beside the small one, stretched to its size."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.channels = channels
        self.net = PatchDiscriminator(2 * channels, [width, 2 * width, 4 * width])

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        small = F.interpolate(x[:, : self.channels], scale_factor=float(SCALE), mode="bilinear", align_corners=False)
        large = F.pixel_shuffle(x[:, self.channels :], SCALE)
        both = torch.cat([small, large], 1).contiguous(memory_format=torch.channels_last)
        return self.net(both, condition)


def _shrunk(x: Tensor) -> Tensor:
    """A quarter of the size, as programs shrink pictures."""
    size = [side // SCALE for side in x.shape[2:]]
    return F.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False).clamp(-1, 1)
