"""How music is judged: musicnn's features, and plain descriptors of rhythm, sustain, harmony and noise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import torch
from torch import Tensor

from artgen_music.listen import SAMPLE_RATE
from artgen_music.musicnn import SHORTEST, MusicNN, load_musicnn
from artgen_music.spectra import FRAMES_A_SECOND, autocorrelation, chroma, onset_strength, spectrum, tempo, to_wave

_AUDIBLE = 0.5  # dB of mean rise in a frame: less is no onset
_BASS = 200.0  # Hz
_TEMPO_SECONDS = 3.0  # of sound that are compared with themselves
_BEATS = (0.25, 1.5)  # seconds from a beat to the next, at least and at most


class MusicnnFeatures:
    """int16 ``[b, n]`` (repeated where shorter than 3 s) to the 200 penultimate features of musicnn, trained on
    MagnaTagATune (Pons 2019)."""

    name = "musicnn (MTT), 200 features"

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        wave = to_wave(raw)
        wave = wave.repeat(1, -(-SHORTEST // wave.shape[1]))
        return _network(raw.device)(wave)[0]


@lru_cache(maxsize=1)
def _network(device: torch.device) -> MusicNN:
    return load_musicnn().to(device)


@torch.no_grad()
def statistics(raw: Tensor) -> Mapping[str, Tensor]:
    """int16 ``[b, n]`` to descriptors ``[b]`` each:

    ``attacks``: onsets a second. ``tempo clarity``: of the onsets' strength with itself one beat later, 0 to 1.
    ``change``: spectral flux, the mean rise of the log mel spectrum, dB a frame. ``sustain``: correlation of the chroma with
    itself 0.25 s later. ``variety of notes``: entropy of the chroma in bits, 0 for one pitch class to 3.58 for all alike.
    ``noisiness``: spectral flatness, 0 tone to 1 noise.

    A slider of the studio is named by them: words that whoever plays it knows.
    """
    power = spectrum(raw)
    rise, pitches = onset_strength(power), chroma(power)
    share = pitches.sum(2) / pitches.sum((1, 2))[:, None].clamp_min(1e-9)
    return {
        "attacks": onset_rate(rise),
        "tempo clarity": tempo_clarity(rise),
        "change": rise.mean(1),
        "sustain": _lagged(pitches, round(0.25 * FRAMES_A_SECOND)),
        "variety of notes": -(share * (share + 1e-9).log2()).sum(1),
        "noisiness": (power.clamp_min(1e-8).log().mean(1).exp() / power.mean(1).clamp_min(1e-8)).mean(1),
    }


@torch.no_grad()
def attributes(raw: Tensor) -> Mapping[str, Tensor]:
    """int16 ``[b, n]`` to what a listener would name, ``[b]`` each:

    ``brightness``: spectral centroid, the middle of the magnitude spectrum, Hz, weighted by loudness. ``tempo``: beats a
    minute by the autocorrelation of the onset strength, with a preference for about 120 (Ellis 2007).
    ``bass``: share of the power below 200 Hz."""
    power = spectrum(raw)
    size, total = power.sqrt(), power.sum((1, 2)).clamp_min(1e-9)
    hertz = torch.linspace(0, SAMPLE_RATE / 2, power.shape[1], device=raw.device)
    return {
        "brightness": (size.sum(2) * hertz).sum(1) / size.sum((1, 2)).clamp_min(1e-9),
        "tempo": tempo(onset_strength(power), _TEMPO_SECONDS),
        "bass": power[:, hertz < _BASS].sum((1, 2)) / total,
    }


def tempo_clarity(rise: Tensor) -> Tensor:
    """Highest autocorrelation of the rise curve ``[b, t]`` over the lags of a beat, ``[b]``; shorter sums at long lags are
    made up for."""
    steps, lagged = rise.shape[1], autocorrelation(rise)
    first, last = (min(round(lag * FRAMES_A_SECOND), steps - 2) for lag in _BEATS)
    pairs = torch.arange(steps, steps - last, -1, device=rise.device)
    same = lagged[:, :last] * steps / pairs / lagged[:, :1].clamp_min(1e-9)
    return same[:, first:].amax(1).clamp(0, 1)


def onset_rate(rise: Tensor) -> Tensor:
    """Peaks a second of the rise curve ``[b, t]``: the largest of the 0.1 s around, 1.3 times the mean of the half second around,
    and audible."""
    curve = rise[:, None]
    highest = torch.nn.functional.max_pool1d(curve, 7, 1, 3)
    level = torch.nn.functional.avg_pool1d(curve, 31, 1, 15, count_include_pad=False)
    peaks = (curve == highest) & (curve > 1.3 * level) & (curve > _AUDIBLE)
    return peaks.float().mean((1, 2)) * FRAMES_A_SECOND


def _lagged(pitches: Tensor, lag: int) -> Tensor:
    centered = pitches - pitches.mean(1, keepdim=True)  # or noise, which is alike in all pitch classes, would look held
    unit = centered / centered.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return (unit[:, :, lag:] * unit[:, :, :-lag]).sum(1).mean(1)
