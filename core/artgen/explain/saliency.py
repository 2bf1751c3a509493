"""Where a discriminator looks, and what makes it say "fake": gradients and occlusion, over the places of an item.

Items are looked at one by one, because some discriminators compare the items of a batch.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.contract.codec import Codec, Views

_COPIES, _NOISE = 8, 0.1  # of SmoothGrad; the noise in standard deviations of the item
_CELLS = {1: (16,), 2: (12, 12), 3: (4, 6, 6)}  # an occlusion covers about one of so many along each axis of places
_MOST_SIDE = 64  # places along an axis of a gradient map; finer ones are averaged


@dataclass(frozen=True)
class Saliency:
    """What a discriminator reacts to in one item.

    - ``view`` ``[c, ...]``: the item.
    - ``gradient`` ``[...]``: how strongly the score reacts to each place, the strongest is 1.
    - ``occlusion`` ``[...]``: how far the score rises when a place is covered: above zero the place says "fake", below
      it "real".
    - ``score``: mean logit, higher is more real.
    """

    view: Tensor
    gradient: Tensor
    occlusion: Tensor
    score: float


class Look:
    """A discriminator behind a view of its items, see ``Views``; the encoded item itself where a codec offers none."""

    def __init__(self, codec: Codec, discriminator: nn.Module) -> None:
        self._codec, self._net = codec, discriminator

    def view(self, x: Tensor) -> Tensor:
        """Encoded item ``[1, *shape]`` to ``[1, c, ...]``, channels first; an item with one axis gets a channel."""
        view = self._codec.view(x) if isinstance(self._codec, Views) else x
        return view[:, None] if view.dim() == 2 else view

    def score(self, view: Tensor, shape: tuple[int, ...], condition: Tensor) -> Tensor:
        """Mean logit of a view; ``shape``: of the encoded item."""
        x = self._codec.unview(view) if isinstance(self._codec, Views) else view.reshape(1, *shape)
        return self._net(x, condition).mean()

    def __call__(self, x: Tensor, condition: Tensor) -> Saliency:
        """Both maps of one encoded item ``[1, *shape]``."""
        shape = tuple(x.shape[1:])
        with torch.no_grad():
            view = self.view(x).clone()
            score = float(self.score(view, shape, condition))
        gradient = self._gradient(view, shape, condition)
        return Saliency(view[0], gradient, self._occlusion(view, shape, condition, score), score)

    def _gradient(self, view: Tensor, shape: tuple[int, ...], condition: Tensor) -> Tensor:
        """Mean size of the gradient over noisy copies (SmoothGrad, Smilkov 2017)."""
        rng = torch.Generator().manual_seed(0)
        total = torch.zeros_like(view[0, 0])
        for copy_number in range(_COPIES):
            noise = torch.randn(view.shape, generator=rng).to(view) * view.std() * _NOISE
            with torch.enable_grad(), torch.random.fork_rng(devices=[]):
                torch.manual_seed(copy_number)  # some look at a few frames only, chosen by the seed: others each time
                copy = (view + noise).detach().requires_grad_(True)
                (grad,) = torch.autograd.grad(self.score(copy, shape, condition), copy)
            total += grad[0].abs().sum(0)
        flat = _softened(total)
        return flat / flat.max().clamp_min(1e-12)

    @torch.no_grad()
    def _occlusion(self, view: Tensor, shape: tuple[int, ...], condition: Tensor, score: float) -> Tensor:
        """Mean rise of the score over all covers of a place by the item's mean color (Zeiler & Fergus 2014)."""
        sides = view.shape[2:]
        total, times = torch.zeros(sides, device=view.device), torch.zeros(sides, device=view.device)
        mean = view.mean(tuple(range(2, view.dim())), keepdim=True)
        windows = [_windows(side, cells) for side, cells in zip(sides, _CELLS[len(sides)], strict=True)]
        for place in itertools.product(*windows):
            covered = view.clone()
            covered[(slice(None), slice(None), *place)] = mean
            total[place] += float(self.score(covered, shape, condition)) - score
            times[place] += 1
        return total / times.clamp_min(1)


def _windows(side: int, cells: int) -> list[slice]:
    """Overlapping windows along an axis, each two cells wide."""
    cells = min(cells, side)
    edges = [round(side * k / cells) for k in range(cells + 1)]
    return [slice(a, edges[min(k + 2, cells)]) for k, a in enumerate(edges[: max(1, cells - 1)])]


def _softened(places: Tensor) -> Tensor:
    """Averaged to at most 64 places an axis and back, so that a person sees regions and not grain."""
    sides = [min(side, _MOST_SIDE) for side in places.shape]
    pool = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}[places.dim()]
    small = pool(places[None, None], sides)  # type: ignore[operator]
    return F.interpolate(small, places.shape)[0, 0]
