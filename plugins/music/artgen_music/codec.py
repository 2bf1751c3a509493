"""Two ways between raw waveforms (int16, 16 kHz mono) and what the networks see.

``SpectrogramCodec``: x [b, 1, mel, t], the scaled log-mel itself. ``LatentCodec``: x [b, c, t / patch], each patch of a few
frames by all mel bands reduced to its principal components, fitted in closed form. Both decode any number of steps, and
``decode(x, loop=True)`` returns a waveform whose end runs into its beginning.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.types import TRANSLATION_TASKS, Transform
from artgen_music.config import SAMPLE_RATE, MusicConfig
from artgen_music.spectrum import CONTEXT, HOP, MELS, N_FFT, Inversion, LogMel

GAIN_DB = 3.0  # loudness varies by at most this much either way
FIT_FRAMES = 60_000  # frames from which the components are learnt: 16 minutes


class SpectrogramCodec(nn.Module):
    """Raw [b, n] int16 <-> scaled log-mel [b, 1, MELS, frames], about [-1, 1]. Nothing is learnt.

    ``frames``: length of an encoded item, each HOP samples. Raw items may be longer: ``vary`` takes a random crop,
    ``encode`` the middle.
    """

    def __init__(self, frames: int = 256, steps: int = 16) -> None:
        super().__init__()
        self.frames = frames
        self.logmel = LogMel()
        self.inversion = Inversion(steps)

    @property
    def crop(self) -> int:
        """Samples of raw sound behind one encoded item."""
        return self.frames * HOP + CONTEXT

    def fit(self, raw: Tensor) -> None:
        """Nothing to learn: the scale is fixed."""

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Crop at random and change the loudness by up to GAIN_DB: int16 [b, n] -> int16 [b, crop]."""
        raw = _at_least(raw, self.crop)
        count, spare = len(raw), raw.shape[1] - self.crop
        start = (torch.rand(count, generator=rng, device=rng.device) * (spare + 1)).long().clamp_(max=spare)
        decibels = (torch.rand(count, 1, generator=rng, device=rng.device) * 2 - 1) * GAIN_DB
        windows, start, gain = raw.unfold(1, self.crop, 1), start.to(raw.device), (10 ** (decibels / 20)).to(raw.device)
        made = raw.new_empty(count, self.crop)
        at_a_time = count if raw.is_cuda else 1  # a batch leaves the cache of a CPU: three times the time
        for part, number in zip(
            made.split(at_a_time), torch.arange(count, device=raw.device).split(at_a_time), strict=True
        ):
            part.copy_((windows[number, start[number]] * gain[number]).clamp_(-32768, 32767))
        return made

    @property
    def transform(self) -> Transform:
        """What ``magnitude`` is of."""
        return Transform(SAMPLE_RATE, N_FFT, HOP, self.inversion.steps)

    def magnitude(self, x: Tensor) -> Tensor:
        """Any [b, 1, MELS, t] -> magnitudes [b, N_FFT / 2 + 1, t], of which ``decode`` makes the sound."""
        return self.inversion.magnitude(x[:, 0].float())

    def encode(self, raw: Tensor) -> Tensor:
        """int16 [b, n] -> float32 [b, 1, MELS, frames], of the middle where n is longer than ``crop``."""
        return self.logmel(self.middle(raw).float().mul_(1 / 32768))[:, None]

    def middle(self, raw: Tensor) -> Tensor:
        """int16 [b, n] -> int16 [b, crop], silence around it where n is shorter."""
        raw = _at_least(raw, self.crop)
        start = (raw.shape[1] - self.crop) // 2
        return raw[:, start : start + self.crop]

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Any [b, 1, MELS, t] -> int16 [b, t * HOP]."""
        wave = self.inversion(x[:, 0].float(), loop)
        peak = wave.abs().amax(1, keepdim=True).clamp_min_(1)  # turned down, rather than clipped
        return (wave * (32767 / peak)).round_().to(torch.int16)


class LatentCodec(SpectrogramCodec):
    """Raw [b, n] int16 <-> principal components [b, components, frames / patch] of patches of the log-mel.

    Component j is divided by ``std_j ** whiten``, then everything by one number so that the mean square is ``RMS ** 2``:
    ``whiten`` 0 keeps their relative sizes, 1 makes them all equal.
    """

    RMS = 0.5
    basis: Tensor
    mean: Tensor
    scale: Tensor

    def __init__(
        self, frames: int = 256, patch: int = 4, components: int = 64, whiten: float = 0.5, steps: int = 16
    ) -> None:
        super().__init__(frames, steps)
        if frames % patch:
            raise ValueError(f"frames ({frames}) must be a multiple of patch ({patch})")
        self.patch, self.components, self.whiten = patch, components, whiten
        self.register_buffer("basis", torch.eye(components, MELS * patch))
        self.register_buffer("mean", torch.zeros(MELS * patch))
        self.register_buffer("scale", torch.ones(components))

    def fit(self, raw: Tensor) -> None:
        """Learn mean, components and their sizes from raw items [b, n], in double precision."""
        count = max(1, min(len(raw), FIT_FRAMES * HOP // raw.shape[1]))
        chosen = raw[torch.linspace(0, len(raw) - 1, count).long()]
        crops = torch.cat([chosen[:, : self.crop], chosen[:, -self.crop :]])
        size, seen = len(self.mean), 0
        moments, total = (raw.new_zeros(shape, dtype=torch.float64) for shape in ((size, size), (size,)))
        for part in crops.split(32):
            rows = self._by_band(self._rows(super().encode(part))).flatten(0, 1).double()
            moments, total, seen = moments + rows.T @ rows, total + rows.sum(0), seen + len(rows)
        mean = total / seen
        values, vectors = torch.linalg.eigh(moments / seen - torch.outer(mean, mean))
        std = values.clamp_min(1e-8).sqrt().flip(0)[: self.components]
        whitened = std ** (1 - self.whiten)
        self.mean.copy_(mean)
        self.basis.copy_(vectors.flip(1)[:, : self.components].T)
        self.scale.copy_(std**self.whiten * whitened.square().mean().sqrt() / self.RMS)

    def encode(self, raw: Tensor) -> Tensor:
        """int16 [b, n] -> float32 [b, components, frames / patch]."""
        return self.compress(super().encode(raw))

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """Any [b, components, t] -> int16 [b, t * patch * HOP]."""
        return super().decode(self.expand(x), loop)

    def magnitude(self, x: Tensor) -> Tensor:
        """Any [b, components, t] -> magnitudes [b, N_FFT / 2 + 1, t * patch]."""
        return super().magnitude(self.expand(x))

    def view(self, x: Tensor) -> Tensor:
        """The log-mel [b, 1, MELS, frames] that components stand for: time and pitch can be pointed at."""
        return self.expand(x)

    def unview(self, view: Tensor) -> Tensor:
        """Log-mel back to components."""
        return self.compress(view)

    def compress(self, logmel: Tensor) -> Tensor:
        """Log-mel [b, 1, MELS, t] -> components [b, components, t / patch]."""
        weight = self._by_frame(self.basis) / self.scale[:, None]
        rows = F.linear(self._rows(logmel), weight, -(weight @ self._by_frame(self.mean)))
        return rows.transpose(1, 2)

    def expand(self, x: Tensor) -> Tensor:
        """Components [b, components, t] -> log-mel [b, 1, MELS, t * patch]."""
        weight = self._by_frame(self.basis) * self.scale[:, None]
        rows = torch.addmm(self._by_frame(self.mean), x.float().transpose(1, 2).flatten(0, 1), weight)
        # the number by its shape: len() would fix it in a graph that is exported for any number of works
        return rows.view(x.shape[0], x.shape[2] * self.patch, MELS).transpose(1, 2).unsqueeze(1)

    def _rows(self, logmel: Tensor) -> Tensor:
        """[b, 1, MELS, t] -> [b, t / patch, patch * MELS]: a view where the bands of a frame lie side by side, as they do when
        they are made. To bring them together by band is a copy that took longer than the product with the basis."""
        return logmel.squeeze(1).transpose(1, 2).unflatten(1, (-1, self.patch)).flatten(2)

    def _by_frame(self, x: Tensor) -> Tensor:
        """[..., MELS * patch], as checkpoints have it, -> [..., patch * MELS]."""
        return x.unflatten(-1, (MELS, self.patch)).transpose(-1, -2).flatten(-2)

    def _by_band(self, x: Tensor) -> Tensor:
        """The way back: [..., patch * MELS] -> [..., MELS * patch]."""
        return x.unflatten(-1, (self.patch, MELS)).transpose(-1, -2).flatten(-2)


def build_codec(config: MusicConfig) -> SpectrogramCodec:
    """The codec of ``config.model``; that of the spectrogram where works are changed."""
    if config.task in TRANSLATION_TASKS:
        from artgen_music.change import ChangeCodec, PairCodec

        return (PairCodec if config.task == "translate" else ChangeCodec)(config.frames, config.inversion_steps)
    if config.model == "spectrogram":
        return SpectrogramCodec(config.frames, config.inversion_steps)
    return LatentCodec(config.frames, config.patch, config.components, config.whiten, config.inversion_steps)


def _at_least(raw: Tensor, samples: int) -> Tensor:
    """Raw [b, n] with silence around it where it is shorter than ``samples``."""
    missing = max(0, samples - raw.shape[1])
    return F.pad(raw, (missing // 2, missing - missing // 2)) if missing else raw
