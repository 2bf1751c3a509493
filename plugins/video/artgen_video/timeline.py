"""What is asked of a film's length, rate and end, as moments in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.types import SampleOptions

MOST_NUMBERS = 400_000_000  # of one film, four bytes each while it is made: ten minutes of 32 px at 60 frames a second


@dataclass(frozen=True)
class Timeline:
    """The moments of a film.

    - ``moments``: ``[t]`` seconds.
    - ``loop``: seconds after which the film begins again without a seam, None: never.
    - ``last``: the last of the moments, as a number (no graph can be written of a number read from a tensor).
    """

    moments: Tensor
    loop: float | None
    last: float

    @property
    def end(self) -> float:
        """Seconds that are covered."""
        return self.last if self.loop is None else self.loop


def timeline(options: SampleOptions, shape: tuple[int, int, int, int], fps: float, device: torch.device) -> Timeline:
    """The moments of the frames asked for; ``shape`` ``(c, t, h, w)`` and ``fps`` are those of the training."""
    c, frames, h, w = shape
    rate = options.fps or fps
    count = max(1, round(options.seconds * rate)) if options.seconds else max(1, round(frames / fps * rate))
    count = len(options.moments) if options.moments else count
    most = MOST_NUMBERS // (c * h * w)
    if count > most:
        raise InputError(
            f"{count / rate:.0f} s at {rate:g} frames a second are {count} frames of {w} x {h}, at most {most}",
            at="--seconds and --fps",
        )
    if options.moments:
        last = float(np.float32(options.moments[-1]))
        return Timeline(torch.tensor(options.moments, device=device, dtype=torch.float32), None, last)
    moments = torch.arange(count, device=device, dtype=torch.float64) / rate
    return Timeline(moments.float(), count / rate if options.loop else None, float(np.float32((count - 1) / rate)))
