"""What the judges of music look at: power spectra, rises, pitch classes."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from artgen_music.listen import SAMPLE_RATE
from artgen_music.mel_scale import filters
from artgen_music.spectrum import power

N_FFT, HOP = 1024, 256
FRAMES_A_SECOND = SAMPLE_RATE / HOP
CHROMA = Path(__file__).parent / "weights" / "chroma.safetensors"
_USUAL, _FASTEST = 120.0, 320.0  # beats a minute
_HEARD = 1e-6  # of the power of the loudest band
_SILENCE = 1e-8  # power of a band
_BANDS = 128


def to_wave(raw: Tensor) -> Tensor:
    """int16 to float32 in [-1, 1]."""
    return raw.float() / 32768


def spectrum(raw: Tensor) -> Tensor:
    """int16 ``[b, n]`` to power ``[b, f, t]``."""
    window = torch.hann_window(N_FFT, device=raw.device)
    return power(torch.stft(to_wave(raw), N_FFT, HOP, window=window, return_complex=True))


def onset_strength(power: Tensor) -> Tensor:
    """Mean rise of the log mel spectrum from frame to frame in dB, ``[b, f, t]`` to ``[b, t - 1]``. In mel bands, as librosa's:
    single bins of a noise go up and down at any time, which nobody hears. The floor is 60 dB below the loudest band of each
    work (librosa's 80): what is softer is masked, and would count as much as a drum."""
    bands = _bands(power.device) @ power
    floor = (_HEARD * bands.amax((1, 2), keepdim=True)).clamp_min_(_SILENCE)
    return (10 * torch.log10(bands + floor)).diff(dim=2).clamp_min(0).mean(1)


@lru_cache(maxsize=2)
def _bands(device: torch.device) -> Tensor:
    """Mel filters, ``[_BANDS, f]``."""
    return filters(SAMPLE_RATE, N_FFT, _BANDS).to(device)


def chroma(power: Tensor) -> Tensor:
    """``[b, f, t]`` to the power of the twelve pitch classes, ``[b, 12, t]``."""
    return _chroma(power.device) @ power


@lru_cache(maxsize=2)
def _chroma(device: torch.device) -> Tensor:
    """librosa's filters of the pitch classes, ``[12, f]``, as ``tools/keep_chroma.py`` keeps them: the first use of librosa on a
    machine compiles for twenty seconds."""
    return load_file(CHROMA)["chroma"].to(device)


def correlation(one: Tensor, two: Tensor, dim: int) -> Tensor:
    """Pearson's, of curves along ``dim``, in [-1, 1]; 0 where one of them does not move."""
    one, two = (x - x.mean(dim, keepdim=True) for x in (one, two))
    return (one * two).sum(dim) / (one.norm(dim=dim) * two.norm(dim=dim)).clamp_min(1e-9)


def autocorrelation(curve: Tensor) -> Tensor:
    """Of curves ``[b, t]`` about their mean: the sum of products at each lag, ``[b, t]``; longer lags have fewer products."""
    steps = curve.shape[1]
    centered = curve - curve.mean(1, keepdim=True)
    return torch.fft.irfft(power(torch.fft.rfft(centered, 2 * steps)), 2 * steps)[:, :steps]


def tempo(rise: Tensor, longest: float = 8.0) -> Tensor:
    """Beats a minute of rise curves ``[b, t]``, ``[b]``: where the autocorrelation over at most ``longest`` seconds is highest,
    with a preference for about 120 that falls with the octaves between (Ellis 2007)."""
    same = autocorrelation(rise)
    most = min(round(longest * FRAMES_A_SECOND), same.shape[1] - 1)
    lags = torch.arange(max(1, math.ceil(60 * FRAMES_A_SECOND / _FASTEST)), most + 1, device=rise.device)
    beats = 60 * FRAMES_A_SECOND / lags
    preference = -0.5 * (beats / _USUAL).log2().square()
    share = (same[:, lags] / same[:, :1].clamp_min(1e-9)).clamp_min(0)
    return beats[(torch.log1p(1e6 * share) + preference).argmax(1)]
