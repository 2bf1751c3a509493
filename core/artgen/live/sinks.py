"""Where frames go: a pipe for ffmpeg and its like, and whatever packages bring by entry points of the group ``artgen.sinks``."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from artgen.contract.sink import Sink
from artgen.errors import InputError, PluginError
from artgen.host import discovery
from artgen.host.guarded import one_line

if TYPE_CHECKING:
    import numpy as np

GROUP = "artgen.sinks"
_AHEAD = 30  # frames that wait for a pipe, whose reader counts them; other sinks get the newest
_PATIENCE = 2.0  # seconds that a sink has to end

Say = Callable[[str], None]


def sink_of(text: str) -> Sink:
    """The sink of ``NAME`` or ``NAME=WORDS``. Raises InputError for one that is not installed, PluginError for one that fails."""
    name, _, words = text.partition("=")
    found = discovery.pick(name, {one.name: one for one in discovery.discover(GROUP)}, "--sink")
    make = discovery.load(found, GROUP)
    try:
        made = make(words)  # type: ignore[operator]
    except Exception as error:
        raise PluginError(
            one_line(error), at="--sink", value=f"{name} ({found.distribution} {found.version})"
        ) from error
    for method in ("open", "send", "close"):
        if not callable(getattr(made, method, None)):
            raise PluginError(
                f"has no method {method}", at="--sink", value=f"{name} ({found.distribution} {found.version})"
            )
    return made  # type: ignore[no-any-return]


class Pipe:
    """Raw frames, rgb24, into a file, a named pipe or stdout (``-``); of music raw samples, s16le."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._file: BinaryIO | None = None
        if place != "-" and Path(place).is_file() and not Path(place).is_fifo():
            raise InputError(
                "exists already; give another name, a named pipe, or - for stdout", at="--pipe", value=place
            )

    def open(self, width: int, height: int, fps: float, name: str) -> None:
        """A named pipe waits here for its reader."""
        if self._file is None:
            self._file = os.fdopen(os.dup(1), "wb", 0) if self._place == "-" else Path(self._place).open("wb", 0)  # noqa: SIM115

    def send(self, frame: np.ndarray) -> None:
        """All bytes of a frame, or of a block of samples."""
        assert self._file is not None
        view = memoryview(frame.tobytes())
        while view:
            view = view[self._file.write(view) or 0 :]

    def close(self) -> None:
        """The file stays open for frames of another size."""


class Runner:
    """A sink in a thread of its own, so that one that waits holds up nobody.

    - ``name``: for messages.
    - ``say``: hears in a line why a sink ended.
    - ``vital``: everything ends with it, as with the reader of stdout."""

    def __init__(self, sink: Sink, name: str, say: Say, vital: bool = False) -> None:
        self.name, self.vital, self.ended = name, vital, False
        self.sink, self._say = sink, say
        self._waiting: deque[np.ndarray] = deque(maxlen=_AHEAD if isinstance(sink, Pipe) else 1)
        self._some = threading.Condition()
        self._leave = False
        self._about = (30.0, "")
        self._thread = threading.Thread(target=self._work, name=f"artgen-sink-{name}", daemon=True)

    def start(self, fps: float, title: str) -> None:
        """Begin to take frames."""
        self._about = fps, title
        self._thread.start()

    def offer(self, frame: np.ndarray) -> None:
        """A frame of this moment; never waits."""
        with self._some:
            self._waiting.append(frame)
            self._some.notify()

    def stop(self) -> None:
        """Send what waits and end; a sink that hangs is left behind."""
        with self._some:
            self._leave = True
            self._some.notify()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _work(self) -> None:
        shape: tuple[int, ...] | None = None
        try:
            while (frame := self._next()) is not None:
                if frame.shape != shape:
                    if shape is not None:
                        self.sink.close()
                    self.sink.open(frame.shape[1], frame.shape[0], *self._about)
                    shape = frame.shape
                self.sink.send(frame)
        except BrokenPipeError:
            self._say(f"{self.name}: its reader has gone")
        except Exception as error:  # a stranger's code: the others go on
            self._say(f"{self.name}: ended: {type(error).__name__}: {one_line(error)}")
        finally:
            self.ended = True
            if shape is not None:
                self._closed()

    def _closed(self) -> None:
        try:
            self.sink.close()
        except Exception as error:
            self._say(f"{self.name}: cannot be closed: {one_line(error)}")

    def _next(self) -> np.ndarray | None:
        with self._some:
            while not self._waiting and not self._leave:
                self._some.wait(0.5)
            return self._waiting.popleft() if self._waiting else None


def say(line: str) -> None:
    """A line for the person; stdout may be a pipe."""
    print(f"artgen: {line}", file=sys.stderr, flush=True)
