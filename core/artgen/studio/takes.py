"""Takes: what a person did while playing, as changes of controls with their times, a line of JSON each.

The first line says what was played. Every further line has ``at`` (seconds since the beginning) and what is another from then
on: fields of the state in ``state``; ``between``, a place on the way between two works, null for none; ``dark``; ``piece``, the
state of a piece of music that sounds from then on, null where the music ends, with ``into``, how many seconds of the piece were
over by then. A line with ``at`` alone marks a time, as the last one does. A take is small, and each of its frames can be made
again at any size.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artgen.errors import InputError
from artgen.runfolder.state import Between, State
from artgen.runtime.disk import make_folder, unwritable

FOLDER = "takes"  # in the run folder
LONGEST = 3600.0  # seconds
MOST = 1_000_000  # lines
_LARGEST = 2**28  # bytes
_LINE = 2**16  # bytes
_FLUSH = 1.0  # seconds of a take that a program which is killed may lose
_TICK = 1e-6  # seconds: what rounding may make of a time
_USUAL = State().model_dump()


class Head(BaseModel):
    """The first line. ``artgen_take``: version of the format. ``plugin``: which one. ``model``: hash of the weights."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    artgen_take: Literal[1] = 1
    plugin: Annotated[str, Field(max_length=200)] = ""
    model: Annotated[str, Field(max_length=64, pattern="^[0-9a-f]*$")] = ""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    at: float = Field(ge=0, le=LONGEST)
    state: dict[str, Any] | None = None
    between: dict[str, Any] | None = None
    dark: bool | None = None
    piece: State | None = None
    into: float = Field(default=0.0, ge=0, le=LONGEST)


@dataclass(frozen=True)
class Sounding:
    """Music from a moment on: ``piece``, of which ``into`` seconds are over; None: the music ends."""

    piece: State | None
    into: float = 0.0


@dataclass(frozen=True)
class Moment:
    """What is shown at one time: a place, or one on the way ``between`` it and another; ``dark``: nothing is."""

    state: State
    between: Between | None = None
    dark: bool = False


@dataclass(frozen=True)
class Event:
    """A line of a take: from ``at`` seconds on, ``moment`` is shown; ``sounds``: another piece of music beside it, or none."""

    at: float
    moment: Moment
    sounds: Sounding | None = None


@dataclass(frozen=True)
class Take:
    """A take that was read through and found right. ``seconds``: its length. ``pieces``: whether music plays in it."""

    path: Path
    head: Head
    seconds: float
    pieces: bool

    def events(self) -> Iterator[Event]:
        """Its lines in order; one is held at a time. Raises InputError where the file was changed since."""
        return _events(self.path)

    def frames(self, fps: float) -> Iterator[Moment]:
        """What each frame shows, ``fps`` a second, from the beginning to ``seconds``."""
        events = self.events()
        now = next(events)
        later = next(events, None)
        for number in range(max(1, round(self.seconds * fps))):
            while later is not None and later.at <= number / fps + _TICK:
                now, later = later, next(events, None)
            yield now.moment


def read_take(path: Path) -> Take:
    """Read a take through, in little memory. Raises InputError naming the file and the line for anything else."""
    seconds, pieces = 0.0, False
    for event in _events(path):
        seconds, pieces = event.at, pieces or (event.sounds is not None and event.sounds.piece is not None)
    with path.open("rb") as file:
        return Take(path, _head(path, file), seconds, pieces)


def _events(path: Path) -> Iterator[Event]:
    try:
        if not path.is_file():
            raise InputError(
                f"no such file; give a take, RUN/{FOLDER}/NAME.jsonl", value=path, page="this take is gone"
            )
        if path.stat().st_size > _LARGEST:
            raise InputError("larger than 256 MiB, not a take", value=path)
        with path.open("rb") as file:
            _head(path, file)
            moment, at, number = Moment(State()), 0.0, 1
            while (line := file.readline(_LINE + 1)) and not _torn(line):
                number += 1
                if number > MOST:
                    raise InputError(f"more than {MOST:,} lines, not a take", value=path)
                row = _row(path, number, line)
                if row.at < at:
                    raise InputError(f"line {number}: goes back in time; it was edited", value=path)
                moment, at = _next(path, number, moment, row), row.at
                yield Event(at, moment, Sounding(row.piece, row.into) if "piece" in row.model_fields_set else None)
            if number == 1:
                raise InputError("holds no line beside its head, nothing was played", value=path)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", value=path) from None


def _torn(line: bytes) -> bool:
    """Whether a line is the last one of a program that was killed while it wrote it."""
    if line.endswith(b"\n") or len(line) > _LINE:
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False


def _head(path: Path, file: IO[bytes]) -> Head:
    try:
        return Head.model_validate(json.loads(file.readline(_LINE)))
    except (ValidationError, ValueError, RecursionError):
        raise InputError(
            f"{path}: not a take of artgen; record one in the studio or with artgen live --take",
            page=f"{path.name}: not a take of artgen; record one",
        ) from None


def _row(path: Path, number: int, line: bytes) -> _Row:
    try:
        if len(line) > _LINE:
            raise ValueError("longer than 64 KiB")
        return _Row.model_validate(json.loads(line))
    except (ValidationError, ValueError, RecursionError) as error:
        raise InputError(f"line {number}: {_reason(error)}", value=path) from None


def _next(path: Path, number: int, before: Moment, row: _Row) -> Moment:
    """What is shown after a line."""
    try:
        state = before.state
        if row.state:
            state = State.model_validate(state.model_dump() | row.state)
        between = before.between
        if "between" in row.model_fields_set:
            old = between.model_dump() if between else {}
            between = None if row.between is None else Between.model_validate(old | row.between)
        return Moment(state, between, before.dark if row.dark is None else row.dark)
    except (ValidationError, RecursionError) as error:
        raise InputError(f"line {number}: {_reason(error)}", value=path) from None


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])[:80]}: {first['msg']}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:80]


class Recorder:
    """Writes a take while it is played. Use it in a ``with`` block; a program that is killed loses the last second.

    - ``path``: the new file. Raises InputError where it is there already, StorageError where it cannot be written."""

    def __init__(self, path: Path, head: Head) -> None:
        make_folder(path.parent)
        self.path, self.lines, self.full = path, 0, False
        try:
            self._file = path.open("xb", buffering=2**14)
        except OSError as error:
            raise unwritable(path, error) from None
        self._moment, self._begun = Moment(State()), time.monotonic()
        self._at, self._written, self._flushed = 0.0, 0.0, -_FLUSH
        self._write(head.model_dump())
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, at: float, moment: Moment, sounds: Sounding | None = None) -> None:
        """Note what is shown from ``at`` seconds on, and music that begins or ends then; what is as it was costs nothing. A take
        that has its full length or size takes no more: ``full``."""
        if at > LONGEST or self.lines >= MOST - 2 or self._file.tell() > _LARGEST - 2 * _LINE:
            self.full = True
            return
        self._at = max(self._at, at)
        row = _changes(self._moment, moment) | ({} if sounds is None else _heard(sounds))
        self._moment = moment
        if row or self.lines == 1:
            self._row(row)

    @property
    def age(self) -> float:
        """Seconds since the take began, by the clock."""
        return time.monotonic() - self._begun

    def close(self, at: float | None = None) -> None:
        """End the take, ``at`` seconds after its beginning. Raises StorageError where the disk is full."""
        if self._file.closed:
            return
        try:
            self._at = max(self._at, min(at or 0.0, LONGEST))
            if self.lines == 1 or self._at > self._written:
                self._row({})
            self._file.close()
        except OSError as error:
            raise unwritable(self.path, error, "; free space") from None

    def _row(self, row: dict[str, Any]) -> None:
        self._written = math.floor(self._at * 1e5) / 1e5  # not later than it was, so that its own frame shows it
        self._write({"at": self._written, **row})
        if self._written - self._flushed >= _FLUSH:
            self._flush()

    def _write(self, row: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n")
        except OSError as error:
            raise unwritable(self.path, error, "; free space") from None
        self.lines += 1

    def _flush(self) -> None:
        self._flushed = self._written
        try:
            self._file.flush()
        except OSError as error:
            raise unwritable(self.path, error, "; free space") from None


def _changes(old: Moment, new: Moment) -> dict[str, Any]:
    """What is another in ``new``, as a line says it."""
    row: dict[str, Any] = {}
    if new.state != old.state:
        before, after = old.state.model_dump(), new.state.model_dump()
        row["state"] = {name: value for name, value in after.items() if value != before[name]}
    if new.between != old.between:
        row["between"] = None
        if new.between is not None:
            before = old.between.model_dump() if old.between else {}
            after = new.between.model_dump()
            row["between"] = {name: _brief(v) for name, v in after.items() if v != before.get(name)}
    return row | ({"dark": new.dark} if new.dark != old.dark else {})


def _heard(sounds: Sounding) -> dict[str, Any]:
    """Music, as a line says it."""
    if sounds.piece is None:
        return {"piece": None}
    return {"piece": sounds.piece.model_dump(exclude_defaults=True)} | (
        {"into": round(sounds.into, 5)} if sounds.into else {}
    )


def _brief(value: Any) -> Any:
    """A state without what is as usual."""
    return {k: v for k, v in value.items() if v != _USUAL[k]} if isinstance(value, dict) else value


def takes_of(run: Path) -> list[str]:
    """Names of the takes of a run, the newest first."""
    found = [path for path in (run / FOLDER).glob("*.jsonl") if path.is_file()]
    return [path.stem for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]


def take_of(run: Path, name: str) -> Path:
    """The take of a name. Raises InputError where the run has none."""
    if name not in takes_of(run):
        raise InputError("this take is gone")
    return run / FOLDER / f"{name}.jsonl"


def fresh_take(run: Path) -> Path:
    """Where the next take of a run goes: ``RUN/takes/take-001.jsonl`` and on."""
    folder = (run if run.is_dir() else run.parent) / FOLDER
    number = 1
    while (path := folder / f"take-{number:03}.jsonl").exists():
        number += 1
    return path
