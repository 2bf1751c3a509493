"""The process that plays one run: a request a line on stdin, an answer in the form of ``wire`` on stdout.

The only module of the studio that needs torch. Requests: ``open`` (a path), ``play`` (a state), ``save`` (a state to files),
``walk`` (from state to state), ``measure`` (directions), ``renew`` (newer weights of the same run, loaded beside what plays; it
is asked again until they are there), ``ready`` (nothing but an answer), ``sheet``
(the first works in one picture). An error is an answer of kind ``error`` in one line.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from artgen.errors import ArtgenError, InputError
from artgen.runfolder.favorites import MOST_STOPS
from artgen.runfolder.state import State, read_between, read_state, read_states
from artgen.studio.wire import framed, pack

if TYPE_CHECKING:
    from artgen.studio.playing import Opened

_LONGEST = 2**20  # bytes of a request

Answer = tuple[dict[str, Any], bytes]


class Player:
    """Answers requests about one run."""

    def __init__(self) -> None:
        self._run: Opened | None = None
        self._beside = ThreadPoolExecutor(1)
        self._newer: Future[Opened] | None = None

    def answer(self, request: dict[str, Any]) -> Answer:
        """Head and payload. Raises ArtgenError for what cannot be."""
        ops: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "open": self._open, "play": self._play, "save": self._save, "walk": self._walk,
            "measure": self._measure, "renew": self._renew, "ready": lambda _request: ({"kind": "ready"}, b""),
            "sheet": self._sheet,
        }  # fmt: skip
        op = ops.get(str(request.get("op")))
        if op is None:
            raise InputError(f"request {str(request.get('op'))[:40]}: no such request")
        return op(request)

    @property
    def _opened(self) -> Opened:
        if self._run is None:
            raise InputError("no run is open")
        return self._run

    def _open(self, request: dict[str, Any]) -> Answer:
        load()
        from artgen.studio.playing import Opened

        self._newer = None  # a run that was being loaded is another one
        self._run = Opened(Path(str(request["path"])))
        return {"kind": "opened", **self._run.facts()}, b""

    def _renew(self, _request: dict[str, Any]) -> Answer:
        """The same run with the weights that lie in its folder now; ``loading`` until they are there. ``turned``: directions
        whose sign is another now."""
        before = self._opened
        if self._newer is None:
            self._newer = self._beside.submit(before.newer)
        if not self._newer.done():
            return {"kind": "loading"}, b""
        loaded, self._newer = self._newer, None
        self._run = run = loaded.result()
        return {"kind": "opened", "turned": run.turned(before), **run.facts()}, b""

    def _play(self, request: dict[str, Any]) -> Answer:
        state = read_state(request.get("state"))
        between, size = read_between(request.get("between")), _times(request) or 1
        return self._opened.view(state, request.get("small") is True, between, size)

    def _save(self, request: dict[str, Any]) -> Answer:
        paths = self._opened.save(_states(request), Path(str(request["folder"])), _times(request))
        return {"kind": "saved", "files": [str(path) for path in paths]}, b""

    def _measure(self, _request: dict[str, Any]) -> Answer:
        """What directions change."""
        self._opened.measure()
        return {"kind": "measured"}, b""

    def _sheet(self, request: dict[str, Any]) -> Answer:
        self._opened.sheet(Path(str(request["file"])))
        return {"kind": "saved", "files": [str(request["file"])]}, b""

    def _walk(self, request: dict[str, Any]) -> Answer:
        steps, loop = request.get("steps"), request.get("loop") is True
        if steps is not None and not (isinstance(steps, int) and 1 <= steps <= 2000):
            raise InputError("steps: give 1 to 2000")
        paths = self._opened.walk(_states(request), Path(str(request["folder"])), steps, loop)
        return {"kind": "saved", "files": [str(path) for path in paths]}, b""


def _times(request: dict[str, Any]) -> int | None:
    """How many times as large a work is to be; None where that is not said."""
    enlarge = request.get("enlarge")
    return enlarge if isinstance(enlarge, int) and not isinstance(enlarge, bool) else None


def _states(request: dict[str, Any]) -> list[State]:
    return read_states(request.get("states"), MOST_STOPS)


def serve(lines: IO[bytes], out: IO[bytes]) -> None:
    """Answer every line until there are no more."""
    player = Player()
    while line := lines.readline(_LONGEST):
        out.write(framed(_answered(player, line)))
        out.flush()


def _answered(player: Player, line: bytes) -> bytes:
    try:
        request = json.loads(line)
        return pack(*player.answer(request if isinstance(request, dict) else {}))
    except ArtgenError as error:
        return pack({"kind": "error", "message": _plain(error.page)})
    except Exception as error:  # whatever it is, the next request is another
        return pack({"kind": "error", "message": _plain(f"a bug in artgen: {type(error).__name__}: {error}")})


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:500]


@cache
def load() -> None:
    """Load torch and all that plays, which takes seconds. It stays for good, so the search for garbage leaves it out: looking
    through half a million objects would stop the pictures for a tenth of a second."""
    import artgen.studio.playing  # noqa: F401

    gc.freeze()


def main() -> None:
    """Serve stdin and stdout. What a plugin prints goes to stderr, so that it cannot spoil an answer."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    tempfile.tempdir = None
    if "--warm" in sys.argv:
        load()
    serve(sys.stdin.buffer, out)


if __name__ == "__main__":
    main()
