"""How pictures are judged: MobileNetV2's features, and plain descriptors of light, color and detail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from artgen.media import edges_kept, in_mean_color, luma, match_histograms, plain_looks, structural_similarity
from artgen.nn import MobileNetFeatures, enlarge
from artgen.types import TRANSLATION_TASKS, Judge, Task
from artgen_image.config import ImageConfig

Way = Callable[[Tensor, Tensor], Tensor]


def judge(config: ImageConfig) -> Judge:
    """How pictures of a task are judged."""
    usual = Judge(MobileNetFeatures(), statistics, count=64, feature_source="mobilenet_v2")
    if config.task not in TRANSLATION_TASKS:
        return usual
    ways: dict[Task, Mapping[str, Way]] = {
        "colorize": {"gray": lambda source, works: source, "mean color": in_mean_color},
        "enlarge": {"bicubic": enlarged(0), "the enlarger that ships": enlarged(1)},
        "translate": {"mean of the targets": mean_work},
        "style": {"histograms matched": match_histograms},
    }
    return replace(
        usual,
        closeness=lambda result, truth: {"SSIM": structural_similarity(result, truth)},
        content=lambda source, result: {"edges kept": edges_kept(source, result)},
        baselines=ways[config.task],
    )


def enlarged(strength: float) -> Way:
    """Enlarged to the size of the works, which have never been seen. ``strength``: 0 bicubic, 1 by the network that ships."""
    return lambda source, works: enlarge(source, 2 if works.shape[2] < 4 * source.shape[2] else 4, strength)


def mean_work(source: Tensor, works: Tensor) -> Tensor:
    """The mean of all works, whatever the source."""
    return works.float().mean(0, keepdim=True).round().to(torch.uint8).expand_as(source)


@torch.no_grad()
def statistics(raw: Tensor) -> Mapping[str, Tensor]:
    """uint8 ``[b, c, h, w]`` to descriptors ``[b]`` each:

    ``brightness``, ``contrast``, ``colorfulness``, ``detail`` of values 0 to 1: see ``plain_looks``. ``symmetry``: correlation
    of the luma with its mirror image.
    """
    x = raw.float().expand(-1, 3, -1, -1) / 255
    light = luma(x)
    mean = light.mean((1, 2), keepdim=True)
    centered, mirrored = (light - mean).flatten(1), (light.flip(2) - mean).flatten(1)
    symmetry = (centered * mirrored).sum(1) / centered.square().sum(1).clamp_min(1e-9)
    return {**plain_looks(x), "symmetry": symmetry}
