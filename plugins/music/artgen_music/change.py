"""The codec of the task style: whole works of sound to spectrograms and back, what is kept taken from the given sound.

The networks see the scaled log-mel x [b, 1, MELS, t], as those of the spectrogram model do. On the way back the given sound lends
its own spectrum, whose bands are turned up and down; so harmonics stay as fine as they were. What a band should have and the
given sound has not (a drum where there was none) is filled in; a few steps of fast Griffin-Lim make the phases agree.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen_music.codec import SpectrogramCodec
from artgen_music.limiter import limited
from artgen_music.spectrum import CONTEXT, HOP, NEPERS, mel_magnitude, start_phase

MOST_GAIN = 8.0  # times: what a band of the given sound is turned up by at most, before it is filled instead
EDGE = CONTEXT // HOP  # frames before and after that hear the sound too


class ChangeCodec(SpectrogramCodec):
    """``SpectrogramCodec`` that also changes works, int16 [b, n] of any length (see WorkCodec).

    A work is seen with silence around it; so is the crop of a training item, which thus is a work like any other."""

    @property
    def crop(self) -> int:
        """Samples of raw sound behind one encoded item."""
        return self.frames * HOP

    def encode(self, raw: Tensor) -> Tensor:
        """int16 [b, n] -> float32 [b, 1, MELS, frames], of the middle where n is longer than ``crop``."""
        return self.take(self.middle(raw))

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """Every prepared item is a work that is given; nobody knows what is wanted."""
        return raw, None

    def take(self, raw: Tensor) -> Tensor:
        """int16 [b, n] -> float32 [b, 1, MELS, ceil(n / HOP)]; frame i lies around sample (i + 1/2) * HOP."""
        return self.logmel(F.pad(_wave(raw), (CONTEXT // 2, CONTEXT // 2)))[:, None]

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """int16 [b, n] and what became of its log-mel -> int16 [b, n], turned down around what would clip."""
        waves = [self._changed(_wave(raw[i : i + 1]), x[i : i + 1, 0]) for i in range(len(raw))]  # bounds the memory
        wave = limited(torch.cat(waves)[:, : raw.shape[1]])
        return (wave * 32767).round_().to(torch.int16)

    def _changed(self, wave: Tensor, x: Tensor) -> Tensor:
        """Waveform [1, t * HOP] and a log-mel [1, MELS, t] -> a waveform that has it."""
        inversion = self.inversion
        spectrum = inversion.analyse(F.pad(wave.to(x.device), (EDGE * HOP, EDGE * HOP)), loop=False)
        own, filters = spectrum.abs(), inversion.filters.T
        before = self.logmel.scaled(filters @ own)
        change = F.pad(x - before[..., EDGE:-EDGE], (EDGE, EDGE), "replicate")
        lent = own * torch.exp(_spread(filters, change * NEPERS)).clamp_(max=MOST_GAIN)
        lacking = (mel_magnitude(before + change) - filters @ lent).clamp_min_(0)
        filled = (inversion.unmel @ lacking).clamp_min_(0)
        magnitude = (lent + filled).clamp_min_(1e-4)
        phase = torch.where(filled > lent, start_phase(magnitude), spectrum.angle())
        return inversion.griffin_lim(magnitude, phase)[:, EDGE * HOP : -EDGE * HOP]


class PairCodec(ChangeCodec):
    """Prepared items are two sounds of equal length, int16 ``[b, 2, n]``: what is given and what is wanted."""

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        return raw[:, 0], raw[:, 1]

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """The same crop and the same loudness of both."""
        state, sides = rng.get_state(), []
        for side in raw.unbind(1):
            rng.set_state(state)
            sides.append(super().vary(side, rng))
        return torch.stack(sides, 1)

    def encode(self, raw: Tensor) -> Tensor:
        """int16 ``[b, 2, n]`` -> float32 ``[b, 2, MELS, frames]``."""
        return torch.cat([super(PairCodec, self).encode(side) for side in raw.unbind(1)], 1)


def _wave(raw: Tensor) -> Tensor:
    """int16 [b, n] -> float32 in [-1, 1], silence added up to whole frames."""
    return F.pad(raw.float() / 32768, (0, -raw.shape[1] % HOP))


def _spread(filters: Tensor, bands: Tensor) -> Tensor:
    """Values of mel bands [b, MELS, t] at the bins between them, [b, f, t]; 0 where no band reaches."""
    share = filters.T
    return (share / share.sum(1, keepdim=True).clamp_min(1e-6)) @ bands
