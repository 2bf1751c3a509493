"""Frames to a film that players show in the right colors: H.264 in an MP4, VP9 in a WebM, by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

FilmFormat = Literal["mp4", "webm"]
CODECS: dict[FilmFormat, str] = {"mp4": "libx264", "webm": "libvpx-vp9"}
BT601, BT709 = 6, 1  # matrices, by their numbers in ITU-T H.273
_VIDEO_RANGE = 1


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
    """A film at a steady rate, through imageio. Gives a function that writes a frame, ``[h, w, 3]`` uint8 with even sides.

    - ``path``: ends with .mp4 or .webm.
    - ``fps``: frames a second.
    - ``metadata``: of the container, by name.

    Raises OSError where the file cannot be written."""
    import imageio.v3 as iio

    codec, options = film_codec(path)
    with iio.imopen(path, "w", plugin=_plugin(), options=container_options(path)) as file:  # pyright: ignore[reportArgumentType, reportCallIssue] (its stubs)
        out: Any = file
        out.init_video_stream(codec, fps=fps, pixel_format="yuv420p")
        out._video_stream.options = options | {"threads": "1"}
        tag_colors(out._video_stream.codec_context, BT601)  # by which the encoder converts what imageio hands over
        out.container_metadata.update(metadata)
        yield out.write_frame


@cache
def _plugin() -> type:
    """imageio's way to write by PyAV, without the two collections of garbage at the end of every film.

    imageio collects garbage to end threads that convert colors. An encoder with one thread starts none, and a collection takes
    several times as long as a small film, because it looks through all that is in memory."""
    from imageio.plugins.pyav import PyAVPlugin

    class FilmPlugin(PyAVPlugin):
        def close(self) -> None:
            if self._video_stream is not None:
                self._flush_writer()
                self._video_stream = None
            if self._container is not None:
                self._container.close()
            self.request.finish()

    return FilmPlugin
