"""Sound <-> log-mel spectrogram, at 16 kHz; the way back needs no network.

``LogMel``: waveform [b, n] in [-1, 1] to log-mel [b, mel, t], scaled so that silence is -1 and loud tones reach about 1.
``Inversion``: log-mel to waveform: pseudo-inverse of the mel filters, start phase along the ridges (``phase.py``), then fast
Griffin-Lim (Perraudin, Balazs and Sondergaard 2013). A loop is inverted on a circle, so that its end runs into its beginning.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen_music.config import HOP, SAMPLE_RATE
from artgen_music.torchaudio_any import functional

N_FFT = 1024  # samples: 64 ms
MELS = 128
CONTEXT = N_FFT - HOP  # samples that t frames need beyond t * HOP
LOWEST, HIGHEST = 30.0, 8000.0  # Hz
SOFT_FLOOR = 0.05  # added to mel magnitudes: about 60 dB under a loud tone, so that silence has nothing to learn
BLOCKS = 8  # of mel bands
CHUNK = 2  # waveforms transformed at a time on a CPU: what is made of four does not stay in 2 MB of cache
LOUD = 60.0  # mel magnitude that becomes 1
LOUDEST = 1.3  # scaled log-mel that sound is made of at most
_LOW, _HIGH = math.log(SOFT_FLOOR), math.log(LOUD)
NEPERS = (_HIGH - _LOW) / 2  # of magnitude, in one unit of the scaled log-mel: 31 dB


class LogMel(nn.Module):
    """Waveform [b, t * HOP + CONTEXT] in [-1, 1] to scaled log-mel [b, MELS, t]; frame i begins at sample i * HOP."""

    window: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        filters = _filters()
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)
        self._blocks = _blocks(filters)

    def forward(self, wave: Tensor) -> Tensor:
        # on a CPU the spectra of a whole batch leave the cache and cost page faults: twice the time
        parts = (wave,) if wave.is_cuda else wave.split(CHUNK)
        return torch.cat([self.scaled(self._mel(part)) for part in parts]).transpose(1, 2)

    def _mel(self, wave: Tensor) -> Tensor:
        """Mel magnitudes ``[b, t, MELS]``, frame by frame in memory."""
        magnitude = power(_spectra(wave, self.window)).sqrt_()
        parts = [magnitude[..., bins] @ self.filters[bins, bands] for bins, bands in self._blocks]
        return torch.cat(parts, 2)

    def scaled(self, mel: Tensor) -> Tensor:
        """Mel magnitudes, which are overwritten, to the scale of the networks."""
        return mel.add_(SOFT_FLOOR).log_().sub_(_LOW).mul_(1 / NEPERS).sub_(1)


class Inversion(nn.Module):
    """Scaled log-mel [b, MELS, t] to waveform [b, t * HOP] in about [-1, 1].

    ``steps`` Griffin-Lim steps with ``momentum`` (0: the plain algorithm of Griffin and Lim 1984).
    """

    window: Tensor
    unmel: Tensor
    filters: Tensor

    def __init__(self, steps: int = 16, momentum: float = 0.99) -> None:
        super().__init__()
        self.steps, self.momentum = steps, momentum
        filters = _filters()
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("unmel", torch.linalg.pinv(filters).T.contiguous(), persistent=False)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)

    def forward(self, logmel: Tensor, loop: bool = False) -> Tensor:
        with torch.no_grad():
            magnitude = self.magnitude(logmel)
            return self.griffin_lim(magnitude, start_phase(magnitude), loop)

    def magnitude(self, logmel: Tensor) -> Tensor:
        """Scaled log-mel [b, MELS, t] to the magnitude [b, N_FFT / 2 + 1, t] of least norm that has it, cut at 0."""
        return (self.unmel @ mel_magnitude(logmel)).clamp_min_(1e-4)

    def griffin_lim(self, magnitude: Tensor, phase: Tensor, loop: bool = False) -> Tensor:
        """Waveform [b, t * HOP] whose spectrogram comes near ``magnitude``, from ``phase``, both [b, f, t].

        Step i projects c on the spectrograms of real signals, p_i = P(c); c = magnitude with the phase of
        p_i + momentum (p_i - p_(i-1)). One waveform after the other, frame by frame in memory: what a step works on stays in
        the cache of a CPU, which makes it three times as fast as a batch.
        """
        return torch.cat(
            [self._griffin_lim(m, p, loop) for m, p in zip(magnitude.split(1), phase.split(1), strict=True)]
        )

    def _griffin_lim(self, magnitude: Tensor, phase: Tensor, loop: bool) -> Tensor:
        magnitude, phase = (x.transpose(1, 2).contiguous() for x in (magnitude, phase))
        spectrum = torch.polar(magnitude, phase)
        before: Tensor | None = None
        for _ in range(self.steps):
            now = self._frames(self._overlapped(spectrum, loop), loop)
            ahead = now if before is None else _lerp(before, now, 1 + self.momentum)
            squares = torch.view_as_real(ahead).square()
            factor = (squares[..., 0] + squares[..., 1]).add_(1e-18).rsqrt_().mul_(magnitude)
            spectrum, before = ahead * factor, now
        return self._overlapped(spectrum, loop)

    def analyse(self, wave: Tensor, loop: bool) -> Tensor:
        """Waveform [b, t * HOP] to its spectrogram [b, f, t], frame i around sample (i + 1/2) * HOP; on a circle if ``loop``."""
        return self._frames(wave, loop).transpose(1, 2)

    def synthesise(self, spectrum: Tensor, loop: bool) -> Tensor:
        """The least-squares signal [b, t * HOP] of a spectrogram [b, f, t] (Griffin and Lim 1984)."""
        return self._overlapped(spectrum.transpose(1, 2), loop)

    def _frames(self, wave: Tensor, loop: bool) -> Tensor:
        """Waveform [b, t * HOP] to spectra [b, t, f]."""
        edge = CONTEXT // 2
        padded = _around(wave, edge) if loop else F.pad(wave, (edge, edge))
        return _spectra(padded, self.window)

    def _overlapped(self, spectrum: Tensor, loop: bool) -> Tensor:
        """Spectra [b, t, f] to the waveform [b, t * HOP]: windowed frames added up, divided by the sum of the squared windows,
        which is the same everywhere."""
        b, t, _ = spectrum.shape
        parts = N_FFT // HOP
        frames = torch.fft.irfft(spectrum, N_FFT).mul_(self.window).view(b, t, parts, HOP)
        wave = frames.new_zeros(b, t + parts - 1, HOP)
        for part in range(parts):
            wave[:, part : part + t] += frames[:, :, part]
        wave = wave.flatten(1).mul_(HOP / self.window.square().sum())
        edge = CONTEXT // 2
        if not loop:
            return wave[:, edge:-edge]
        around = wave.new_zeros(b, t * HOP)
        for turn in wave.split(t * HOP, 1):
            around[:, : turn.shape[1]] += turn
        return around.roll(-edge, 1)


def power(spectrum: Tensor) -> Tensor:
    """Squared magnitude of complex numbers, which are overwritten; torch's own magnitude takes three times as long."""
    squares = torch.view_as_real(spectrum).square_()
    return squares[..., 0] + squares[..., 1]


def _lerp(first: Tensor, second: Tensor, weight: float) -> Tensor:
    """Between complex numbers, as pairs of real ones: in a third of the time."""
    return torch.view_as_complex(torch.lerp(torch.view_as_real(first), torch.view_as_real(second), weight))


def _filters() -> Tensor:
    """Mel filters ``[f, MELS]``, f = N_FFT / 2 + 1."""
    return functional.melscale_fbanks(N_FFT // 2 + 1, LOWEST, HIGHEST, MELS, SAMPLE_RATE, None, "slaney")


def _spectra(wave: Tensor, window: Tensor) -> Tensor:
    """Waveform ``[b, n]`` to complex spectra ``[b, t, f]``; frame i begins at sample i * HOP."""
    return torch.fft.rfft(wave.unfold(1, N_FFT, HOP) * window)


def _blocks(filters: Tensor) -> list[tuple[slice, slice]]:
    """Filters ``[f, MELS]`` as BLOCKS of neighboring bands: the bins that a block sees, and its bands. A band sees few bins, so
    these products take a quarter of the time of the whole one."""
    found: list[tuple[slice, slice]] = []
    for bands in torch.arange(filters.shape[1]).chunk(BLOCKS):
        first, last = int(bands[0]), int(bands[-1]) + 1
        bins = filters[:, first:last].any(1).nonzero()[:, 0]
        found.append((slice(int(bins[0]), int(bins[-1]) + 1), slice(first, last)))
    return found


def mel_magnitude(logmel: Tensor) -> Tensor:
    """Scaled log-mel to mel magnitudes."""
    return torch.exp((logmel.clamp(-1.0, LOUDEST) + 1) * NEPERS + _LOW) - SOFT_FLOOR


def start_phase(magnitude: Tensor) -> Tensor:
    """Phase [b, f, t] in radians, as ``torch.stft`` counts it, of a magnitude [b, f, t] alone."""
    from artgen_music.phase import ridge_phase  # and numba, which nothing but making sound needs

    log = magnitude.log().transpose(1, 2).contiguous().cpu().numpy()
    phase = torch.stack([torch.from_numpy(ridge_phase(item, HOP, N_FFT)) for item in log]).to(magnitude.device)
    middle = math.pi * torch.arange(magnitude.shape[1], device=magnitude.device)  # from mid-window to its first sample
    return phase.transpose(1, 2) + middle[:, None]


def _around(x: Tensor, edge: int) -> Tensor:
    """Lay x on a circle: ``edge`` of its end before its beginning and the reverse; x may be shorter than that."""
    steps = torch.arange(-edge, x.shape[-1] + edge, device=x.device) % x.shape[-1]
    return x[..., steps]
