"""A network slid over a work that is larger than what it was trained on: overlapping windows, blended without seams."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import ceil, pi

import torch
from torch import Tensor
from torch.nn import functional as F

_OVERLAP = 4  # a quarter of a window, at least, is seen by its neighbor too


def tiled(play: Callable[[Tensor], Tensor], x: Tensor, window: tuple[int, ...]) -> Tensor:
    """``play`` on windows of ``x [b, c, ...]``, at most ``window`` along the axes behind the channels: ``[b, c', ...]`` of the
    same size.

    Each window's share falls to nothing towards its inner edges (sine squared), so that no edge can be seen."""
    sizes = x.shape[2:]
    spans = [min(size, most) for size, most in zip(sizes, window, strict=True)]
    starts = [_starts(size, span) for size, span in zip(sizes, spans, strict=True)]
    places = list(product(*starts))
    if len(places) == 1:
        return play(x)
    total = weight = x.new_zeros(())
    for place in places:
        where = tuple(slice(start, start + span) for start, span in zip(place, spans, strict=True))
        made = play(x[(..., *where)].contiguous())
        if total.dim() == 0:
            total, weight = made.new_zeros(*made.shape[:2], *sizes), made.new_zeros(sizes)
        share = made.new_ones(())
        for start, span, size in zip(place, spans, sizes, strict=True):
            share = share[..., None] * _share(start, span, size).to(made)
        total[(..., *where)] += made * share
        weight[where] += share
    return total / weight


def padded(play: Callable[[Tensor], Tensor], x: Tensor, least: tuple[int, ...]) -> Tensor:
    """``play`` on ``x [b, c, ...]`` brought to at least the sizes ``least`` by repeating its border, which is cut off again."""
    missing = [max(0, size - have) for size, have in zip(least, x.shape[2:], strict=True)]
    if not any(missing):
        return play(x)
    sides = [side for lack in reversed(missing) for side in (lack // 2, lack - lack // 2)]
    made = play(F.pad(x, sides, "replicate"))
    where = tuple(slice(lack // 2, lack // 2 + size) for lack, size in zip(missing, x.shape[2:], strict=True))
    return made[(..., *where)]


def _starts(size: int, span: int) -> list[int]:
    """Where windows begin so that they cover ``size`` evenly and overlap by at least a quarter."""
    if size <= span:
        return [0]
    count = ceil((size - span) / (span - span // _OVERLAP)) + 1
    return [round(number * (size - span) / (count - 1)) for number in range(count)]


def _share(start: int, span: int, size: int) -> Tensor:
    """``[span]``: 1, falling over a quarter of the window to nearly 0 where the window ends inside of the work."""
    ramp, places = max(1, span // _OVERLAP), torch.arange(span) + 0.5
    share = torch.ones(span)
    if start > 0:
        share = share * torch.sin((places / ramp).clamp(max=1) * pi / 2).square()
    if start + span < size:
        share = share * torch.sin(((span - places) / ramp).clamp(max=1) * pi / 2).square()
    return share
