"""RGBA pixels <-> tensors, by way of the palette that the sprites themselves use."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.nn import ByteCodec

_ROUNDS = 12  # of k-means; palettes of pixel art are small and settle sooner


class PaletteCodec(ByteCodec):
    """``[b, 4, h, w]`` uint8 <-> float32 in [-1, 1]. ``fit`` finds the palette; ``decode`` knows its colors only, so that a
    sample is pixel art and not a blurred picture of it."""

    palette: Tensor

    def __init__(self, colors: int, mirror: bool) -> None:
        super().__init__()
        self.mirror = mirror
        self.register_buffer("palette", torch.zeros(colors, 4, dtype=torch.uint8))

    def fit(self, raw: Tensor) -> None:
        """The colors of ``[b, 4, h, w]`` where they are few enough, else the centers of their groups (k-means, begun at the most
        frequent)."""
        found, counts = raw.movedim(1, -1).reshape(-1, 4).unique(dim=0, return_counts=True)
        order = counts.argsort(descending=True, stable=True)
        found, counts = found[order].float(), counts[order].float()
        centers = found[: len(self.palette)].clone()
        if len(found) > len(self.palette):
            for _ in range(_ROUNDS):
                nearest = torch.cdist(found, centers).argmin(1)
                weight = torch.zeros(len(centers)).index_add_(0, nearest, counts)
                total = torch.zeros_like(centers).index_add_(0, nearest, found * counts[:, None])
                centers = torch.where(weight[:, None] > 0, total / weight.clamp_min(1)[:, None], centers)
        self.palette.copy_(torch.cat([centers, centers[:1].expand(len(self.palette) - len(centers), 4)]).round())

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror half of the sprites."""
        if not self.mirror:
            return raw
        hit = torch.rand(len(raw), generator=rng, device=rng.device).to(raw.device) < 0.5
        return torch.where(hit[:, None, None, None], raw.flip(-1), raw)

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Each pixel of ``[b, 4, h, w]`` to the nearest color of the palette."""
        pixels = x.float().movedim(1, -1)
        nearest = torch.cdist(pixels.reshape(-1, 4), ByteCodec.encode(self, self.palette)).argmin(1)
        return self.palette[nearest].reshape(pixels.shape).movedim(-1, 1).contiguous()


class ColorCodec(PaletteCodec):
    """For colorize: ``[b, 4, h, w]`` uint8 <-> ``[b, 5, h, w]``, what is given (one of a few grays, and opacity) before what is
    wanted (red, green, blue). A given work is a sprite drawn in these grays; where it is clear, the result is clear."""

    def __init__(self, colors: int, mirror: bool, grays: int) -> None:
        super().__init__(colors, mirror)
        self.grays = grays

    def encode(self, raw: Tensor) -> Tensor:
        """The sprite in grays, then its colors."""
        return torch.cat([self.take(raw), super().encode(raw[:, :3])], 1)

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """The colors of ``x [b, 5, h, w]``, as opaque as it says, to the nearest ones of the palette."""
        return super().decode(torch.cat([x[:, 2:], x[:, 1:2]], 1))

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """The sprites in grays, and as they are."""
        gray = shades(raw, self.grays)
        return torch.cat([gray, gray, gray, raw[:, 3:]], 1), raw

    def take(self, raw: Tensor) -> Tensor:
        """Gray and opacity, ``[b, 2, h, w]``; a work in color is taken for its grays."""
        return super().encode(torch.cat([shades(raw, self.grays), raw[:, 3:]], 1))

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """The colors ``x [b, 3, h, w]``, as opaque as ``raw`` and clear where it is."""
        raw = raw.to(x.device)
        return self.decode(torch.cat([self.take(raw), x], 1)) * (raw[:, 3:] > 0)


def shades(raw: Tensor, grays: int) -> Tensor:
    """The light of ``[b, 4, h, w]`` uint8 (Rec. 601) in so many steps from black to white, ``[b, 1, h, w]`` uint8."""
    red, green, blue, _ = raw.float().unbind(1)
    step = ((0.299 * red + 0.587 * green + 0.114 * blue) * grays / 256).floor()
    return (step * 255 / (grays - 1)).round().to(torch.uint8)[:, None]
