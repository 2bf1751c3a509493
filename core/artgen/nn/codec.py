"""The plainest codec: bytes to [-1, 1] and back."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ByteCodec(nn.Module):
    """``[b, *item]`` uint8 <-> ``[b, *item]`` float32, x = 2 raw / 255 - 1. Deriving classes may write ``vary``, and ``encode``
    where the networks see a part of an item."""

    def fit(self, raw: Tensor) -> None:
        """Nothing to learn."""

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Every item as it is."""
        return raw

    def encode(self, raw: Tensor) -> Tensor:
        """uint8 to float32 in [-1, 1]."""
        return raw.float() / 127.5 - 1

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Float to uint8, clipped at the ends: ``decode(encode(raw)) == raw``. ``loop`` is left to the generator."""
        return ((x.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
