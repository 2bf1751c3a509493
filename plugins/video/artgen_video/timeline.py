"""What is asked of a film's length, rate and end, as moments in time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.types import Ask

MOST_FRAMES = 36_000  # of one film: ten minutes at 60 a second


@dataclass(frozen=True)
class Timeline:
    """``moments``: ``[t]`` seconds. ``loop``: seconds after which the film begins again without a seam, None: never."""

    moments: Tensor
    loop: float | None

    @property
    def end(self) -> float:
        """Seconds that are covered."""
        return float(self.moments[-1]) if self.loop is None else self.loop


def timeline(ask: Ask, frames: int, fps: float, device: torch.device) -> Timeline:
    """The moments of the frames asked for; ``frames`` and ``fps`` are those of the training."""
    rate = ask.fps or fps
    count = max(1, round(ask.seconds * rate)) if ask.seconds else max(1, round(frames / fps * rate))
    if count > MOST_FRAMES:
        raise InputError(f"--seconds {ask.seconds} at {rate:g} frames a second: {count} frames, at most {MOST_FRAMES}")
    moments = torch.arange(count, device=device, dtype=torch.float64) / rate
    return Timeline(moments.float(), count / rate if ask.loop else None)
