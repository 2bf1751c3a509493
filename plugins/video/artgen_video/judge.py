"""How films are judged: features of a clip that know the order of its frames, and plain descriptors of its motion.

The usual features look at frames, or at an average over them, and hardly notice shuffled ones (RECIPES of the field: FVD). These
are made of differences over several gaps, which grow with the gap in a real film, are all alike in a shuffled one and zero in a
frozen one.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.nn import MobileNetFeatures
from artgen.types import Judge

GAPS = (1, 2, 4, 8)
GRID = 4
CLIPS = 48  # judged per class
SIDE = 32
FRAMES = 2  # of a clip that are looked at as pictures


class ClipFeatures:
    """uint8 ``[b, 3, t, h, w]`` to ``[b, f]``: what is where, its edges, and how much it changes over each gap and in which
    direction. No learned weights; every block is scaled to weigh about the same."""

    name = "space-time gradients of clips, 32 px: color, edges, change over 1, 2, 4 and 8 frames on a 4 x 4 grid"

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        x = small(raw)
        gray = x.mean(1)
        color = _cells(x.mean(2), 2 * GRID).flatten(1)
        blocks = [color, 4 * _edges(gray), *(6 * _change(gray, gap) for gap in GAPS), 6 * _drift(gray)]
        return torch.cat(blocks, 1)


class FrameFeatures:
    """uint8 ``[b, 3, t, h, w]`` to ``[b, 1280]``: how ``FRAMES`` frames of a clip look to MobileNetV2, averaged.

    They are the middle ones of equal parts of the clip: the first and the last of a loop would show the same. It sees what is
    shown, a dog or a shape, which the features of motion do not tell."""

    name = f"{FRAMES} frames by {MobileNetFeatures.name}"

    def __init__(self) -> None:
        self._look = MobileNetFeatures()

    def __call__(self, raw: Tensor) -> Tensor:
        chosen = ((torch.arange(FRAMES) + 0.5) * raw.shape[2] / FRAMES).long()
        frames = raw[:, :, chosen].transpose(1, 2)
        return self._look(frames.flatten(0, 1)).unflatten(0, (-1, FRAMES)).mean(1)


def small(raw: Tensor) -> Tensor:
    """Float in [0, 1] at SIDE px: ``[b, 3, t, SIDE, SIDE]``."""
    x = raw.float() / 255
    return F.adaptive_avg_pool2d(x.flatten(1, 2), (SIDE, SIDE)).unflatten(1, x.shape[1:3])


@torch.no_grad()
def statistics(raw: Tensor) -> Mapping[str, Tensor]:
    """uint8 ``[b, 3, t, h, w]`` to descriptors ``[b]`` each:

    ``frame difference``: mean change from frame to frame, in steps of 255.

    - ``smoothness``: that change over the change across four frames (or a quarter of the clip): about 0.4 in films, 1
      where the order is lost, 0 where nothing moves.
    - ``jerk``: change of the change over the change: 1 for steady motion, above 1.7 for flicker. ``loop seam``: change
      from the last frame to the first over the change from frame to frame: 1 where a film loops without a seam.
    - ``sharpness``: mean step between neighboring pixels of a frame, in steps of 255.
    """
    x = raw.float()
    step = x.diff(dim=2).abs().mean((1, 2, 3, 4))
    far = min(4, max(2, x.shape[2] // 4))
    wide = (x[:, :, far:] - x[:, :, :-far]).abs().mean((1, 2, 3, 4))
    bend = x.diff(dim=2).diff(dim=2).abs().mean((1, 2, 3, 4))
    seam = (x[:, :, -1] - x[:, :, 0]).abs().mean((1, 2, 3))
    some = 0.05  # of a step of 255: less is no motion
    return {
        "frame difference": step,
        "smoothness": step / wide.clamp_min(some),
        "jerk": bend / step.clamp_min(some),
        "loop seam": seam / step.clamp_min(some),
        "sharpness": (x.diff(dim=3).abs().mean((1, 2, 3, 4)) + x.diff(dim=4).abs().mean((1, 2, 3, 4))) / 2,
    }


def build() -> Judge:
    """Features and statistics as the core asks for them. The second features choose the best state of a training."""
    return Judge(ClipFeatures(), statistics, CLIPS, second=FrameFeatures())


def _cells(x: Tensor, grid: int) -> Tensor:
    return F.adaptive_avg_pool2d(x, (grid, grid))


def _edges(gray: Tensor) -> Tensor:
    """Root mean square slope across and down in each cell."""
    across, down = gray.diff(dim=3)[:, :, :-1], gray.diff(dim=2)[:, :, :, :-1]
    return torch.cat(
        [_cells(slope.square().mean(1, keepdim=True), GRID).sqrt().flatten(1) for slope in (across, down)], 1
    )


def _change(gray: Tensor, gap: int) -> Tensor:
    """Root mean square change over ``gap`` frames in each cell (the longest there is, in a shorter clip)."""
    gap = min(gap, gray.shape[1] - 1)
    return _cells((gray[:, gap:] - gray[:, :-gap]).square().mean(1, keepdim=True), GRID).sqrt().flatten(1)


def _drift(gray: Tensor) -> Tensor:
    """Which way things move: change in time times slope, across and down, signed root of the mean in each cell."""
    middle, time = (gray[:, 1:] + gray[:, :-1]) / 2, gray.diff(dim=1)
    across = (middle.diff(dim=3)[:, :, :-1] * time[:, :, :-1, :-1]).mean(1, keepdim=True)
    down = (middle.diff(dim=2)[:, :, :, :-1] * time[:, :, :-1, :-1]).mean(1, keepdim=True)
    means = [_cells(part, GRID).flatten(1) for part in (across, down)]
    return torch.cat([mean.sign() * mean.abs().sqrt() for mean in means], 1)
