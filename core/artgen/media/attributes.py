"""Plain attributes of works that a person would name: light, color, detail, size of the subject; loudness and pitch; motion.

The core measures them from the form of the raw items alone, a stranger's domain included. What a domain's judge measures
itself, its
``statistics`` and ``attributes``, is added, and takes the place of the core's under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.contract.judge import Judge
from artgen.media.looks import plain_looks

_RING = 16  # the border of a picture is one such part of its side
_UNLIKE = 0.1  # of a distance in RGB, beyond twice that of the border itself: what differs more belongs to the subject
_WINDOW, _HOP = 1024, 256  # samples of a spectrum
_SILENCE = 1e-5  # -100 dB


@torch.no_grad()
def attributes(raw: Tensor, judge: Judge) -> dict[str, Tensor]:
    """Raw items ``[b, *item]`` to named attributes ``[b]`` float32 on the CPU, the core's first."""
    found = dict(plain(raw))
    for measure in (judge.statistics, judge.attributes):
        found |= {} if measure is None else dict(measure(raw))
    return {name: values.float().cpu() for name, values in found.items()}


@torch.no_grad()
def plain(raw: Tensor) -> Mapping[str, Tensor]:
    """The core's own attributes: of pictures ``[b, c, h, w]`` uint8, films ``[b, c, t, h, w]`` uint8, sounds ``[b, n]`` or
    ``[b, c, n]`` int16; ``level``, ``spread`` and ``roughness`` of the numbers of anything else."""
    if raw.dtype == torch.uint8 and raw.dim() in (4, 5) and raw.shape[1] in (1, 3, 4):
        x = raw[:, :3].float().expand(-1, 3, *raw.shape[2:]) / 255
        return picture(x) if x.dim() == 4 else _film(x)
    if raw.dtype == torch.int16 and (raw.dim() == 2 or (raw.dim() == 3 and raw.shape[1] <= 8)):
        return _sound(raw.float().reshape(len(raw), -1, raw.shape[-1]).mean(1) / 32768)
    rows = raw.float().reshape(len(raw), -1, raw.shape[-1] if raw.dim() > 1 else 1)
    step = rows.diff(dim=2).abs().mean((1, 2)) if rows.shape[2] > 1 else rows.new_zeros(len(rows))
    return {"level": rows.mean((1, 2)), "spread": rows.flatten(1).std(1, correction=0), "roughness": step}


def picture(x: Tensor) -> dict[str, Tensor]:
    """``[b, 3, h, w]`` in [0, 1] to ``[b]`` each:

    - ``brightness``, ``contrast``, ``colorfulness``, ``detail``: see ``plain_looks``.
    - ``warmth``: red less blue.
    - ``greenness``: green less the mean of red and blue. ``subject size``: share of the picture that differs from the
      mean color of its border by more than the border itself does.
    """
    red, green, blue = x.unbind(1)
    found = plain_looks(x)
    detail = found.pop("detail")  # after the colors: of two attributes that are one, the first is told
    return {
        **found,
        "warmth": (red - blue).mean((1, 2)),
        "greenness": (green - (red + blue) / 2).mean((1, 2)),
        "detail": detail,
        "subject size": _subject(x),
    }


def _subject(x: Tensor) -> Tensor:
    edge = max(1, min(x.shape[2:]) // _RING)
    border = torch.ones(x.shape[2:], dtype=torch.bool, device=x.device)
    border[edge:-edge, edge:-edge] = False
    away = (x - x[:, :, border].mean(2)[:, :, None, None]).norm(dim=1)
    return (away > 2 * away[:, border].mean(1)[:, None, None] + _UNLIKE).float().mean((1, 2))


def _film(x: Tensor) -> dict[str, Tensor]:
    """``[b, 3, t, h, w]`` to the attributes of its frames, averaged, and ``motion``: mean change from frame to frame."""
    frames = x.shape[2]
    still = picture(x.transpose(1, 2).flatten(0, 1))
    found = {name: values.unflatten(0, (-1, frames)).mean(1) for name, values in still.items()}
    step = x.diff(dim=2).abs().mean((1, 2, 3, 4)) if frames > 1 else x.new_zeros(len(x))
    return {**found, "motion": step}


def _sound(wave: Tensor) -> dict[str, Tensor]:
    """``[b, n]`` in [-1, 1] to ``[b]`` each:

    - ``loudness``: root mean square, dB of full scale.
    - ``dynamics``: standard deviation of the loudness of moments, dB.
    - ``brightness``: the spectral centroid, the middle of the spectrum as a share of its width: 0 is dull, 1 shrill.
    """
    wave = F.pad(wave, (0, max(0, _WINDOW - wave.shape[1])))
    window = torch.hann_window(_WINDOW, device=wave.device)
    size = torch.stft(wave, _WINDOW, _HOP, window=window, center=False, return_complex=True).abs()
    places = torch.linspace(0, 1, size.shape[1], device=wave.device)[:, None]
    moments = 20 * torch.log10(wave.unfold(1, _WINDOW, _HOP).square().mean(2).sqrt().clamp_min(_SILENCE))
    total = size.sum(2)
    return {
        "loudness": 20 * torch.log10(wave.square().mean(1).sqrt().clamp_min(_SILENCE)),
        "dynamics": moments.std(1, correction=0),
        "brightness": (total * places[:, 0]).sum(1) / total.sum(1).clamp_min(1e-9),
    }
