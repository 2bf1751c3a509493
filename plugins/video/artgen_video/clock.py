"""Frames as they come, at whatever moments, to frames at a steady rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeVar

Frame = TypeVar("Frame")
LONGEST_HOLD = 2.0  # seconds that one frame may stand; a longer gap is a lie of the file, or a pause not worth learning


def steady(frames: Iterable[tuple[float, Frame]], fps: float, most: int) -> Iterator[Frame]:
    """``(moment in seconds, frame)`` to the frame that is visible at 0, 1/fps, 2/fps, ... after the first: at most ``most``.

    Moments that are missing (NaN) or run backward are dropped, a gap longer than LONGEST_HOLD is shortened to it; so what
    comes out is bounded by what went in. The last frame counts as long as the one before it."""
    made, now, last = 0, 0.0, math.nan
    step, shown = 1 / fps, None
    for moment, frame in frames:
        if not math.isfinite(moment):
            continue
        if shown is not None:
            gap = moment - last
            if gap <= 0:
                continue
            step = min(gap, LONGEST_HOLD)
            while made / fps < now + step - 1e-6:
                if made == most:
                    return
                yield shown
                made += 1
            now += step
        shown, last = frame, moment
    while shown is not None and made < most and made / fps < now + step - 1e-6:
        yield shown
        made += 1
