"""Codecs of the tasks that change pictures: pairs, colors from light, styles."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.errors import InputError
from artgen.media import coded_to_bytes, rgb_to_coded
from artgen.nn import ByteCodec, enlarge
from artgen_image.codec import ImageCodec
from artgen_image.config import ImageConfig
from artgen_image.enlarging import EnlargeCodec

_RADIUS, _FLAT = 2, 1e-3  # of the guided filter: pixels, and the variance of the light that counts as an edge


class GivenCodec(ImageCodec):
    """Pictures as they are, on either side."""

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        return raw, None

    def take(self, raw: Tensor) -> Tensor:
        return ByteCodec.encode(self, raw)

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        return self.decode(x)


class StyleCodec(GivenCodec):
    """Pictures larger than the canvas are painted at its size and enlarged by the learned enlarger, which draws strokes with
    clean edges: a stroke is as large beside a picture of any size, and twelve megapixels cost little more than one."""

    def __init__(self, config: ImageConfig) -> None:
        super().__init__(config)
        self.canvas = config.canvas

    def take(self, raw: Tensor) -> Tensor:
        """``[b, c, h, w]``, shrunk to a shorter side of the canvas."""
        x = super().take(raw)
        return x if self.canvas is None else _shrunk(x, self.canvas)

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """What was painted, at the size of ``raw``."""
        size, painted = list(raw.shape[2:]), self.decode(x)
        if list(painted.shape[2:]) == size:
            return painted
        fine = ByteCodec.encode(self, enlarge(painted, 2 if size[0] <= 2 * painted.shape[2] else 4))
        return self.decode(F.interpolate(fine, size, mode="bicubic", antialias=True))


class PairCodec(GivenCodec):
    """Prepared items are the source's channels followed by the target's, ``[b, 2c, h, w]``."""

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        source, target = raw.chunk(2, 1)
        return source, target


class ColorizeCodec(ImageCodec):
    """``[b, 3, h, w]`` uint8 sRGB <-> ``[b, 3, h, w]`` of light and colors: L/50 - 1, a/110, b/110 (as pix2pix does).

    The light of a given picture is kept as it is; colors are made at about the size of training, where the network sees
    the whole, and follow the edges of the light when they are enlarged (guided filter, He 2010)."""

    def __init__(self, config: ImageConfig) -> None:
        super().__init__(config)
        if config.color != "rgb":
            raise InputError("the task colorize makes colors, leave it rgb", at="--set", value="color=gray")
        self.short = min(config.prepared_shape[1:])

    def encode(self, raw: Tensor) -> Tensor:
        """``[b, 3, h', w']`` uint8 to ``[b, 3, h, w]``."""
        return rgb_to_coded((super().encode(raw) + 1) / 2)

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """``[b, 3, h, w]`` to uint8 of the same light, as vivid as sRGB allows."""
        return coded_to_bytes(x)

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """The black-and-white version, and the picture."""
        light = rgb_to_coded(raw.float() / 255)[:, :1]
        return self.decode(torch.cat([light, torch.zeros_like(raw[:, 1:], dtype=light.dtype)], 1)), raw

    def take(self, raw: Tensor) -> Tensor:
        """``[b, 3 or 1, h, w]`` to the light, shrunk to about the size of training."""
        return _shrunk(_light(raw), self.short)

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """The light of ``raw`` in the colors ``x``."""
        light = _light(raw).to(x)
        if x.shape[2:] != light.shape[2:]:
            x = guided(x, _shrunk(light, self.short), light)
        return self.decode(torch.cat([light, x], 1))


def _shrunk(x: Tensor, short: int) -> Tensor:
    """``[b, c, h, w]`` in [-1, 1] with a shorter side of at most ``short`` pixels."""
    share = short / min(x.shape[2:])
    if share >= 1:
        return x
    sides = [max(1, round(side * share)) for side in x.shape[2:]]
    return F.interpolate(x, sides, mode="bicubic", antialias=True).clamp(-1, 1)


def guided(x: Tensor, guide: Tensor, fine: Tensor) -> Tensor:
    """``x [b, c, h, w]`` enlarged to the size of ``fine [b, 1, H, W]``, of which ``guide [b, 1, h, w]`` is the shrunk version:
    around each place x = a * guide + b by least squares, and a and b vary slowly (He & Sun 2015, fast guided filter)."""

    def mean(y: Tensor) -> Tensor:
        padded = F.pad(y, (_RADIUS,) * 4, "replicate")
        return F.avg_pool2d(padded, 2 * _RADIUS + 1, 1)

    center, middle = mean(guide), mean(x)
    slope = (mean(guide * x) - center * middle) / (mean(guide * guide) - center * center + _FLAT)
    offset = middle - slope * center
    size = fine.shape[2:]
    slope, offset = (F.interpolate(mean(part), size, mode="bilinear") for part in (slope, offset))
    return slope * fine + offset


def is_gray(picture: Tensor) -> bool:
    """Whether ``[3, h, w]`` uint8 holds as good as no color."""
    values = picture.int()
    return float((values.amax(0) - values.amin(0)).float().mean()) < 4


def _light(raw: Tensor) -> Tensor:
    """L/50 - 1 of uint8 pictures, ``[b, 1, h, w]``."""
    return rgb_to_coded(raw.float().expand(-1, 3, -1, -1) / 255)[:, :1]


def build_codec(config: ImageConfig) -> ImageCodec:
    """The codec of the task."""
    codecs = {"translate": PairCodec, "colorize": ColorizeCodec, "enlarge": EnlargeCodec, "style": StyleCodec}
    return codecs.get(config.task, ImageCodec)(config)
