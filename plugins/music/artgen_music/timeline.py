"""What a generator hears of time: fresh noise, a bar that repeats, and themes that come and go.

Everything is laid on a circle of t steps, so any stretch may be looped. ``Timeline`` makes, from the style and the
sample's own draws:

- ``clock``: sine and cosine of the position within the bar and its half, beat and half beat; the bar's length comes
  from the style, so the generator learns which tempo goes with what;
- ``motif``: noise that is the same in every bar, so that riffs and drum patterns have something to repeat from;
- ``theme``: noise that is constant within a section. A long piece has several, of which every second one brings the first
  theme back (see ``form.py``), with smooth changes in between.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from artgen.types import Noise
from artgen_music.form import Form

# share of the piece in its first theme and in the others: their product says how alike they are, relatives and not strangers
KINSHIP = 0.85, 0.42
SLOTS = 16  # positions of a bar at which a motif may differ


class Timeline(nn.Module):
    """Style w [b, w] and draws to ``(clock, motif, theme)``, each [b, channels, t].

    ``bar``: usual length of a bar in steps; styles choose between half and twice of it. ``channels``: of motif and of theme
    each.
    """

    CLOCK = 8

    def __init__(self, style: int, bar: float, channels: int) -> None:
        super().__init__()
        self.bar, self.channels = bar, channels
        self.tempo = nn.Linear(style, 1)
        nn.init.normal_(self.tempo.weight, std=1 / math.sqrt(style))

    def forward(self, w: Tensor, noise: Noise, form: Form, loop: bool) -> tuple[Tensor, Tensor, Tensor]:
        phase = self.phase(w, noise.normal(1), form, loop)
        turns = 2 * math.pi * phase[:, None] * torch.tensor([1.0, 2.0, 4.0, 8.0], device=w.device)[:, None]
        share = sections(form).to(w.device)
        motifs = noise.normal(len(share), self.channels, SLOTS)
        kin = torch.tensor([KINSHIP[min(theme, 1)] for theme in range(len(share))], dtype=torch.float64)[:, None]
        common, own = (part.float().to(w.device) for part in (kin, (1 - kin**2).sqrt()))
        themes = common * noise.normal(1, self.channels) + own * noise.normal(len(share), self.channels)
        motif = torch.einsum("bsct,st->bct", _read(motifs, phase), share)
        return torch.cat([turns.sin(), turns.cos()], 1), motif, torch.einsum("bsc,st->bct", themes, share)

    def phase(self, w: Tensor, start: Tensor, form: Form, loop: bool) -> Tensor:
        """Position in bars [b, t]. A section of several, and a loop, get a whole number of bars: what returns is on the beat,
        and a clock does not jump."""
        bars = form.length / self.bar * torch.exp2(self.tempo(w).tanh())
        if loop or form.count > 1:
            bars = bars.round().clamp_min(1)
        return start + bars * torch.arange(form.steps, device=w.device) / form.length


def sections(form: Form) -> Tensor:
    """Weight of each theme at each step, [themes, t], of unit square sum, so that mixtures stay standard normal."""
    if form.count == 1:
        return torch.ones(1, form.steps)
    place = (torch.arange(form.steps) + 0.5) / form.length
    place = place.clamp_max(form.count - 0.5) if form.steps > form.count * form.length else place
    away = (place - torch.arange(form.count)[:, None] - 0.5).remainder(form.count)
    near = torch.minimum(away, form.count - away)  # distance to the middle of section i, on the circle
    weight = ((0.5625 - near) * 8).clamp(0, 1)  # changes take an eighth of a section
    merged = weight.new_zeros(max(form.themes) + 1, form.steps).index_add_(0, torch.tensor(form.themes), weight)
    return merged * torch.rsqrt(merged.square().sum(0, keepdim=True) + 1e-8)


def _read(motifs: Tensor, phase: Tensor) -> Tensor:
    """Motifs [b, s, c, SLOTS], one turn a bar, at the positions ``phase`` [b, t] in bars, linearly between slots."""
    place = phase.remainder(1) * SLOTS
    left = place.detach().long() % SLOTS
    part = (place - left)[:, None, None]
    b, s, c, _ = motifs.shape
    at_left, at_right = (
        motifs.gather(3, slot[:, None, None].expand(b, s, c, -1)) for slot in (left, (left + 1) % SLOTS)
    )
    return torch.lerp(at_left, at_right, part.expand_as(at_left))
