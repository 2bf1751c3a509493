"""How pictures, and films frame by frame, are compared when a run changes them: ``[b, c, ..., h, w]`` uint8 works."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.media.color import colorfulness

_SSIM_SIGMA, _SSIM_REACH = 1.5, 5  # of the Gaussian window of SSIM, in pixels


def structural_similarity(result: Tensor, truth: Tensor) -> Tensor:
    """SSIM (Wang 2004), ``[b]``; 1 for equal pictures. Frames and channels count alike, and so does every place: what lies beyond
    an edge is mirrored."""
    one, two = _frames(result), _frames(truth)
    reach = torch.arange(-_SSIM_REACH, _SSIM_REACH + 1, dtype=one.dtype, device=one.device)
    weights = (-0.5 * (reach / _SSIM_SIGMA).square()).exp()
    weights = weights / weights.sum()

    def around(pictures: Tensor) -> Tensor:
        """Gaussian mean of the surroundings of every place."""
        planes = F.pad(pictures, (_SSIM_REACH,) * 4, mode="reflect").flatten(0, 1)[:, None]
        means = F.conv2d(F.conv2d(planes, weights[None, None, :, None]), weights[None, None, None])
        return means.view_as(pictures)

    mean_one, mean_two = around(one), around(two)
    variance_one = (around(one.square()) - mean_one.square()).clamp_min(0)
    variance_two = (around(two.square()) - mean_two.square()).clamp_min(0)
    shared = around(one * two) - mean_one * mean_two
    steady_light, steady_detail = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_one * mean_two + steady_light) / (mean_one.square() + mean_two.square() + steady_light)
    detail = (2 * shared + steady_detail) / (variance_one + variance_two + steady_detail)
    return (light * detail).reshape(len(result), -1).mean(1)


def edges_kept(source: Tensor, result: Tensor) -> Tensor:
    """Correlation of the strength of edges, ``[b]``, at a quarter of the detail, so that strokes inside of a shape cost little
    and a shape that has gone costs much. 1 for a source that is only colored anew."""
    one, two = (_edges(_frames(raw)) for raw in (source, result))
    one, two = (x - x.mean(1, keepdim=True) for x in (one, two))
    share = (one * two).sum(1) / (one.norm(dim=1) * two.norm(dim=1)).clamp_min(1e-6)
    return share.reshape(len(source), -1).mean(1)


def luma(rgb: Tensor) -> Tensor:
    """Light of ``[b, 3, h, w]``, ``[b, h, w]`` in the same unit (Rec. 601)."""
    red, green, blue = rgb.unbind(1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def plain_looks(rgb: Tensor) -> dict[str, Tensor]:
    """``[b, 3, h, w]`` in [0, 1] to ``[b]`` each:

    - ``brightness``: mean of the luma.
    - ``contrast``: its standard deviation.
    - ``colorfulness``: M3 of Hasler & Suesstrunk (2003), 0 for gray.
    - ``detail``: mean of its absolute Laplacian, which falls with blur and rises with speckle and checkerboards.
    """
    light = luma(rgb)
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], device=rgb.device)[None, None]
    return {
        "brightness": light.mean((1, 2)),
        "contrast": light.std((1, 2)),
        "colorfulness": colorfulness(rgb),
        "detail": F.conv2d(light[:, None], kernel).abs().mean((1, 2, 3)),
    }


def match_histograms(source: Tensor, works: Tensor) -> Tensor:
    """``source`` with the histogram of each channel of all ``works`` together: what can be had of a style without learning."""
    result = source.clone()
    for channel in range(source.shape[1]):
        wanted = (
            np.cumsum(np.bincount(works[:, channel].cpu().numpy().ravel(), minlength=256)) / works[:, channel].numel()
        )
        for item in range(len(source)):
            plane = source[item, channel].cpu().numpy()
            have = np.cumsum(np.bincount(plane.ravel(), minlength=256)) / plane.size
            table = np.interp(have, wanted, np.arange(256)).round().clip(0, 255).astype(np.uint8)
            result[item, channel] = torch.from_numpy(table[plane])
    return result


def _frames(raw: Tensor) -> Tensor:
    """``[b, c, ..., h, w]`` to pictures ``[b * t, c, h, w]`` float."""
    return raw.float() if raw.dim() == 4 else raw.movedim(1, -3).flatten(0, -4).float()


def _edges(pictures: Tensor) -> Tensor:
    """Strength of the gradient of the light at a quarter of the size, ``[n, places]``."""
    weights = (
        pictures.new_tensor([0.299, 0.587, 0.114]) if pictures.shape[1] == 3 else pictures.new_ones(pictures.shape[1])
    )
    light = (pictures * (weights / weights.sum())[:, None, None]).sum(1, keepdim=True)
    light = F.avg_pool2d(light, 4)
    across, down = light[..., :-1, 1:] - light[..., :-1, :-1], light[..., 1:, :-1] - light[..., :-1, :-1]
    return (across.square() + down.square()).sqrt().flatten(1)
