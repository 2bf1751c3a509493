"""Films (MP4, WebM, MKV, MOV, AVI, MTS, MPG, WMV, 3GP, ...) frame by frame, through PyAV, the decoder behind imageio.

PyAV itself is used for reading because safety and truth need what imageio's reader hides: the choice of the demuxer
(``artgen.media.open_media``), moments of frames, their rotation and shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from artgen.media import NoMediaError, open_media
from artgen_video.colors import to_rgb
from artgen_video.config import VideoConfig
from artgen_video.picture import UnusableError, check_size, fitted

PIXELS_START, PIXELS_PER_BYTE, PIXELS_MOST = 10**9, 20_000, 4 * 10**10  # decoded of one film; then it ends early
SLOWEST = 1.0  # frames a second; below it nothing moves


def film_seconds(path: Path) -> float:
    """How long a film says that it lasts; 0 where it does not say, or is none."""
    try:
        with opened(path) as container:
            return max(0.0, (container.duration or 0) / av.time_base)
    except (UnusableError, av.error.FFmpegError, OSError):
        return 0.0  # which is said when it is read


def read_film(
    path: Path, config: VideoConfig, start: float = 0.0, seconds: float | None = None
) -> Iterator[tuple[float, np.ndarray]]:
    """``(moment in seconds, [h, w, 3] uint8)`` of every frame, upright, in the shape of the config.

    - ``start``: seconds of the film that are passed over; one that cannot be entered there is read from its start.
    - ``seconds``: how much is read; None: ``max_seconds``.

    A film that breaks off yields what comes before. Raises UnusableError with the reason."""
    got = 0
    try:
        with opened(path) as container:
            if start:
                container.seek(round(start * av.time_base) + (container.start_time or 0))
            most = config.max_seconds if seconds is None else seconds
            size = round(path.stat().st_size * min(1.0, most / config.max_seconds))
            for moment, frame in _decoded(container, size, config, most):
                got += 1
                yield moment, frame
    except av.error.EOFError:
        if not got:
            raise UnusableError("holds no frames: cut off or damaged, save it again") from None
    except av.error.FFmpegError as error:
        if not got:
            reason = error.strerror or type(error).__name__
            raise UnusableError(f"cannot be decoded ({reason[:100]}): cut off or damaged, save it again") from None


def opened(path: Path) -> InputContainer:
    """The container of a film, for the caller to close. Raises UnusableError for what is none, FFmpegError for damage."""
    try:
        return open_media(path)
    except NoMediaError as error:
        raise UnusableError(f"not a film of a known format ({error}): save it as MP4, WebM, MKV, MOV or AVI") from None


def _decoded(
    container: InputContainer, size: int, config: VideoConfig, seconds: float
) -> Iterator[tuple[float, np.ndarray]]:
    """At most ``seconds``, and no more pixels than an honest film of ``size`` bytes holds."""
    if not container.streams.video:
        raise UnusableError("holds no video stream")
    stream = container.streams.video[0]
    stream.thread_type = "SLICE"  # frame threads hold a dozen frames more
    context = stream.codec_context
    if context is None:
        raise UnusableError("holds video of an unknown codec: save it as MP4")
    check_size(max(context.width, SMALL), max(context.height, SMALL), config)
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    if 0 < rate < SLOWEST:
        raise UnusableError(f"a frame every {1 / rate:.0f} s: too slow to learn motion from")
    left = min(PIXELS_START + PIXELS_PER_BYTE * size, PIXELS_MOST)
    start = math.nan
    for number, frame in enumerate(container.decode(stream)):
        check_size(frame.width, frame.height, config)  # it may change on the way
        left -= frame.width * frame.height
        moment = frame.time if frame.time is not None else number / (rate or 25.0)
        start = moment if math.isnan(start) else start
        if left < 0 or moment - start > seconds:
            return
        yield moment, _upright(frame, stream, config)


SMALL = 8  # stands for sizes that only the first frame tells


def _upright(frame: VideoFrame, stream: VideoStream, config: VideoConfig) -> np.ndarray:
    """Shrink, show by its color tags, make pixels square, turn as the camera was held, fit."""
    aspect = float(stream.sample_aspect_ratio or 1)
    aspect = aspect if 0.1 < aspect < 10 else 1.0
    turns = round(frame.rotation / 90) % 4
    _, _, h, w = config.shape
    if turns % 2:
        h, w = w, h
    wide, high = frame.width * aspect, float(frame.height)
    scale = min(1.0, 2 * max(w / wide, h / high))
    small = to_rgb(frame, max(round(wide * scale), 2), max(round(high * scale), 2))
    return fitted(Image.fromarray(np.ascontiguousarray(np.rot90(small, turns))), config)
