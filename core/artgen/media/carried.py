"""The sound of one file on its way into a film: untouched where the format holds it, else encoded at its own rate, in stereo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from artgen.media.containers import NoMediaError, open_media
from artgen.media.film_file import FilmFormat

if TYPE_CHECKING:
    from av.container import OutputContainer

HELD: dict[FilmFormat, frozenset[str]] = {  # sound that players expect in such a file
    "mp4": frozenset(("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac")),
    "webm": frozenset(("opus", "vorbis")),
}
ENCODERS: dict[FilmFormat, tuple[str, str]] = {"mp4": ("aac", "fltp"), "webm": ("libopus", "flt")}
_BITS = 96_000  # a second and channel
_USUAL_RATE = 48_000  # Hz, where the encoder does not know the sound's own


class CarriedSound:
    """The sound of one file on its way into a film. Use it in a ``with`` block. Tracks that no film can hold are left out.

    - ``path``: the file with the sound; None: there is no sound.
    - ``kind``: the format of the film."""

    def __init__(self, path: Path | None, kind: FilmFormat) -> None:
        self._path = path
        self._kind: FilmFormat = kind
        self._stack = ExitStack()
        self._targets: dict[int, tuple[Any, Any]] = {}  # of a stream, and its resampler; None: it is copied as it is
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self, out: OutputContainer) -> bool:
        """Tell the film about its sound, before its first packet. False where there is none to carry."""
        import av.error

        if self._path is None:
            return False
        try:
            container = self._stack.enter_context(open_media(self._path))
        except (NoMediaError, av.error.FFmpegError, OSError):
            return False  # the pictures could be read a moment ago; they are worth writing without
        for stream in container.streams.audio:
            target = self._target(out, stream)
            if target is not None:
                self._targets[stream.index] = target
        if self._targets:
            self._packets = container.demux([container.streams[index] for index in self._targets])
        return bool(self._targets)

    def upto(self, out: OutputContainer, seconds: float) -> None:
        """Write what is heard until then. Damaged sound ends early."""
        import av.error

        while (packet := self._next()) is not None:
            self._waiting = packet
            if packet.dts is not None and float(packet.dts * packet.time_base) > seconds:
                return
            self._waiting = None
            target, resampler = self._targets[packet.stream.index]
            if resampler is None:
                if packet.dts is not None:  # the last one is empty
                    packet.stream = target
                    out.mux(packet)
                continue
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            for frame in frames:
                self._encode(out, target, resampler, frame)

    def end(self, out: OutputContainer) -> None:
        """Write what the encoders still hold."""
        for target, resampler in self._targets.values():
            if resampler is not None:
                self._encode(out, target, resampler, None)
                out.mux(target.encode(None))

    def _next(self) -> Any:
        import av.error

        try:
            return self._waiting or next(self._packets, None)
        except av.error.FFmpegError:
            self._packets = iter(())
            return None

    def _target(self, out: OutputContainer, stream: Any) -> tuple[Any, Any] | None:
        """Where the packets of a stream go; None for a track of an unknown codec, or one that no encoder takes."""
        import av
        import av.error

        codec = stream.codec_context
        if codec is None or not codec.rate or not codec.channels:
            return None
        if codec.name in HELD[self._kind]:
            try:
                return out.add_stream_from_template(stream), None
            except (av.error.FFmpegError, ValueError):
                return None
        name, form = ENCODERS[self._kind]
        rates = av.Codec(name, "w").audio_rates or []
        rate = codec.rate if codec.rate in rates else _USUAL_RATE
        layout = "mono" if codec.channels == 1 else "stereo"
        target: Any = out.add_stream(name, rate=rate)
        target.codec_context.layout = layout
        target.codec_context.bit_rate = _BITS * (1 if layout == "mono" else 2)
        return target, av.AudioResampler(form, layout, rate)

    @staticmethod
    def _encode(out: OutputContainer, target: Any, resampler: Any, frame: Any) -> None:
        """``frame`` None: the rest of what the resampler holds."""
        import av.error

        try:
            resampled = resampler.resample(frame)
        except (av.error.FFmpegError, ValueError):
            return  # a frame that is unlike the others, or nothing was ever given
        for one in resampled:
            out.mux(target.encode(one))
