"""Slaney's mel scale: linear up to 1000 Hz, logarithmic above. Written here because librosa, which has it too, compiles for
twenty seconds at its first use on a machine."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from artgen_music.torchaudio_any import functional

_LINEAR, _BEND, _LOG = 200 / 3, 1000.0, math.log(6.4) / 27
_BEND_MEL = _BEND / _LINEAR


@lru_cache(maxsize=8)
def middles(lowest: float, highest: float, bands: int, device: torch.device | None = None) -> Tensor:
    """Middles in Hz of ``bands`` mel bands from ``lowest`` to ``highest`` Hz, ``[bands]``."""
    step = (_mel(highest) - _mel(lowest)) / (bands + 1)
    mels = _mel(lowest) + step * torch.arange(1, bands + 1, device=device)
    return torch.where(mels < _BEND_MEL, mels * _LINEAR, _BEND * torch.exp((mels - _BEND_MEL) * _LOG))


def place(hertz: Tensor, lowest: float, highest: float, bands: int) -> Tensor:
    """The place of frequencies on the axis of ``bands`` mel bands; 0 is the middle of the first."""
    mels = torch.where(hertz < _BEND, hertz / _LINEAR, _BEND_MEL + (hertz / _BEND).log() / _LOG)
    return (mels - _mel(lowest)) / ((_mel(highest) - _mel(lowest)) / (bands + 1)) - 1


def filters(rate: int, size: int, bands: int) -> Tensor:
    """Triangular mel filters of unit area from 0 Hz to half of ``rate``, ``[bands, size / 2 + 1]``."""
    return functional.melscale_fbanks(size // 2 + 1, 0.0, rate / 2, bands, rate, "slaney", "slaney").T.contiguous()


def _mel(hertz: float) -> float:
    return hertz / _LINEAR if hertz < _BEND else _BEND_MEL + math.log(hertz / _BEND) / _LOG
