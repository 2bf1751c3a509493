"""Clips as files, for the scripts that gather films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write(clip: np.ndarray, path: Path, rate: int) -> None:
    """Frames ``[n, h, w, 3]`` uint8, ``rate`` a second, as H.264 without audio or date, one thread, so that the bytes depend on
    the pixels and the version of av alone."""
    with av.open(str(path), "w", options={"movflags": "faststart", "fflags": "+bitexact"}) as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "veryslow", "threads": "1"})
        stream.height, stream.width, stream.pix_fmt = *clip.shape[1:3], "yuv420p"
        stream.time_base = Fraction(1, rate)
        for number, picture in enumerate(clip):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
