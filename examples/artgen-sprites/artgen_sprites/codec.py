"""RGBA pixels <-> tensors, by way of the palette that the sprites themselves use."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.nn import ByteCodec

_ROUNDS = 12  # of k-means; palettes of pixel art are small and settle sooner


class PaletteCodec(ByteCodec):
    """``[b, 4, h, w]`` uint8 <-> float32 in [-1, 1]. ``fit`` finds the palette; ``decode`` knows its colours only, so that a
    sample is pixel art and not a blurred picture of it."""

    palette: Tensor

    def __init__(self, colours: int, mirror: bool) -> None:
        super().__init__()
        self.mirror = mirror
        self.register_buffer("palette", torch.zeros(colours, 4, dtype=torch.uint8))

    def fit(self, raw: Tensor) -> None:
        """The colours of ``[b, 4, h, w]`` where they are few enough, else the centres of their groups (k-means, begun at the most
        frequent)."""
        found, counts = raw.movedim(1, -1).reshape(-1, 4).unique(dim=0, return_counts=True)
        order = counts.argsort(descending=True, stable=True)
        found, counts = found[order].float(), counts[order].float()
        centres = found[: len(self.palette)].clone()
        if len(found) > len(self.palette):
            for _ in range(_ROUNDS):
                nearest = torch.cdist(found, centres).argmin(1)
                weight = torch.zeros(len(centres)).index_add_(0, nearest, counts)
                total = torch.zeros_like(centres).index_add_(0, nearest, found * counts[:, None])
                centres = torch.where(weight[:, None] > 0, total / weight.clamp_min(1)[:, None], centres)
        self.palette.copy_(torch.cat([centres, centres[:1].expand(len(self.palette) - len(centres), 4)]).round())

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror half of the sprites."""
        if not self.mirror:
            return raw
        hit = torch.rand(len(raw), generator=rng, device=rng.device).to(raw.device) < 0.5
        return torch.where(hit[:, None, None, None], raw.flip(-1), raw)

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Each pixel of ``[b, 4, h, w]`` to the nearest colour of the palette."""
        pixels = x.float().movedim(1, -1)
        nearest = torch.cdist(pixels.reshape(-1, 4), self.encode(self.palette)).argmin(1)
        return self.palette[nearest].reshape(pixels.shape).movedim(-1, 1).contiguous()
