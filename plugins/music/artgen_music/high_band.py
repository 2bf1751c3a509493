"""Sound at 16 kHz to sound at 32 kHz: what is there stays, and a learned high band is added (7.5 to 16 kHz).

A network looks at how loud the bands of the sound are, every 4 ms, and says how loud the bands above should be; noise of these
loudnesses is what is added. Up there a cymbal, breath and the strike of a string are noise, and the ear hears little more
than its envelope. A regression would give the average of what may come, which is dull; so the network is the generator of a
small GAN (``tools/train_high.py``) and gets noise to decide by. The sound itself is resampled and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import load_frozen
from artgen_music.config import HIGH_RATE, SAMPLE_RATE

WEIGHTS = Path(__file__).parent / "weights" / "high.safetensors"
WINDOW = 256  # samples of a frame: 16 ms of the given sound, 8 ms of what is added, which thus stays sharp in time
STEP = 64  # samples of the given sound from a frame to the next: 4 ms; twice as many of what is added
LOW, HIGH = 32, 17  # bands that are given, of 250 Hz, and that are made, of 500 Hz
FIRST = 60  # bin of the first band that is made: 7.5 kHz, from where on resampling has left less than there was
GROUP = 4  # bins of a band
FLOOR = 1e-9  # of power: -90 dB under full scale; what is softer is silence
SCALE = 10.0  # nepers of power in one unit
LOUDEST = 2.0  # loudness of a band at most: one unit is 43 dB
CHANCE = 8  # channels of noise that the network decides by
WIDTH, SPANS = 64, (1, 2, 4, 8, 1, 2, 4)
EDGE = 1 + sum(SPANS)  # frames before and after that a frame is made of
REACH = 64 * STEP  # samples around a place that the network and the windows look at, and more
PIECE = 30 * SAMPLE_RATE // STEP * STEP  # samples that are worked on at a time, which bounds the memory
TAPS, CUT = 511, 7600.0  # of the filter that keeps the made bands above 7.5 kHz, and Hz in its middle
_BLOCK = 1 << 16  # samples of noise that one seed gives


class HighBand(nn.Module):
    """Loudness of bands [b, LOW, t] (see ``loudness``) and noise [b, CHANCE, t] to those of the bands above,
    [b, HIGH, t - 2 EDGE]: a frame is made of EDGE on both sides, which the outermost ones lack."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv1d(LOW + CHANCE, WIDTH, 3)
        self.layers = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, dilation=span) for span in SPANS)
        self.leave = nn.Conv1d(WIDTH, HIGH, 1)

    def forward(self, low: Tensor, chance: Tensor) -> Tensor:
        x = self.enter(torch.cat([low, chance], 1))
        for layer, span in zip(self.layers, SPANS, strict=True):
            x = x[..., span:-span] + layer(F.leaky_relu(x, 0.2))
        return self.leave(F.leaky_relu(x, 0.2))


def frames(wave: Tensor, step: int) -> Tensor:
    """[b, n] to spectra [b, n / step + 1, WINDOW / 2 + 1], frame i around sample i * step."""
    padded = F.pad(wave, (WINDOW // 2, WINDOW // 2))
    return torch.fft.rfft(padded.unfold(1, WINDOW, step) * _window(wave.device))


def loudness(spectra: Tensor, first: int, count: int) -> Tensor:
    """Spectra [b, t, f] to the mean power of ``count`` bands from the bin ``first`` on, as logarithm: [b, count, t], 0 for
    silence."""
    power = spectra.abs().square()[..., first : first + GROUP * count] * (2 / WINDOW)
    return ((power.unflatten(2, (count, GROUP)).mean(3) / FLOOR + 1).log() / SCALE).transpose(1, 2)


def gains(high: Tensor) -> Tensor:
    """Loudness of bands [b, HIGH, t] to the factors of white noise [b, t, GROUP * HIGH] that have it."""
    power = torch.expm1(high.clamp(0, LOUDEST) * SCALE) * FLOOR
    return power.sqrt().repeat_interleave(GROUP, 1).transpose(1, 2)


def doubled(wave: np.ndarray, loop: bool = False) -> np.ndarray:
    """int16 [n] at SAMPLE_RATE to float32 [2 n] in units of int16 at HIGH_RATE. ``loop``: the end runs into the beginning."""
    around = np.pad(wave, REACH, mode="wrap" if loop and len(wave) else "constant")
    parts = [
        _part(around[at : min(at + PIECE, len(wave)) + 2 * REACH], at, len(wave) if loop else None)
        for at in range(0, len(wave), PIECE)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def doubled_stream(pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The same of the pieces of one sound, in order and each of any length, for sounds that are too long to be held."""
    held, at = np.zeros(REACH, np.float32), 0
    for piece in pieces:
        held = np.concatenate([held, piece.astype(np.float32)])
        while len(held) >= PIECE + 2 * REACH:
            yield _part(held[: PIECE + 2 * REACH], at)
            held, at = held[PIECE:], at + PIECE
    rest = np.pad(held, (0, REACH))
    for start in range(0, len(held) - REACH, PIECE):
        end = min(start + PIECE, len(held) - REACH)
        yield _part(rest[start : end + 2 * REACH], at + start)


@torch.inference_mode()
def _part(wave: np.ndarray, at: int, circle: int | None = None) -> np.ndarray:
    """A stretch [n + 2 REACH], whose middle begins at sample ``at`` of the sound, to [2 n]; ``circle``: length of a loop."""
    given = wave.astype(np.float32)
    full = soxr.resample(given, SAMPLE_RATE, HIGH_RATE, "VHQ")
    start, count = at - REACH, -(-len(given) // STEP) * STEP
    padded = torch.from_numpy(np.pad(given, (0, count - len(given))) / np.float32(32768))[None]
    low = loudness(frames(padded, STEP), 0, LOW)
    turn = None if circle is None else circle // STEP
    chance = _noise(1, start // STEP * CHANCE, low.shape[2] * CHANCE, None if turn is None else turn * CHANCE)
    high = network()(low, torch.from_numpy(chance).view(1, -1, CHANCE).transpose(1, 2))
    high = torch.minimum(high, low[..., EDGE:-EDGE].amax(1, keepdim=True))  # silence stays silence
    noise = _noise(2, 2 * start, 2 * count, None if circle is None else 2 * circle)
    added = sounding(F.pad(high, (EDGE, EDGE)), noise)[: len(full)]
    return (full + added * np.float32(32768))[2 * REACH : -2 * REACH]


def sounding(high: Tensor, noise: np.ndarray) -> np.ndarray:
    """Loudness of bands [1, HIGH, t + 1] and white noise [2 STEP t] to noise of that loudness, [2 STEP t]. Loudness that changes
    spreads a band; a filter sees to it that nothing falls on what is there."""
    from scipy.signal import oaconvolve

    spectra = frames(torch.from_numpy(noise)[None], 2 * STEP)
    made = torch.zeros_like(spectra)
    band = slice(FIRST, FIRST + GROUP * HIGH)
    made[..., band] = spectra[..., band] * gains(high)
    return oaconvolve(overlapped(made)[0].numpy(), _high_pass(), "same")


def overlapped(spectra: Tensor) -> Tensor:
    """Spectra [b, t + 1, f] of ``frames`` with half a window as step, back to a wave [b, t * WINDOW / 2]."""
    parts = torch.fft.irfft(spectra, WINDOW) * _window(spectra.device)
    half = WINDOW // 2
    return (parts[:, :-1, half:] + parts[:, 1:, :half]).flatten(1)


def _noise(kind: int, start: int, count: int, circle: int | None) -> np.ndarray:
    """Standard normal float32 [count] of the places from ``start`` on, the same in whatever piece they are asked for."""
    found: list[np.ndarray] = []
    while count > 0:
        at = start % circle if circle else start
        number, within = divmod(at, _BLOCK)
        size = min(count, _BLOCK - within, circle - at if circle else count)
        rng = np.random.Generator(np.random.PCG64([kind, number + 1]))  # a sound begins with a part of block -1
        found.append(rng.standard_normal(_BLOCK, np.float32)[within : within + size])
        start, count = start + size, count - size
    return np.concatenate(found)


@lru_cache(maxsize=1)
def _high_pass() -> np.ndarray:
    from scipy.signal import firwin

    return np.asarray(firwin(TAPS, CUT, pass_zero=False, fs=HIGH_RATE), np.float32)


@lru_cache(maxsize=2)
def _window(device: torch.device) -> Tensor:
    return torch.hann_window(WINDOW, device=device).sqrt()


@lru_cache(maxsize=1)
def network() -> HighBand:
    """The network with the weights that ship, frozen."""
    return load_frozen(HighBand(), WEIGHTS, torch.device("cpu"))
