"""uint8 pictures <-> tensors in [-1, 1]."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.nn import ByteCodec
from artgen_image.config import ImageConfig


class ImageCodec(ByteCodec):
    """``[b, c, h', w']`` uint8 <-> ``[b, c, h, w]`` float32, x = 2 raw / 255 - 1; prepared pictures may be larger than
    the networks' by the jitter, of which ``vary`` takes a random and ``encode`` the middle crop."""

    def __init__(self, config: ImageConfig) -> None:
        super().__init__()
        self.size = config.shape[1:]
        self.mirror = config.mirror

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror half of the pictures and move the crop, each on its own: ``[b, c, h', w'] -> [b, c, h, w]``."""
        b, (h, w) = raw.shape[0], self.size
        noise = torch.rand(b, 3, generator=rng, device=rng.device).to(raw.device)
        rows = _window(noise[:, 0], raw.shape[2], h)
        columns = _window(noise[:, 1], raw.shape[3], w)
        if self.mirror:
            columns = torch.where(noise[:, 2:] < 0.5, columns.flip(1), columns)
        items = torch.arange(b, device=raw.device)[:, None, None]
        return raw.movedim(1, -1)[items, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)

    def encode(self, raw: Tensor) -> Tensor:
        """``[b, c, h', w']`` uint8 to ``[b, c, h, w]`` float32 in [-1, 1]."""
        (h, w), top, left = self.size, (raw.shape[2] - self.size[0]) // 2, (raw.shape[3] - self.size[1]) // 2
        return super().encode(raw[:, :, top : top + h, left : left + w])


def _window(share: Tensor, whole: int, part: int) -> Tensor:
    """``[b]`` in [0, 1) to ``[b, part]`` neighboring indices, somewhere in ``range(whole)``."""
    start = (share * (whole - part + 1)).long()
    return start[:, None] + torch.arange(part, device=share.device)
