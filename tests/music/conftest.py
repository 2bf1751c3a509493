"""Sound made on the spot, and the way to it as a Source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artgen.data.scan import scan
from artgen.types import Source

RATE = 16_000
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE, channels: int = 1) -> np.ndarray:
    """A decaying tone every half second, [n, channels] in [-0.5, 0.5]."""
    t = np.arange(round(seconds * rate)) / rate
    wave = 0.5 * np.sin(2 * np.pi * hertz * t) * np.exp(-6 * (t % 0.5))
    return np.repeat(wave[:, None], channels, 1).astype(np.float32)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write(name, samples, rate)``: a sound file below the test's folder."""

    def _write(name: str, samples: np.ndarray, rate: int = RATE, **options: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate, **options)
        return path

    return _write


@pytest.fixture
def source(tmp_path: Path) -> Callable[[], Source]:
    """Scan the test's folder."""
    return lambda: scan(tmp_path, SUFFIXES)
