"""What the judges of music look at: power spectra, rises, pitch classes."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from artgen_music.listen import SAMPLE_RATE

N_FFT, HOP = 1024, 256
FRAMES_A_SECOND = SAMPLE_RATE / HOP


def to_wave(raw: Tensor) -> Tensor:
    """int16 to float32 in [-1, 1]."""
    return raw.float() / 32768


def spectrum(raw: Tensor) -> Tensor:
    """int16 ``[b, n]`` to power ``[b, f, t]``."""
    window = torch.hann_window(N_FFT, device=raw.device)
    return torch.stft(to_wave(raw), N_FFT, HOP, window=window, return_complex=True).abs().square()


def onset_strength(power: Tensor) -> Tensor:
    """Mean rise of the log spectrum from frame to frame in dB, ``[b, f, t]`` to ``[b, t - 1]``."""
    return (10 * torch.log10(power + 1e-6)).diff(dim=2).clamp_min(0).mean(1)


def chroma(power: Tensor) -> Tensor:
    """``[b, f, t]`` to the power of the twelve pitch classes, ``[b, 12, t]``."""
    return _chroma(power.device) @ power


@lru_cache(maxsize=2)
def _chroma(device: torch.device) -> Tensor:
    import librosa

    return torch.from_numpy(librosa.filters.chroma(sr=SAMPLE_RATE, n_fft=N_FFT)).float().to(device)
