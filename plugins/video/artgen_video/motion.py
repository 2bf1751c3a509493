"""Motion as a function of continuous time: what a film does at any moment, for any length, rate or loop.

After StyleGAN-V (Skorokhodov 2022) and DIGAN (Yu 2022): random points at intervals, smoothly joined, and sinusoids whose
tempo the film chooses. A loop makes both periodic: the points go round, the sinusoids turn a whole number of times.
"""

from __future__ import annotations

from math import log, pi, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.types import Noise
from artgen_video.timeline import Timeline

WAVES = 8
WAVE, SLOW, TEMPO = (
    0.25,
    0.1,
    0.7,
)  # Hz: the unit of learnt frequencies, the slowest at first; tempo: within exp(+-TEMPO)
FEWEST_ANCHORS = 3  # of a loop: with two, everything would stand still


class ContinuousMotion(nn.Module):
    """``(w [b, w], draws, line) -> [b, t, m]``: the motion code of every moment of the timeline.

    The draws of a film do not depend on what is asked, so that the same seed moves alike at any length and rate. ``fps`` is
    the rate of the training: no wave begins faster than an eighth of it. With a third, films twitched at twice the real pace.
    """

    def __init__(self, style: int, size: int, anchor_seconds: float, fps: float) -> None:
        super().__init__()
        self.size, self.spacing = size, anchor_seconds
        self.frequency = nn.Parameter(torch.linspace(log(SLOW / WAVE), log(max(fps / 8, 4 * SLOW) / WAVE), WAVES))
        self.tempo = nn.Linear(style, WAVES)
        self.mix = nn.Linear(size + 2 * WAVES + style, 2 * size)
        self.out = nn.Linear(2 * size, size)
        for layer in (
            self.mix,
            self.out,
        ):  # as large as a style from the start: a weak code is ignored, and films stand still
            nn.init.normal_(layer.weight, std=sqrt(2 / layer.in_features))

    def forward(self, w: Tensor, noise: Noise, line: Timeline) -> Tensor:
        start, phase = _uniform(noise.normal(1)), _uniform(noise.normal(WAVES))
        moments = line.moments[None].expand(w.shape[0], -1)
        wave = 2 * pi * (self._hertz(w, line.loop)[:, None] * moments[..., None] + phase[:, None])
        points = self._points(start, noise, line, moments)
        style = w[:, None].expand(-1, moments.shape[1], -1)
        return self.out(F.leaky_relu(self.mix(torch.cat([points, wave.sin(), wave.cos(), style], 2)), 0.2))

    def _hertz(self, w: Tensor, loop: float | None) -> Tensor:
        """``[b, WAVES]`` turns a second; a whole number, and at least one, in a loop."""
        hertz = WAVE * torch.exp(self.frequency + TEMPO * torch.tanh(self.tempo(w)))
        return hertz if loop is None else (hertz * loop).round().clamp_min(1) / loop

    def _points(self, start: Tensor, noise: Noise, line: Timeline, moments: Tensor) -> Tensor:
        """Random points every ``spacing`` seconds, joined by cubic B-splines: ``[b, t, m]``, variance one at any moment.

        ``start`` ``[b, 1]``: where between two points the film begins, as a share."""
        spacing, count = self.spacing, int(line.end / self.spacing) + 5
        if line.loop is not None:
            count = max(round(line.loop / self.spacing), FEWEST_ANCHORS)
            spacing = line.loop / count
        points = torch.stack([noise.normal(self.size) for _ in range(count)], 1)
        place = moments / spacing + start
        first = place.floor().long()
        within = (place - first)[..., None]
        weights = _bspline(within)
        index = first[..., None] + torch.arange(4, device=first.device)
        index = index % count if line.loop is not None else index
        near = points[torch.arange(points.shape[0], device=first.device)[:, None, None], index]
        return (near * (weights / weights.norm(dim=2, keepdim=True))[..., None]).sum(2)


def _bspline(u: Tensor) -> Tensor:
    """Weights ``[..., 4]`` of the four points around a moment, at ``u [..., 1]`` in [0, 1) between the middle two."""
    parts = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    return torch.cat(parts, -1) / 6


def _uniform(normal: Tensor) -> Tensor:
    """Standard normal numbers to uniform ones in [0, 1)."""
    return torch.special.ndtr(normal).clamp(0.0, 1 - 1e-6)  # both floats: no graph can be written of a mix
