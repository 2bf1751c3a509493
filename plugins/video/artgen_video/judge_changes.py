"""How changed films are judged: how near to the truth or to the style, what is kept, and whether they flicker."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.media import colorfulness, edges_kept, in_mean_color, match_histograms, rgb_to_lab, structural_similarity
from artgen.types import Judge
from artgen_video.config import VideoConfig
from artgen_video.framewise import folded
from artgen_video.judge import CLIPS, ClipFeatures, statistics

STILL, MOVED = 2.0, 6.0  # of 255: a place of a source stands still below, one of a result moves above
LITTLE = 0.25  # frame-difference energy (squared steps of 255) that is nothing
BINS = 4  # of each channel
SCALES = 3  # at which texture is looked at, each half as fine


class LookFeatures:
    """uint8 ``[b, 3, t, h, w]`` to ``[b, f]``: colors and texture of the frames, averaged over the clip; motion does not
    count. No learned weights; every block is scaled to weigh about the same."""

    name = "look of frames: color histogram and mean slopes, bends and contrast at three scales of L*, a*, b*"

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        frames = raw.shape[2]
        pictures = folded(raw).float() / 255
        blocks = [4 * _colors(pictures), *_textures(rgb_to_lab(pictures) / 50)]
        return torch.cat(blocks, 1).unflatten(0, (-1, frames)).mean(1)


@torch.no_grad()
def change_statistics(raw: Tensor) -> Mapping[str, Tensor]:
    """The descriptors of motion, and ``colorfulness`` (Hasler & Suesstrunk 2003): 0 is gray, above 60 vivid. ``[b]`` each."""
    return {"colorfulness": colorfulness(raw.float()), **statistics(raw)}


@torch.no_grad()
def steadiness(source: Tensor, result: Tensor) -> Mapping[str, Tensor]:
    """Named shares ``[b]``, 1 is best.

    - ``steadiness``: frame-difference energy of ``source [b, 3, t, h, w]`` over that of the result, 1 where it is no
      more restless.
    - ``stillness``: of the places that stand still from one frame to the next (by less than STILL of 255), those that
      stand still in the result (by less than MOVED).
    """
    before, after = (raw.float().diff(dim=2) for raw in (source, result))
    energy = [step.square().mean((1, 2, 3, 4)) + LITTLE for step in (before, after)]
    still = before.abs().amax(1) < STILL
    calm = still & (after.abs().amax(1) < MOVED)
    return {
        "steadiness": energy[0] / torch.maximum(*energy),
        "stillness": calm.sum((1, 2, 3)) / still.sum((1, 2, 3)).clamp_min(1),
    }


def near(result: Tensor, truth: Tensor) -> Mapping[str, Tensor]:
    """SSIM of the frames and steadiness against the truth, ``[b]`` each."""
    return {"SSIM": structural_similarity(result, truth), **steadiness(truth, result)}


def kept(source: Tensor, result: Tensor) -> Mapping[str, Tensor]:
    """Edges and calm that are left of a source, ``[b]`` each."""
    return {"edges": edges_kept(source, result), **steadiness(source, result)}


def build_changes(config: VideoConfig) -> Judge:
    """How the task is judged, and what it has to beat."""
    if config.task == "style":
        baselines = {"histogram": match_histograms}
        return Judge(LookFeatures(), change_statistics, CLIPS, content=kept, baselines=baselines)
    return Judge(
        ClipFeatures(),
        change_statistics,
        CLIPS,
        closeness=near,
        baselines={"gray": lambda source, works: source, "mean color": in_mean_color},
    )


def _colors(pictures: Tensor) -> Tensor:
    """Square root of the histogram of colors, ``[n, BINS^3]``: their distance is Hellinger's."""
    bins = (pictures * BINS).long().clamp_max(BINS - 1).flatten(2)
    cell = (bins[:, 0] * BINS + bins[:, 1]) * BINS + bins[:, 2]
    counts = torch.zeros(len(cell), BINS**3, device=cell.device)
    return (counts.scatter_add_(1, cell, torch.ones_like(cell, dtype=counts.dtype)) / cell.shape[1]).sqrt()


def _textures(lab: Tensor) -> list[Tensor]:
    """Square roots of mean slopes, bends and contrast at every scale, ``[n, 9]`` each."""
    found = []
    for scale in range(SCALES):
        x = F.avg_pool2d(lab, 2**scale) if scale else lab
        slope = (x.diff(dim=2).abs().mean((2, 3)) + x.diff(dim=3).abs().mean((2, 3))) / 2
        bend = (x.diff(n=2, dim=2).abs().mean((2, 3)) + x.diff(n=2, dim=3).abs().mean((2, 3))) / 2
        found += [torch.cat([slope, bend, x.std((2, 3))], 1).sqrt()]
    return found
