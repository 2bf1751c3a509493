"""A film written again: new frames at the old moments, and the old sound, untouched where the format can hold it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import av.error
import numpy as np
from av.container import OutputContainer

from artgen_video.films import opened
from artgen_video.picture import UnusableError
from artgen_video.writer import CODECS, Format, enlarged

HELD: dict[Format, frozenset[str]] = {  # sound that players expect in such a file
    "mp4": frozenset(("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac")),
    "webm": frozenset(("opus", "vorbis")),
}
ELSE: dict[Format, str] = {"mp4": "aac", "webm": "libopus"}  # what other sound is turned into
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


class Sound:
    """The sound of the film at ``path`` (None: it has none), on its way into another file. A context manager."""

    def __init__(self, path: Path | None, kind: Format) -> None:
        self._path = path
        self._kind: Format = kind
        self._stack = ExitStack()
        self._targets: dict[int, tuple[Any, bool]] = {}  # of a stream, and whether it is copied as it is
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self, out: OutputContainer) -> None:
        """Tell the file about its sound, before its first packet."""
        if self._path is None:
            return
        try:
            container = self._stack.enter_context(opened(self._path))
        except (UnusableError, av.error.FFmpegError, OSError):
            return  # the pictures could be read a moment ago; they are worth writing without
        for stream in container.streams.audio:
            held = stream.codec_context.name in HELD[self._kind]
            if held:
                target: Any = out.add_stream_from_template(stream)
            else:
                target = out.add_stream(ELSE[self._kind], rate=48000 if self._kind == "webm" else stream.rate)
                target.codec_context.layout = "mono" if stream.channels == 1 else "stereo"
            self._targets[stream.index] = (target, held)
        self._packets = container.demux(*container.streams.audio)

    def upto(self, out: OutputContainer, seconds: float) -> None:
        """Write what is heard until then. Damaged sound ends early."""
        try:
            while (packet := self._waiting or next(self._packets, None)) is not None:
                self._waiting = packet
                if packet.dts is not None and float(packet.dts * packet.time_base) > seconds:
                    return
                self._waiting = None
                self._write(out, packet)
        except av.error.FFmpegError:
            self._packets = iter(())

    def end(self, out: OutputContainer) -> None:
        """Write what the encoders still hold."""
        for target, held in self._targets.values():
            if not held:
                out.mux(target.encode(None))

    def _write(self, out: OutputContainer, packet: Any) -> None:
        target, held = self._targets[packet.stream.index]
        if not held:
            for frame in packet.decode():
                out.mux(target.encode(frame))
        elif packet.dts is not None:  # the last one is empty
            packet.stream = target
            out.mux(packet)


def write_again(
    frames: Iterator[tuple[int, np.ndarray]], shape: Shape, sound: Sound, path: Path, tags: Mapping[str, str]
) -> None:
    """``(moment in ticks, [h, w, 3] uint8)`` as H.264 or VP9, by the suffix of ``path``; nothing of the machine or the day is
    written. One frame is held at a time."""
    webm = path.suffix == ".webm"
    options = {"fflags": "+bitexact"} | ({} if webm else {"movflags": "faststart"})
    with av.open(str(path), "w", options=options) as out:
        out.metadata.update(tags)
        stream: Any = out.add_stream(CODECS["webm" if webm else "mp4"], rate=shape.rate)
        stream.options = {"crf": "18", "threads": "2"} | ({"b:v": "0"} if webm else {})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = shape.base
        stream.codec_context.sample_aspect_ratio = shape.aspect
        sound.begin(out)
        moment = 0
        for number, (moment, picture) in enumerate(frames):
            shown = even(enlarged(picture))
            if number == 0:
                stream.height, stream.width = shown.shape[:2]
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
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
