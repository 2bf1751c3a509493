"""Says what a command waits for, where something takes long that cannot say so itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONG = 10.0  # seconds until the first word; later ones come at twice the time each


class Patience:
    """A thread that speaks for code which is busy.

    - ``say``: gets the lines.

    ``waiting(what)`` marks what is being done; it costs two assignments."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._what, self._since = say, "", 0.0
        self._ended = threading.Event()

    @contextmanager
    def __call__(self) -> Iterator[Patience]:
        """Inside, the thread is awake."""
        thread = threading.Thread(target=self._watch, name="artgen-patience", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join(timeout=1.0)

    def waiting(self, what: str) -> None:
        """From now on ``what`` is done; empty: nothing that may take long."""
        self._since = time.monotonic()
        self._what = what

    def _watch(self) -> None:
        said, begun = LONG, 0.0
        while not self._ended.wait(min(1.0, LONG / 4)):
            if self._since != begun:
                said, begun = LONG, self._since
            elapsed = time.monotonic() - begun
            if self._what and elapsed > said:
                said *= 2
                self._say(f"{self._what} has taken {elapsed:.0f} s so far")
