"""How loud a sound is and where its notes begin, at the frames of a film; and the pace that a film takes from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

RATE = 22_050  # Hz at which a track is listened to
CALM, LOUD, PUSH = 0.25, 0.75, 0.22  # pace in silence, more of it at full loudness; seconds that a strong onset pushes
DECAY = 0.12  # seconds over which a push spreads
WINDOW = 0.05  # seconds over which loudness is measured
HOP, N_FFT = 256, 2048  # samples between two spectra, and of each
BLOCK = 1024  # spectra at a time: those of a long track would take a GiB
FLOOR = 80.0  # dB below the loudest band, under which nothing rises
REST = 2  # HOPs after a peak without another, and before it without a higher place
AROUND, ABOVE = 8, 0.07  # HOPs on both sides over whose mean a peak rises, and by what share of the whole range


@dataclass(frozen=True)
class Track:
    """A sound whose onsets drive a film.

    - ``wave``: float32 ``[n]``, mono at RATE, in [-1, 1].
    - ``name``: where it comes from.
    - ``path``: its file, whose sound goes beside the film; None: there is none.
    """

    wave: np.ndarray
    name: str
    path: Path | None = None

    @property
    def seconds(self) -> float:
        return len(self.wave) / RATE


def moments(track: Track, fps: float) -> tuple[float, ...]:
    """The moment of its own time that a film shows at each frame, in seconds, rising: the integral of its pace."""
    count = max(1, round(track.seconds * fps))
    pace = CALM + LOUD * loudness(track, fps, count) + PUSH * spread(onsets(track, fps, count), fps)
    return tuple(np.concatenate([[0.0], np.cumsum(pace[1:] / fps)]).tolist())


def loudness(track: Track, fps: float, count: int) -> np.ndarray:
    """Root mean square around each frame as a share of the loud parts (the 95th percentile): ``[t]`` in [0, 1]."""
    squares = np.concatenate([[0.0], np.cumsum(track.wave.astype(np.float64) ** 2)])
    center = ((np.arange(count) + 0.5) / fps * RATE).astype(int)
    half = round(WINDOW * RATE)
    first, last = ((center + side).clip(0, len(track.wave)) for side in (-half, half))
    level = np.sqrt((squares[last] - squares[first]) / np.maximum(last - first, 1))
    return (level / max(float(np.percentile(level, 95)), 1e-4)).clip(0, 1)


def onsets(track: Track, fps: float, count: int) -> np.ndarray:
    """Strength of the onsets that fall into each frame, 1 for a strong one: ``[t]``."""
    rise = onset_strength(track.wave)
    found = peaks(rise)
    strength = np.zeros(count)
    if len(found):
        full = max(float(np.percentile(rise[found], 75)), 1e-6)
        frames = (found * HOP / RATE * fps).astype(int).clip(max=count - 1)
        np.maximum.at(strength, frames, (rise[found] / full).clip(0, 1))
    return strength


def onset_strength(wave: np.ndarray) -> np.ndarray:
    """Mean rise of the mel spectrum of a wave ``[n]`` at RATE, in dB from one HOP to the next: ``[1 + n // HOP]``.

    This is ``librosa.onset.onset_strength``, and ``peaks`` is its ``onset_detect``: the import of those compiles for
    twenty seconds at its first use on a machine."""
    from librosa.filters import mel

    filters, window = mel(sr=RATE, n_fft=N_FFT).T, np.hanning(N_FFT + 1)[:-1].astype(np.float32)
    frames = sliding_window_view(np.pad(wave, N_FFT // 2), N_FFT)[::HOP]
    blocks = (frames[start : start + BLOCK] * window for start in range(0, len(frames), BLOCK))
    power = np.concatenate([np.abs(np.fft.rfft(block)) ** 2 @ filters for block in blocks])
    decibels = 10 * np.log10(power.clip(1e-10))
    rise = np.diff(decibels.clip(decibels.max() - FLOOR), axis=0).clip(0).mean(1)
    late = 1 + N_FFT // 2 // HOP  # a window hears an onset when it begins to touch it
    return np.pad(rise, (late, 0))[: len(frames)]


def peaks(rise: np.ndarray) -> np.ndarray:
    """Where a curve ``[f]`` is as high as just before and well above its surroundings: the first index of each peak, rising."""
    level = (rise - rise.min()) / max(float(np.ptp(rise)), 1e-30)
    just_before = sliding_window_view(np.pad(level, (REST, 0)), REST + 1).max(1)
    sums = np.concatenate([[0.0], np.cumsum(level, dtype=np.float64)])
    first, last = ((np.arange(len(level)) + side).clip(0, len(level)) for side in (-AROUND, AROUND + 1))
    mean = (sums[last] - sums[first]) / (last - first)
    found = list[int]()
    for at in np.flatnonzero((level == just_before) & (level >= mean + ABOVE)):
        if not found or at - found[-1] > REST:
            found.append(int(at))
    return np.array(found, dtype=int)


def spread(pushes: np.ndarray, fps: float) -> np.ndarray:
    """Pushes ``[t]`` in seconds as pace: each fades over DECAY and adds up to its size."""
    length = max(1, round(4 * DECAY * fps))
    fade = np.exp(-np.arange(length) / (DECAY * fps))
    return np.convolve(pushes, fade / fade.sum() * fps)[: len(pushes)]
