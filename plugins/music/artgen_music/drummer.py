"""A drummer beside the music: hears a spectrogram, and adds strokes of learned drums to it.

A drum is a short spectrogram of its own; the network decides at each moment at which something begins which drums are hit,
and how hard. So what is added is loud for moments only, wherever in the spectrum the music is silent, keeps the rhythm, and
cannot become a bed of noise. The drummer that ships has learned to play along from pairs (tools/train_drummer.py); a training
changes only how loud each of its drums is.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from artgen_music.spectrum import NEPERS

SHIPPED = Path(__file__).parent / "weights" / "drummer.safetensors"
DRUMS, MELS = 6, 128
ROWS = 16  # groups of bands that the drummer hears
LENGTH = 48  # frames (16 ms each) of a drum's sound
AHEAD = 3  # frames before a stroke in which it can be seen: those whose windows reach it
DILATIONS = (1, 2, 4, 8, 16)  # of five frames each: a beat of a second before and after
NEAR = 4  # frames on either side, of which an onset is the strongest
AROUND = 64  # frames on either side, to the strongest of which it is compared
_FAINT = 0.15  # share of the strongest onset around, under which there is none
_SOFTEST = 0.03  # mean rise in a frame of what counts as an onset: 1 dB
_RARE = -3.0  # before the softplus: a stroke has a twentieth of the full strength at first


class Drummer(nn.Module):
    """Scaled log-mel ``[b, 1, mel, t]`` to what its drums add, ``[b, mel, t]``, magnitudes in units of the soft floor.

    ``width``: channels of the network that hears."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.enter = nn.Conv1d(2 * ROWS, width, 5, padding=2)
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation) for dilation in DILATIONS
        )
        self.hands = nn.Conv1d(width, DRUMS, 1)
        nn.init.constant_(self.hands.bias, _RARE)  # pyright: ignore[reportArgumentType] (a convolution with a bias)
        self.sounds = nn.Parameter(torch.full((DRUMS, MELS, LENGTH), -1.0))  # scaled log-mels
        self.loudness = nn.Parameter(torch.zeros(DRUMS, 1))  # in units of the scaled log-mel

    @classmethod
    def shipped(cls) -> Drummer:
        """The one that ships, of which only the loudness of the drums is trained."""
        drummer = cls()
        if not drummer.sounds.is_meta:  # else only the shapes are asked for
            drummer.load_state_dict({name: tensor.float() for name, tensor in load_file(SHIPPED).items()})
        for name, parameter in drummer.named_parameters():
            parameter.requires_grad_(name == "loudness")
        return drummer

    def strokes(self, x: Tensor) -> Tensor:
        """How hard each drum is hit, ``[b, drums, t]``: 0 but where something begins, less where little does.

        A softplus, because a sigmoid that was once driven to 1 did not come back."""
        rows = F.adaptive_avg_pool2d(x, (ROWS, x.shape[3]))[:, 0]
        rises = 4 * F.pad(rows.diff(dim=2).clamp_min(0), (1, 0))  # about as large as the loudness
        h = self.enter(torch.cat([rows, rises], 1))
        for layer in self.layers:
            h = h + layer(_evened(h))
        return F.softplus(self.hands(_evened(h))) * onsets(x)

    def forward(self, x: Tensor) -> Tensor:
        strokes = self.strokes(x).float() * torch.exp(self.loudness * NEPERS)
        strokes = F.pad(strokes, (LENGTH - 1 - AHEAD, AHEAD))
        sounds = torch.expm1((self.sounds.float().clamp_min(-1) + 1) * NEPERS)
        return F.conv1d(strokes, sounds.permute(1, 0, 2).flip(2))


def _evened(h: Tensor) -> Tensor:
    """Rectified features ``[b, c, t]`` of mean square one at each moment: without that, strokes grew without bound."""
    h = F.leaky_relu(h, 0.2)
    return h * (h.square().mean(1, keepdim=True) + 1e-4).rsqrt()


def onsets(x: Tensor) -> Tensor:
    """How strongly something begins in scaled log-mels ``[b, 1, mel, t]``, ``[b, 1, t]``: near 1 where the bands rise most of
    the second before and after, less at moments that are only the strongest of 64 ms before and after, else 0."""
    rise = F.avg_pool1d(F.pad(x.diff(dim=3).clamp_min(0).mean(2), (1, 0)), 3, 1, 1)
    strongest, usual = (F.max_pool1d(rise, 2 * reach + 1, 1, reach) for reach in (NEAR, AROUND))
    share = rise / (usual + _SOFTEST)
    return (rise == strongest) * ((share - _FAINT) / (1 - _FAINT)).clamp_min(0)


def played(source: Tensor, change: Tensor, drums: Tensor) -> Tensor:
    """Scaled log-mel ``[b, 1, mel, t]`` turned up and down by as much as ``change``, and drums ``[b, mel, t]`` beside it,
    magnitudes in units of the soft floor. What is silent stays silent but for the drums: there is nothing to be turned up."""
    own = torch.expm1((source.float().clamp_min(-1) + 1) * NEPERS) * torch.exp(change.float() * NEPERS)
    return torch.log1p(own + drums[:, None]) / NEPERS - 1
