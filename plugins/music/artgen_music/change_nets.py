"""The generator of the task style, on scaled log-mels [b, 1, mel, t]: it turns bands up and down from moment to moment.

It folds 2 x 2 points into channels, which is four times as fast as full resolution, sends them through a residual network, and
adds what comes out to its source, at most so many decibels: rhythm and pitch stay where they were unless there is a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import ResNet
from artgen.types import Noise
from artgen_music.drummer import Drummer, played
from artgen_music.mel_scale import middles
from artgen_music.spectra import correlation
from artgen_music.spectrum import HIGHEST, LOUDEST, LOWEST, NEPERS

FOLD = 2  # points a side that become channels
_DECIBEL = 0.115129  # nepers


class Restyle(nn.Module):
    """``(source [b, 1, mel, t], condition, draws) -> [b, 1, mel, t]``. ``width``, ``blocks``: of the residual
    network; ``decibels``: what it may add or take, and once more for each band at all times (an equalizer, learnt in seconds);
    ``beats``: every band is told how loud its moment is in all of them, and how much louder than the one before. Else a cymbal,
    high up where the source is silent, cannot know of a beat far below; ``drums``: a drummer plays beside."""

    def __init__(
        self, mels: int, width: int, blocks: int, decibels: float, beats: bool = False, drums: bool = False
    ) -> None:
        super().__init__()
        self.beats = beats
        self.most = decibels * _DECIBEL / NEPERS
        self.net = ResNet((3 if beats else 1) * FOLD * FOLD, FOLD * FOLD, width, blocks)
        with torch.no_grad():  # nearly nothing is changed at first
            self.net.leave.weight.mul_(0.1)
        self.tilt = nn.Parameter(torch.zeros(mels, 1))
        self.drummer = Drummer.shipped() if drums else None

    def features(self, x: Tensor) -> list[Tensor]:
        """What the encoder sees of the folded spectrogram, fine to coarse."""
        return self.net.features(self._folded(x))

    def forward(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        change = F.pixel_shuffle(self.net(self._folded(source), condition, noise), FOLD)[..., : source.shape[3]]
        change = self.most * (change + torch.tanh(self.tilt))
        if self.drummer is None:
            return (source + change).clamp(-1, LOUDEST)
        return played(source, change, self.drummer(source))

    def _folded(self, x: Tensor) -> Tensor:
        """[b, 1, mel, t] -> [b, 4 or 12, mel / 2, ceil(t / 2)]."""
        x = F.pad(x, (0, -x.shape[3] % FOLD, 0, 0), "replicate") if x.shape[3] % FOLD else x
        if self.beats:
            rise = 4 * F.pad(x.diff(dim=3).clamp_min(0), (1, 0))  # about as large as the loudness
            moments = torch.cat([x, rise], 1).mean(2, keepdim=True).expand(-1, -1, x.shape[2], -1)
            x = torch.cat([x, moments], 1)
        return F.pixel_unshuffle(x, FOLD).contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True)
class TrainCrop:
    """The ``frames`` of spectrograms [b, 1, mel, t] that a training step looks at: twice the steps for the same time."""

    frames: int

    def __call__(self, x: Tensor) -> Tensor:
        start = int(torch.randint(max(1, x.shape[3] - self.frames + 1), ()))
        return x[..., start : start + self.frames]


def lost_rhythm(source: Tensor, result: Tensor) -> Tensor:
    """One minus the correlation of the onset strengths of both, a mean over spectrograms [b, 1, mel, t] of two frames or more:
    0 where every beat and note begins when it did, as strong beside the others; 1 where nothing is in common, also where one
    of both is silent; 2 at worst. Onset strength: the mean rise of the spectrum from one frame to the next, of each band as
    often as it is wide in Hz, so that new hiss and drums, which lie high, have to keep the time of the source."""
    return 1 - correlation(_onsets(source), _onsets(result), dim=1).mean()


def _onsets(x: Tensor) -> Tensor:
    """Onset strengths of spectrograms [b, 1, mel, t], [b, t - 1]."""
    return _shares(x.shape[2], x.device) @ x[:, 0].diff(dim=2).clamp_min(0)


@lru_cache(maxsize=2)
def _shares(bands: int, device: torch.device) -> Tensor:
    """How wide each band is in Hz, as a share of all, [bands]."""
    wide = torch.gradient(middles(LOWEST, HIGHEST, bands, device))[0]
    return wide / wide.sum()
