"""Frames to a film that players show in the right colors: H.264 in an MP4, VP9 in a WebM, by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

FilmFormat = Literal["mp4", "webm"]
CODECS: dict[FilmFormat, str] = {"mp4": "libx264", "webm": "libvpx-vp9"}
BT601, BT709 = 6, 1  # matrices, by their numbers in ITU-T H.273
_VIDEO_RANGE = 1
_FINEST = 65_535  # denominator of a rate that every container holds


def film_codec(path: Path) -> tuple[str, dict[str, str]]:
    """Encoder and its options for a file of this name: all but lossless to the eye."""
    kind: FilmFormat = "webm" if path.suffix == ".webm" else "mp4"
    return CODECS[kind], {"crf": "18"} | ({"b:v": "0"} if kind == "webm" else {})


def container_options(path: Path) -> dict[str, str]:
    """Options of the file: nothing of the machine or the day is written, and an MP4 plays before it is loaded whole."""
    return {"fflags": "+bitexact"} | ({} if path.suffix == ".webm" else {"movflags": "faststart"})


def tag_colors(codec_context: Any, matrix: int) -> None:
    """Say in a film how its colors are to be shown; players guess where it is not said.

    - ``codec_context``: PyAV's, of a video stream that is written.
    - ``matrix``: BT601 or BT709, by which RGB became what is encoded. Primaries and transfer are those of BT.709."""
    codec_context.colorspace, codec_context.color_range = matrix, _VIDEO_RANGE
    codec_context.color_primaries = codec_context.color_trc = BT709


@contextmanager
def film_file(path: Path, fps: float, metadata: Mapping[str, str]) -> Iterator[Callable[[np.ndarray], None]]:
    """A film at a steady rate. Gives a function that writes a frame, ``[h, w, 3]`` uint8 with even sides.

    - ``path``: ends with .mp4 or .webm.
    - ``fps``: frames a second.
    - ``metadata``: of the container, by name.

    Raises OSError where the file cannot be written."""
    import av

    codec, options = film_codec(path)
    rate = Fraction(fps).limit_denominator(_FINEST)
    with av.open(str(path), "w", options=container_options(path)) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.options, stream.pix_fmt, stream.time_base = options, "yuv420p", 1 / rate
        stream.codec_context.thread_count = 1  # threads that convert colors would outlive the file, and a later fork
        tag_colors(stream.codec_context, BT601)  # by which the encoder converts RGB
        out.metadata.update(metadata)
        numbers = count()

        def write(frame: np.ndarray) -> None:
            number = next(numbers)
            if number == 0:
                stream.height, stream.width = frame.shape[:2]
            picture = av.VideoFrame.from_ndarray(frame, "rgb24")
            picture.pts, picture.time_base = number, 1 / rate
            out.mux(stream.encode(picture))

        yield write
        if next(numbers):
            out.mux(stream.encode())
