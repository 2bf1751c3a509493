"""uint8 clips <-> tensors in [-1, 1]."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artgen_video.config import VideoConfig


class VideoCodec(nn.Module):
    """``[b, c, t, h, w]`` uint8 <-> float32, x = 2 raw / 255 - 1; any number of frames."""

    def __init__(self, config: VideoConfig) -> None:
        super().__init__()
        self.mirror = config.mirror

    def fit(self, raw: Tensor) -> None:
        """Nothing to learn."""

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror half of the clips, all frames of one alike. Never in time: films run forward."""
        if not self.mirror:
            return raw
        hit = torch.rand(len(raw), generator=rng, device=rng.device).to(raw.device) < 0.5
        return torch.where(hit[:, None, None, None, None], raw.flip(-1), raw)

    def encode(self, raw: Tensor) -> Tensor:
        """``[b, c, t, h, w]`` uint8 to float32 in [-1, 1]."""
        return raw.float() / 127.5 - 1

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Float to uint8, clipped at the ends: ``decode(encode(raw)) == raw``. A loop was made one by the generator."""
        return ((x.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
