"""What all works of a generator have at the same places although real works do not: its fixed pattern.

Each doubling of a network's maps leaves faint copies of what is coarser, always at the same places, and blocks learn to use them:
beads on every wall, columns in every sky (Karras 2021, section 1, calls it texture sticking). A discriminator, which sees
one item at a time, cannot know that the next one has the same grain.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

_MEAN: dict[int, Callable[..., Tensor]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def fixed_pattern(fake: Tensor, real: Tensor, condition: Tensor) -> Tensor:
    """How far the mean made item of a class lies from its mean real one in what is fine: || E[fine(fake)] - E[fine(real)] ||^2,
    summed over an item's numbers. Classes are added, each by the square of its share of the items: the fewer items a class has,
    the less is known of it. A scalar, near zero where the means agree; it may be below.

    - ``fake``, ``real``: items ``[b, c, ...]`` of one to three axes of places.
    - ``condition``: ``[b, k]`` class weights of the one and of the other.

    ``fine`` leaves what has some six places a period or less. The estimate has no bias (Gretton 2012, lemma 6, with the linear
    kernel). It takes products of different items alone, as an item's square is there without any pattern too. Both are of one
    class, or one class would make up for what another lacks. Marks that real works share, such as the eyes of faces, cost
    nothing. Zero where no two items are of one class."""
    with torch.autocast(fake.device.type, enabled=False):
        apart = (fine(fake.float()) - fine(real.float())).flatten(1)
        pairs = condition @ condition.T if condition.shape[1] else torch.ones(len(fake), len(fake), device=fake.device)
        pairs = pairs - torch.diag(pairs.diagonal())
        return (pairs * (apart @ apart.T)).sum() / (len(fake) * (len(fake) - 1))


def has_pattern(items: Tensor) -> bool:
    """Whether ``items`` ``[b, c, ...]`` have places, and are enough to have something in common."""
    return items.dim() - 2 in _MEAN and len(items) > 1


def fine(x: Tensor) -> Tensor:
    """What a place of items ``[b, c, ...]`` has beyond the mean of itself and its neighbors, of those that there are."""
    return x - _MEAN[x.dim() - 2](x, 3, 1, 1, count_include_pad=False)
