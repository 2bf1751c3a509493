"""Small files of every format, without labels."""

from __future__ import annotations

import io

import av
import numpy as np
import soundfile
from PIL import Image


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def sound(kind: str) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.random.default_rng(0).normal(0, 0.1, 8001), 16000, format=kind)
    return out.getvalue()


def film(kind: str) -> bytes:
    """Four frames as H.264 in MP4, or as VP9 in WebM."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as file:
        stream = file.add_stream("libx264" if kind == "mp4" else "libvpx-vp9", rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(4):
            pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        file.mux(stream.encode(None))
    return out.getvalue()
