"""What the task style keeps of a recording, and the simple way that a training has to beat."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from artgen_music.spectra import chroma, correlation, onset_strength, spectrum, to_wave
from artgen_music.spectrum import HOP, N_FFT

_MOST_DB = 24.0  # of the equalizer, either way


@torch.no_grad()
def content(source: Tensor, result: Tensor) -> Mapping[str, Tensor]:
    """int16 ``[b, n]`` each to shares ``[b]``. ``rhythm``: correlation of the onset strengths of both (rise of the log mel
    spectrum, frame by frame). ``pitch``: mean correlation of their chromas, frame by frame, where the source sounds."""
    one, two = spectrum(source), spectrum(result)
    rhythm = correlation(onset_strength(one), onset_strength(two), dim=1)
    pitch = correlation(chroma(one).sqrt(), chroma(two).sqrt(), dim=1)
    loud = one.sum(1).sqrt()
    return {"rhythm kept": rhythm, "pitch kept": (pitch * loud).sum(1) / loud.sum(1).clamp_min(1e-9)}


@torch.no_grad()
def equalized(source: Tensor, works: Tensor) -> Tensor:
    """int16 ``[b, n]`` through a fixed equalizer each, which gives them the mean log spectrum of the ``works [n, m]``."""
    window = torch.hann_window(N_FFT, device=source.device)
    wanted = torch.cat([_mean_log(part) for part in works.split(16)]).mean(0)
    gain = (wanted - _mean_log(source)).clamp(-_MOST_DB, _MOST_DB)
    spectra = torch.stft(to_wave(source), N_FFT, HOP, window=window, return_complex=True)
    wave = torch.istft(spectra * (10 ** (gain / 20))[:, :, None], N_FFT, HOP, window=window, length=source.shape[1])
    peak = wave.abs().amax(1, keepdim=True).clamp_min(1)
    return (wave * (32767 / peak)).round().to(torch.int16)


def _mean_log(raw: Tensor) -> Tensor:
    """Mean level of each bin in dB, ``[b, f]``."""
    return 10 * torch.log10(spectrum(raw) + 1e-6).mean(2)
