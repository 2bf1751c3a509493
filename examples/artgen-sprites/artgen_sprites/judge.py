"""How sprites are judged: dot by dot, and beside the way in which grays are colored without looking at what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen import Judge
from artgen_sprites.codec import shades


class Dots:
    """``[b, 4, size, size]`` uint8 at 8 x 8, ``[b, 256]``."""

    name = "dots, 8 x 8 of each sprite"

    def __call__(self, raw: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(raw.float() / 255, 8).flatten(1)


def right(result: Tensor, truth: Tensor) -> Mapping[str, Tensor]:
    """The share ``[b]`` of the dots drawn that have just the color of the truth."""
    drawn = truth[:, 3] > 0
    same = (result == truth).all(1) & drawn
    return {"dots right": same.sum((1, 2)) / drawn.sum((1, 2)).clamp_min(1)}


def gradient_map(grays: int) -> Callable[[Tensor, Tensor], Tensor]:
    """The baseline: each gray of ``[b, 4, h, w]`` becomes the color that stands most often for it in ``works [n, 4, h, w]``."""

    def colored(source: Tensor, works: Tensor) -> Tensor:
        dots = torch.cat([_kinds(works, grays), works.movedim(1, -1).reshape(-1, 4).int()], 1)
        table, counts = dots.unique(dim=0, return_counts=True)
        table = table[counts.argsort(descending=True, stable=True)]  # the first of a gray is the most frequent
        kinds, place = _kinds(source, grays).unique(return_inverse=True)
        first = (table[:, 0] == kinds[:, None]).int().argmax(1)  # 0, the most frequent of all, for one that is nowhere
        shape = (len(source), *source.shape[2:], 4)
        return table[first, 1:][place.flatten()].to(works.dtype).reshape(shape).movedim(-1, 1).contiguous()

    return colored


def _kinds(raw: Tensor, grays: int) -> Tensor:
    """Gray and opacity of every dot as one number, ``[dots, 1]``."""
    return (shades(raw, grays).int() * 256 + raw[:, 3:].int()).reshape(-1, 1)


def judge(grays: int) -> Judge:
    """For every task; a drawing in grays has to be colored better than by a gradient map."""
    return Judge(Dots(), closeness=right, baselines={"gradient map": gradient_map(grays)})
