"""uint8 clips <-> tensors in [-1, 1]."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.nn import ByteCodec
from artgen_video.config import VideoConfig


class VideoCodec(ByteCodec):
    """``[b, c, t, h, w]`` uint8 <-> float32 in [-1, 1]; any number of frames, loops are made by the generator."""

    def __init__(self, config: VideoConfig) -> None:
        super().__init__()
        self.mirror = config.mirror

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror half of the clips, all frames of one alike. Never in time: films run forward."""
        if not self.mirror:
            return raw
        hit = torch.rand(len(raw), generator=rng, device=rng.device).to(raw.device) < 0.5
        return torch.where(hit[:, None, None, None, None], raw.flip(-1), raw)
