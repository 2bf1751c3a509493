"""How loud a sound is and where its notes begin, at the frames of a film; and the pace that a film takes from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 22_050  # Hz at which a track is listened to
CALM, LOUD, PUSH = 0.25, 0.75, 0.22  # pace in silence, more of it at full loudness; seconds that a strong onset pushes
DECAY = 0.12  # seconds over which a push spreads
WINDOW = 0.05  # seconds over which loudness is measured


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
    import librosa

    hop = 256
    rise = librosa.onset.onset_strength(y=track.wave, sr=RATE, hop_length=hop)
    found = librosa.onset.onset_detect(onset_envelope=rise, sr=RATE, hop_length=hop, units="frames")
    strength = np.zeros(count)
    if len(found):
        full = max(float(np.percentile(rise[found], 75)), 1e-6)
        frames = (found * hop / RATE * fps).astype(int).clip(max=count - 1)
        np.maximum.at(strength, frames, (rise[found] / full).clip(0, 1))
    return strength


def spread(pushes: np.ndarray, fps: float) -> np.ndarray:
    """Pushes ``[t]`` in seconds as pace: each fades over DECAY and adds up to its size."""
    length = max(1, round(4 * DECAY * fps))
    fade = np.exp(-np.arange(length) / (DECAY * fps))
    return np.convolve(pushes, fade / fade.sum() * fps)[: len(pushes)]
