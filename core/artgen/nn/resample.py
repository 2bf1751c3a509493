"""Halving and doubling of feature maps without aliasing and without checkerboards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_CONVOLVE: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def up2(x: Tensor) -> Tensor:
    """Double one to three axes of ``[b, c, ...]`` by linear interpolation, which is the filter [1, 3, 3, 1] with repeated
    borders."""
    return F.interpolate(x, scale_factor=2, mode=_LINEAR[x.dim() - 2], align_corners=False)


def down2(x: Tensor) -> Tensor:
    """Halve one to three axes of ``[b, c, ...]`` with the separable filter [1, 3, 3, 1] / 8; differentiable twice.

    A part (half, a quarter, an eighth) of the transpose of up2, but for the borders (zeros). Sizes are even.
    """
    taps = x.new_tensor((0.125, 0.375, 0.375, 0.125))
    kernel = taps
    for _ in range(x.dim() - 3):
        kernel = kernel[..., None] * taps
    return depthwise(x, kernel.expand(x.shape[1], 1, *kernel.shape), stride=2, padding=1)


def depthwise(x: Tensor, kernel: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0) -> Tensor:
    """Convolution of every channel of ``[b, c, h, w]`` by its own ``kernel [c, 1, k, k]``; of one or three axes likewise.

    On a CPU always in float32: in bfloat16 its gradient has no fast kernel and took half of a training step."""
    convolve = _CONVOLVE[x.dim() - 2]
    if x.device.type != "cpu":
        return convolve(x, kernel, bias, stride, padding, groups=x.shape[1])
    with torch.autocast("cpu", enabled=False):
        exact = torch.promote_types(x.dtype, torch.float32)
        y = convolve(x.to(exact), kernel.to(exact), bias, stride, padding, groups=x.shape[1])
    return y.to(x.dtype)


def unpatch(x: Tensor, patch: int) -> Tensor:
    """Pixel shuffle without its grid: ``[b, c * patch^2, h, w] -> [b, c, h * patch, w * patch]``.

    The neighbors that a shuffle puts side by side come from different channels, whose differences repeat with the
    period ``patch``: the checkerboard. The separable filter box(patch) * box(2), [1, 2, 1] / 4 for 2, is zero at every
    frequency of that period, so none of it is left; borders are repeated.
    """
    x = F.pixel_shuffle(x, patch)
    if patch == 1:
        return x
    taps = torch.full((patch + 1,), 1.0 / patch, dtype=x.dtype, device=x.device)
    taps[0] = taps[-1] = 0.5 / patch
    kernel = torch.outer(taps, taps).expand(x.shape[1], 1, -1, -1)
    return depthwise(F.pad(x, (patch // 2,) * 4, "replicate"), kernel)


def pyramid(height: int, width: int, smallest: int = 4) -> list[tuple[int, int]]:
    """The sizes from coarse to fine by which a network reaches ``(height, width)`` in doublings.

    The coarsest is the last that both sides can be halved to without the shorter one falling below ``smallest``:
    ``pyramid(32, 48) == [(4, 6), (8, 12), (16, 24), (32, 48)]``.
    """
    sizes = [(height, width)]
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 2 * smallest:
        height, width = height // 2, width // 2
        sizes.append((height, width))
    return sizes[::-1]


def level_widths(levels: int, finest: int, most: int, chosen: Sequence[int] | None = None) -> tuple[int, ...]:
    """Channels of so many ``levels``, coarsest first.

    - ``finest``: of the finest level, doubled from one to the next.
    - ``most``: of any level, at least ``finest``.
    - ``chosen``: instead of these; counted from the finest level, so that those of a preset suit other sizes: the coarsest
      repeats, or is left out. None or empty: nothing is chosen."""
    if chosen:
        missing = levels - len(chosen)
        return (chosen[0],) * missing + tuple(chosen[max(0, -missing) :])
    return tuple(min(finest << level, max(most, finest)) for level in reversed(range(levels)))
