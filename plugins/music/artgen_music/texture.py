"""A second judge of music that is no network and has learned nothing: statistics of the envelopes of sound.

After McDermott and Simoncelli (Neuron 71, 2011), who found that sounds with the same statistics are taken for the same texture:
how loud each band is, how its envelope varies, how fast (which is rhythm), and which bands rise together. Added are two
of music: which intervals sound, whatever the key, and how the onsets repeat.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen_music.listen import SAMPLE_RATE
from artgen_music.mel_scale import filters
from artgen_music.spectra import FRAMES_A_SECOND, HOP, N_FFT, chroma, onset_strength, spectrum

BANDS = 32
COMPRESSION = 0.15  # of power: the exponent 0.3 of amplitude, as in the ear
RATES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 31.0)  # Hz: edges of the bands of modulation, an octave each
GROUPS = 8  # neighboring bands are averaged to so many
APART = (1, 2, 4, 8)  # bands whose envelopes are correlated
LAGS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.375, 0.45, 0.5, 0.6, 0.75, 0.9, 1.0, 1.2, 1.5)  # seconds between onsets


class TextureFeatures:
    """int16 ``[b, n]``, two seconds or more, to ``[b, 196]``; each number is of the order of one."""

    name = "sound texture (McDermott 2011), 196 statistics"

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        power = spectrum(raw)
        envelope = (_filters(raw.device) @ power + 1e-8) ** COMPRESSION
        mean = envelope.mean(2, keepdim=True)
        centered = envelope - mean
        deviation = centered.square().mean(2, keepdim=True).sqrt().clamp_min(1e-6)
        unit = centered / deviation
        parts = [
            mean[..., 0].clamp_min(1e-3).log(),
            2 * (deviation / mean.clamp_min(1e-3))[..., 0],
            0.5 * unit.pow(3).mean(2).clamp(-6, 6),
            3 * _modulation(unit),
            *(2 * _grouped((unit[:, gap:] * unit[:, :-gap]).mean(2)) for gap in APART),
            3 * _intervals(chroma(power)),
            3 * _repetition(onset_strength(power)),
        ]
        return torch.cat(parts, 1)


def _modulation(unit: Tensor) -> Tensor:
    """Share of each octave of modulation in a group of bands, square root: ``[b, BANDS, t]`` to ``[b, GROUPS * 6]``."""
    window = torch.hann_window(unit.shape[2], device=unit.device)
    power = torch.fft.rfft(unit * window).abs().square()
    rates = torch.linspace(0, FRAMES_A_SECOND / 2, power.shape[2], device=unit.device)
    edges = torch.tensor(RATES, device=unit.device)
    within = ((rates >= edges[:-1, None]) & (rates < edges[1:, None])).float()
    shares = power @ within.T / power[..., 1:].sum(2, keepdim=True).clamp_min(1e-9)
    return _grouped(shares.transpose(1, 2).flatten(0, 1)).sqrt().unflatten(0, (len(unit), -1)).flatten(1)


def _grouped(x: Tensor) -> Tensor:
    """``[b, n]`` averaged to ``[b, GROUPS]``."""
    return F.adaptive_avg_pool1d(x[:, None], GROUPS)[:, 0]


def _intervals(pitches: Tensor) -> Tensor:
    """Which intervals sound at a time, in any key: ``[b, 12, t]`` to the mean of the chroma's own correlation at one to six
    semitones, ``[b, 6]``."""
    unit = pitches / pitches.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return torch.stack([(unit * unit.roll(step, 1)).sum(1).mean(1) for step in range(1, 7)], 1)


def _repetition(rise: Tensor) -> Tensor:
    """Correlation of the onset strength ``[b, t]`` with itself LAGS later, ``[b, 14]``; 0 where the sound is too short."""
    centered = rise - rise.mean(1, keepdim=True)
    own = centered.square().mean(1).clamp_min(1e-9)
    steps = [round(lag * SAMPLE_RATE / HOP) for lag in LAGS]
    found = [
        (centered[:, step:] * centered[:, :-step]).mean(1) / own if step < rise.shape[1] else torch.zeros_like(own)
        for step in steps
    ]
    return torch.stack(found, 1)


@lru_cache(maxsize=2)
def _filters(device: torch.device) -> Tensor:
    """Mel filters of unit area, ``[BANDS, f]``."""
    return filters(SAMPLE_RATE, N_FFT, BANDS).to(device)
