"""A user's film whole, for ``artgen apply``: a few frames at a time at its own size and moments, written again with its sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from artgen.media import CarriedSound
from artgen.types import Opened, Skipped, SourceFile
from artgen_video.animations import SHORTEST, USUAL, is_animated, open_picture
from artgen_video.colors import to_rgb
from artgen_video.config import VideoConfig
from artgen_video.films import PIXELS_PER_BYTE, PIXELS_START, opened
from artgen_video.picture import UnusableError, check_size, flattened, said_of
from artgen_video.write_film import Shape, write_again

PART, PIXELS = 16, 2**20  # most frames, and about the most pixels, that are changed at a time
PICTURES = frozenset((".png", ".apng", ".webp", ".gif", ".jpg", ".jpeg", ".bmp"))
MILLISECOND = Fraction(1, 1000)
Moments = Iterator[tuple[int, np.ndarray]]  # when a frame is shown, in ticks of the time base, and ``[h, w, 3]`` uint8


@dataclass(frozen=True)
class Footage:
    """The frames of a film, and what to know to write such a film; ``close`` when done."""

    frames: Moments
    shape: Shape
    sound: Path | None
    close: Callable[[], None]


def open_film(file: SourceFile, config: VideoConfig) -> Opened | Skipped:
    """Any film or animation as parts ``[3, t, h, w]`` uint8, or why not."""
    try:
        footage = _footage(file.path, config)
        first = next(footage.frames, None)
    except UnusableError as problem:
        return Skipped(file.name, str(problem))
    except (OSError, av.error.FFmpegError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        return Skipped(file.name, f"cannot be decoded ({said_of(error)}): cut off or damaged, save it again")
    if first is None:
        footage.close()
        return Skipped(file.name, "holds no frame that can be decoded: save it again")
    moments: deque[int] = deque()  # of the frames that are on their way through the networks

    def write(parts: Iterator[np.ndarray], stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        frames = (frame for part in parts for frame in part.transpose(1, 2, 3, 0))
        path = stem.with_name(f"{stem.name}.{config.format}")
        tags = {"title": stem.name, "comment": "; ".join(f"{key}={value}" for key, value in metadata.items() if value)}
        with CarriedSound(footage.sound, config.format) as sound:
            write_again(((moments.popleft(), frame) for frame in frames), footage.shape, sound, path, tags)
        return [path]

    return Opened(_parts(chain([first], footage.frames), footage.close, moments), write)


def _footage(path: Path, config: VideoConfig) -> Footage:
    if not path.is_file():
        raise UnusableError("not a regular file")
    if path.stat().st_size == 0:
        raise UnusableError("empty file (zero bytes): copy it again")
    if path.suffix.lower() not in PICTURES:
        return _film(path, config)
    if not is_animated(path):
        raise UnusableError("a still picture: give a film or an animation")
    picture = open_picture(path)
    check_size(picture.width, picture.height, config)
    return Footage(_drawn(picture, config), Shape(MILLISECOND, Fraction(25), Fraction(1)), None, picture.close)


def _film(path: Path, config: VideoConfig) -> Footage:
    stack = ExitStack()
    try:
        container = stack.enter_context(opened(path))
        if not container.streams.video:
            raise UnusableError("holds no video stream")
        stream = container.streams.video[0]
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        frames = _decoded(container, stream, path.stat().st_size, config)
        first = next(frames, None)
        if first is None:
            raise UnusableError("holds no frame that can be decoded: save it again")
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        aspect = aspect if 0.1 < aspect < 10 else Fraction(1)
        if round(first.rotation / 90) % 2:
            aspect = 1 / aspect
        shape = Shape(Fraction(stream.time_base or Fraction(1, 90000)), rate, aspect)
        return Footage(_upright(chain([first], frames)), shape, path if container.streams.audio else None, stack.close)
    except BaseException:
        stack.close()
        raise


def _decoded(container: InputContainer, stream: VideoStream, size: int, config: VideoConfig) -> Iterator[VideoFrame]:
    """Frames with rising moments, until the end, a break, or more pixels than any honest film of the size holds."""
    stream.thread_type = "SLICE"
    left, last = PIXELS_START + PIXELS_PER_BYTE * size, None
    frames = container.decode(stream)
    while True:
        try:
            frame = next(frames, None)
        except av.error.FFmpegError:
            if last is None:
                raise
            return  # what comes before the break is changed
        if frame is None:
            return
        check_size(frame.width, frame.height, config)
        left -= frame.width * frame.height
        if left < 0:
            return
        if frame.pts is not None and (last is None or frame.pts > last):
            last = frame.pts
            yield frame


def _upright(frames: Iterator[VideoFrame]) -> Moments:
    """As the camera was held, all in the size of the first."""
    size: tuple[int, int] | None = None
    for frame in frames:
        size = size or (frame.width, frame.height)
        picture = to_rgb(frame, *size, smooth=False)
        yield cast(int, frame.pts), np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90) % 4))


def _drawn(picture: Image.Image, config: VideoConfig) -> Moments:
    """The frames of an animation on the background."""
    clock = 0
    for number in range(getattr(picture, "n_frames", 1)):
        try:
            picture.seek(number)
            frame = np.asarray(flattened(picture, config))
        except (OSError, EOFError, ValueError, SyntaxError):
            return
        yield clock, frame
        claimed = float(picture.info.get("duration") or 0) / 1000
        clock += round(1000 * (claimed if claimed >= SHORTEST else USUAL))


def _parts(frames: Moments, close: Callable[[], None], moments: deque[int]) -> Iterator[np.ndarray]:
    """``[3, t, h, w]``, as many frames as fit into PIXELS, at most PART."""
    kept: list[np.ndarray] = []
    try:
        for moment, frame in frames:
            moments.append(moment)
            kept.append(frame)
            if len(kept) == min(PART, max(1, PIXELS // (frame.shape[0] * frame.shape[1]))):
                yield np.stack(kept).transpose(3, 0, 1, 2)
                kept = []
        if kept:
            yield np.stack(kept).transpose(3, 0, 1, 2)
    finally:
        close()
