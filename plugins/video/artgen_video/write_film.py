"""A film written again: new frames at the old moments, and the old sound, untouched where the format can hold it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from artgen.media import BT709, CarriedSound, container_options, film_codec, tag_colors
from artgen_video.writer import enlarged

BEYOND = 60.0  # seconds that sound may last longer than the pictures


@dataclass(frozen=True)
class Shape:
    """The time of a film.

    - ``base``: seconds of a tick of the moments.
    - ``rate``: frames a second, about.
    - ``aspect``: width of a pixel over its height.
    """

    base: Fraction
    rate: Fraction
    aspect: Fraction


def write_again(
    frames: Iterator[tuple[int, np.ndarray]], shape: Shape, sound: CarriedSound, path: Path, tags: Mapping[str, str]
) -> None:
    """``(moment in ticks, [h, w, 3] uint8)`` as H.264 or VP9, by the suffix of ``path``; nothing of the machine or the day is
    written. One frame is held at a time."""
    codec, options = film_codec(path)
    with av.open(str(path), "w", options=container_options(path)) as out:
        out.metadata.update(tags)
        stream: Any = out.add_stream(codec, rate=shape.rate)
        stream.options = options | {"threads": "2"}
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = shape.base
        stream.codec_context.sample_aspect_ratio = shape.aspect
        tag_colors(stream.codec_context, BT709)
        sound.begin(out)
        moment = 0
        for number, (moment, picture) in enumerate(frames):
            shown = even(enlarged(picture))
            if number == 0:
                stream.height, stream.width = shown.shape[:2]
            drawn = av.VideoFrame.from_ndarray(shown, format="rgb24")
            frame = drawn.reformat(format="yuv420p", dst_colorspace=BT709)
            frame.pts, frame.time_base = moment, shape.base
            sound.upto(out, float(moment * shape.base))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        sound.upto(out, float(moment * shape.base) + BEYOND)
        sound.end(out)


def even(picture: np.ndarray) -> np.ndarray:
    """``[h, w, c]`` with the last row or column repeated where a side is odd, which the encoders do not take."""
    high, wide = picture.shape[:2]
    return np.pad(picture, ((0, high % 2), (0, wide % 2), (0, 0)), "edge") if high % 2 or wide % 2 else picture
