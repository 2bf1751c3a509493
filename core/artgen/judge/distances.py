"""Distances between two sets of features ``[b, f]``: kernel and Frechet distance, and how two sets cover each other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NEIGHBORS = 5  # k of the balls, as Naeem 2020


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Unbiased squared MMD with the kernel (x.y/f + 1)^3 between features ``[n, f]`` and ``[m, f]`` (KID, Binkowski 2018), of
    all pairs: no random subsets.

    Features are first centered on ``a`` and divided by its root mean square, so that figures of different extractors have a
    comparable size. NaN for fewer than two items. The lines are ours because the library that has them takes a core three
    seconds to load, more than all else that a small judging costs."""
    return float(kernel_parts(a, b).mean())


def kernel_parts(a: Tensor, b: Tensor) -> Tensor:
    """What each item of ``b`` does to ``kernel_distance(a, b)``: ``[m]`` float64, of which that distance is the mean. All NaN,
    and at least one, where ``a`` or ``b`` has fewer than two items.

    The parts spread as the first-order term of the distance does (Hoeffding 1948): ``std / m ** 0.5`` is its error as far as
    ``b`` was drawn by chance, and the same of the difference of two ``b`` of equal seeds tells which model is nearer."""
    if min(len(a), len(b)) < 2:
        return torch.full((max(len(b), 1),), torch.nan, dtype=torch.float64)
    center = a.mean(0)
    spread = (a - center).square().mean().sqrt().clamp_min(1e-9)
    x, y = ((part - center).double() / spread for part in (a, b))

    def kernel(left: Tensor, right: Tensor) -> Tensor:
        return (left @ right.T / left.shape[1] + 1) ** 3

    def within(part: Tensor) -> Tensor:
        """Mean of each item with the others: ``[b]``."""
        own = kernel(part, part)
        return (own.sum(1) - own.diagonal()) / (len(part) - 1)

    among, across = within(y), kernel(x, y).mean(0)
    return within(x).mean() - among.mean() + 2 * (among - across)


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Squared Frechet distance of two normal distributions fitted to features ``[n, f]`` and ``[m, f]`` (FID, Heusel 2017).
    Biased upwards for few items: compare it with its own floor only.

    With centered features A / sqrt(n - 1) and B / sqrt(m - 1), the covariances are A'A and B'B, and the trace of the square root
    of their product is the sum of the singular values of A B': a matrix of items, not of features, which are many more."""
    a, b = a.double(), b.double()
    centers = a.mean(0), b.mean(0)
    parts = [(x - center) / max(len(x) - 1, 1) ** 0.5 for x, center in zip((a, b), centers, strict=True)]
    # where items are many, each part is replaced by a square one with the same covariance
    left, right = (torch.linalg.qr(part, mode="r").R if part.shape[0] > part.shape[1] else part for part in parts)
    shared = torch.linalg.svdvals(left @ right.T).sum()
    spread = left.square().sum() + right.square().sum()
    return float((centers[0] - centers[1]).square().sum() + spread - 2 * shared)


@dataclass(frozen=True)
class Cover:
    """How well two sets cover each other, each figure a share; density may pass 1.

    - ``precision``: of the samples inside some real ball.
    - ``recall``: of the real items inside some sample's ball (Kynkaanniemi 2019).
    - ``density``: real balls around a sample, of k.
    - ``coverage``: of the real balls that hold a sample (Naeem 2020).
    """

    precision: float
    recall: float
    density: float
    coverage: float


def cover(real: Tensor, sample: Tensor, k: int = NEIGHBORS) -> Cover:
    """Precision, recall, density and coverage of features ``[b, f]``; a ball reaches to the k-th nearest neighbor of its own
    set. The one maintained implementation of all four is a 60-line script bound to an old scikit-learn, hence these lines."""
    k = min(k, len(real) - 1, len(sample) - 1)
    between = torch.cdist(real.double(), sample.double())  # [real, sample]
    real_balls, sample_balls = radii(real, k)[:, None], radii(sample, k)[None, :]
    inside = between <= real_balls
    return Cover(
        precision=float(inside.any(0).double().mean()),
        recall=float((between <= sample_balls).any(1).double().mean()),
        density=float(inside.double().sum(0).mean() / k),
        coverage=float(inside.any(1).double().mean()),
    )


def radii(x: Tensor, k: int) -> Tensor:
    """Distance of each item of ``[b, f]`` to its k-th nearest other item: ``[b]`` float64."""
    within = torch.cdist(x.double(), x.double())
    within.fill_diagonal_(0.0)
    return within.kthvalue(k + 1, dim=1).values
