"""Any sound file as blocks of samples: by libsndfile, and by FFmpeg what that does not know or what is damaged."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artgen.media.containers import NoMediaError, open_media

BLOCK = 65_536  # samples of a channel that are read at a time
_MOST_CHANNELS = 64
_WITHOUT_CLOCK = ("aac", "ac3")  # demuxers that guess a length from the first packets
_RATES = (2_000, 400_000)  # Hz
_HEADLESS = (".au", ".snd")  # endings by which libsndfile takes any bytes for sound
_LISTENED = 60  # seconds by which the way to one channel is chosen
_CANCELLED = (
    0.2  # share of what channels that have nothing in common would keep, below which their mean has lost something
)


class NoSoundError(Exception):
    """Why a file gives no sound, in words for its owner."""


@dataclass(frozen=True)
class Sound:
    """A sound file.

    - ``rate``: samples a second.
    - ``channels``: how many.
    - ``seconds``: how long it says that it is; 0: it does not say.
    - ``trouble``: filled while it is decoded, with what was left out of it.
    """

    path: Path
    rate: int
    channels: int
    seconds: float
    trouble: list[str]
    _direct: bool

    def blocks(self, start: float = 0.0) -> Iterator[np.ndarray]:
        """Float32 ``[n, channels]`` from ``start`` (seconds) on, in [-1, 1] or a little beyond, in order. What does not decode is
        left out; raises NoSoundError where nothing does."""
        done = 0
        if self._direct:
            try:
                for block in _by_sndfile(self.path, start):
                    done += len(block)
                    yield block
            except NoSoundError:
                pass  # damaged: FFmpeg finds what comes behind
            else:
                if done:
                    return
        skip, found = done, 0
        for block in _by_ffmpeg(self.path, self.rate, self.channels, start, self.trouble):
            new = block[skip:]
            skip = max(0, skip - len(block))
            found += len(new)
            if len(new):
                yield new
        if self._direct and "is damaged in places" not in self.trouble:
            self.trouble.append("is damaged in places")
        if not done + found:
            raise NoSoundError("holds no samples")

    def to_mono(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights ``[channels]`` that mix the channels to one without losing what is opposite in them, and their offsets
        ``[channels]`` from zero, both by the first minute."""
        power, total, count, mixed = np.zeros(self.channels), np.zeros(self.channels), 0, 0.0
        for block in self.blocks():
            block = np.nan_to_num(block.astype(np.float64), posinf=0.0, neginf=0.0)
            total += block.sum(0)
            power += np.square(block).sum(0)
            mixed += float(np.square(block.mean(1)).sum())
            count += len(block)
            if count > _LISTENED * self.rate:
                break
        offset = total / max(count, 1)
        offset = np.where(np.abs(offset) < 1, offset, 0.0)  # beyond lies no sound, which is refused later
        power = np.maximum(power / max(count, 1) - offset**2, 0)
        mean = max(mixed / max(count, 1) - float(offset.mean()) ** 2, 0.0)
        weights = np.full(self.channels, 1 / self.channels)
        if mean < _CANCELLED / self.channels * power.mean():
            weights = np.zeros(self.channels)
            weights[int(power.argmax())] = 1.0
        return weights.astype(np.float32), offset.astype(np.float32)


def open_sound(path: Path) -> Sound:
    """Look at the header of a sound file. Raises NoSoundError with the reason."""
    import soundfile

    try:
        if path.is_file() and not path.stat().st_size:
            raise NoSoundError("empty file (zero bytes): copy it again")
        if path.suffix.lower() in _HEADLESS and not _starts(path, b".snd", b"dns."):
            raise NoSoundError("cannot be decoded (it holds no sound of a known format)")
        with hushed(), soundfile.SoundFile(path) as file:
            frames = file.frames
            found = Sound(path, file.samplerate, file.channels, frames / max(file.samplerate, 1), [], True)
        if frames == 0:  # a recording whose header was never finished, or an empty one
            found = _ffmpeg_header(path)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        try:
            found = _ffmpeg_header(path)
        except NoSoundError as other:
            raise NoSoundError(f"cannot be decoded ({_reason(error)}; {other})") from None
    except OSError as error:
        raise NoSoundError(f"cannot be read ({error.strerror or error})") from None
    if not 1 <= found.channels <= _MOST_CHANNELS:
        raise NoSoundError(f"has {found.channels} channels, at most {_MOST_CHANNELS} are read")
    if not _RATES[0] <= found.rate <= _RATES[1]:
        raise NoSoundError(f"has a sample rate of {found.rate} Hz, {_RATES[0]} to {_RATES[1]} are read")
    return found


def _starts(path: Path, *heads: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(4) in heads


def _by_sndfile(path: Path, start: float) -> Iterator[np.ndarray]:
    import soundfile

    try:
        with hushed():
            file = soundfile.SoundFile(path)
        with file:
            if start:
                file.seek(min(round(start * file.samplerate), file.frames))
            while True:
                with hushed():
                    block = file.read(BLOCK, dtype="float32", always_2d=True)
                if len(block):
                    yield block
                if len(block) < BLOCK:
                    return
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise NoSoundError(f"cannot be decoded ({_reason(error)})") from None


def _ffmpeg_header(path: Path) -> Sound:
    import av
    import av.error

    try:
        with open_media(path) as container:
            if not container.streams.audio:
                raise NoSoundError("holds no sound")
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise NoSoundError("holds sound of an unknown codec")
            seconds = (container.duration or 0) / av.time_base
            if container.format.name in _WITHOUT_CLOCK:
                seconds = float(sum((p.duration or 0) * (p.time_base or 0) for p in container.demux(stream)))
            return Sound(path, stream.codec_context.sample_rate, stream.codec_context.channels, seconds, [], False)
    except NoMediaError as error:
        raise NoSoundError(str(error)) from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NoSoundError(str(getattr(error, "strerror", None) or error)[:100].lower()) from None


def _by_ffmpeg(path: Path, rate: int, channels: int, start: float, trouble: list[str]) -> Iterator[np.ndarray]:
    """Damaged packets are left out, which is told to ``trouble``."""
    import av
    import av.error

    try:
        with open_media(path) as container:
            stream = container.streams.audio[0]
            if start:
                container.seek(round(start * av.time_base))
            resampler = av.AudioResampler("fltp", stream.codec_context.layout, rate)
            for packet in container.demux(stream):
                try:
                    frames = [made for frame in packet.decode() for made in resampler.resample(frame)]  # pyright: ignore[reportArgumentType]
                except av.error.FFmpegError:
                    if not trouble:
                        trouble.append("is damaged in places")
                    continue
                for frame in frames:
                    block = frame.to_ndarray().T
                    if block.shape[1] == channels:
                        yield np.ascontiguousarray(block, dtype=np.float32)
    except (NoMediaError, av.error.FFmpegError, OSError, ValueError, IndexError):
        return  # what came before is used


@contextmanager
def hushed() -> Iterator[None]:
    """Keep the decoders' C libraries from writing to the terminal; what they have to say comes as an exception."""
    with _hush.lock:
        if not _hush.inside:
            _hush.kept = os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
        _hush.inside += 1
    try:
        yield
    finally:
        with _hush.lock:
            _hush.inside -= 1
            if not _hush.inside:
                os.dup2(_hush.kept, 2)
                os.close(_hush.kept)


class _Hush:
    """How many threads want it quiet, and where the error stream went before the first of them."""

    def __init__(self) -> None:
        self.lock, self.inside, self.kept = threading.Lock(), 0, -1

    def renewed(self) -> None:
        """In a fork, where the other threads are not."""
        self.lock = threading.Lock()
        if self.inside:
            os.dup2(self.kept, 2)
            os.close(self.kept)
        self.inside = 0


_hush = _Hush()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_hush.renewed)


def _reason(error: Exception) -> str:
    text = " ".join(str(getattr(error, "error_string", None) or error).split())
    if "not a regular file" in text:  # libsndfile's words for an MP3 file in which it finds no sound
        return "it holds no sound of a known format"
    return text.rstrip(".").lower()[:120]
