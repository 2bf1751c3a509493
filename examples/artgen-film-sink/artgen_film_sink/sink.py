"""The sink: frames into an H.264 file, each at the time when it came."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

_TICKS = 1000  # a second


class FilmSink:
    """Writes ``path``, which has to be new; another size of frames begins another file beside it."""

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise ValueError(f"{path} exists already; give another name")
        self._path, self._count = path, 0
        self._film: Any = None
        self._stream: Any = None
        self._begun = 0.0
        self._last = -1

    def open(self, width: int, height: int, fps: float, name: str) -> None:
        """Begin a file for frames of this size."""
        self._count += 1
        path = self._path if self._count == 1 else self._path.with_stem(f"{self._path.stem}-{self._count}")
        self._film = av.open(str(path), "w")
        self._film.metadata["title"] = name
        self._stream = self._film.add_stream("libx264", rate=round(fps))
        self._stream.width, self._stream.height, self._stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._begun, self._last = time.monotonic(), -1

    def send(self, frame: np.ndarray) -> None:
        """Add a frame ``[h, w, 3]`` uint8."""
        high, wide = (side // 2 * 2 for side in frame.shape[:2])
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:high, :wide]), format="rgb24")
        self._last = max(self._last + 1, round((time.monotonic() - self._begun) * _TICKS))
        picture.pts, picture.time_base = self._last, Fraction(1, _TICKS)
        self._film.mux(self._stream.encode(picture))

    def close(self) -> None:
        """End the file."""
        self._film.mux(self._stream.encode(None))
        self._film.close()


def film(words: str) -> FilmSink:
    """The sink of ``--sink film=PATH``. Raises ValueError for a path that is empty or taken."""
    if not words:
        raise ValueError("give a file: --sink film=show.mp4")
    return FilmSink(Path(words))
