"""The files of a run folder as frozen values.

Missing files are empty; whatever cannot be used is noted for the reader, never dropped silently."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from artgen.config import read_toml
from artgen.errors import InputError
from artgen.runfolder import RunFolder
from artgen.types import Skipped, Stats

T = TypeVar("T")

_LARGEST = 256 * 2**20  # bytes of one input file; months of reports stay far below
_HOME = re.compile(r"""(?:/home/|/Users/|[A-Za-z]:[\\/]Users[\\/])[^\\/\s'"]+""")


@dataclass(frozen=True)
class Piece:
    """One generated work: ``files`` relative to the run folder, the work itself first. ``source``, ``target``: the files of the
    work that was changed, and of what was wanted; empty where there is none."""

    seed: int
    label: str | None
    files: tuple[str, ...]
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """Samples of one moment of the training. ``final``: written after it."""

    seen: int
    seconds: float
    final: bool
    sheet: str | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Figure:
    """A quality figure between its anchors: real held-out work (floor) and noise (ceiling); or beside baselines."""

    name: str
    label: str | None
    value: float | None
    real: float | None
    noise: float | None
    lower_is_better: bool
    help: str
    baselines: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Quality:
    """All figures and what they were measured with."""

    features: str
    items: int | None
    note: str
    figures: tuple[Figure, ...]


@dataclass
class Notes:
    """What the reader of the page has to know about the page itself, in words without private paths."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        text = self.clean(text)
        if text not in self.lines:
            self.lines.append(text)

    def clean(self, text: str) -> str:
        """``text`` without the place of the run folder and without home folders, which name a person."""
        for place in {str(self.folder), str(self.folder.resolve())} - {".", "/"}:
            text = text.replace(place + "/", "").replace(place, ".")
        home = str(Path.home())
        return _HOME.sub("~", text if len(home) < 2 else text.replace(home, "~"))


@dataclass(frozen=True)
class RunFiles:
    """Everything a report shows. ``reports``: all rows in the order of the file."""

    folder: Path
    config: Mapping[str, Any]
    reports: tuple[Stats, ...]
    snapshots: tuple[Snapshot, ...]
    quality: Quality | None
    skipped: tuple[Skipped, ...]
    notes: Notes


def read_run(folder: Path) -> RunFiles:
    """Read a run folder; InputError when it is none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: not a run folder")
    notes, files = Notes(folder), RunFolder(folder)
    return RunFiles(
        folder=folder,
        config=_config(files.config, notes),
        reports=tuple(_rows(files.metrics, _stats, notes)),
        snapshots=tuple(_rows(files.index, _snapshot, notes)),
        quality=_quality(files.quality, notes),
        skipped=tuple(_rows(files.skipped, _skipped, notes)),
        notes=notes,
    )


def _config(path: Path, notes: Notes) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return read_toml(path)
    except InputError as error:
        notes.add(f"Settings are left out. {error}")
        return {}


def _text_of(path: Path, notes: Notes) -> str:
    """The text of a file, empty when there is none."""
    name = path.relative_to(notes.folder).as_posix()
    try:
        if not path.exists():
            return ""
        if not path.is_file() or path.stat().st_size > _LARGEST:
            notes.add(f"{name}: not a regular file of at most 256 MiB, left out.")
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        notes.add(f"{name}: cannot be read ({error.strerror}), left out.")
        return ""


def _rows(path: Path, parse: Callable[[Mapping[str, Any], Notes], T], notes: Notes) -> Iterator[T]:
    """Rows of a .jsonl file. A last line without its newline may be half-written; other bad lines are noted."""
    text = _text_of(path, notes)
    lines = text.split("\n")
    bad: list[int] = []
    for position, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield parse(json.loads(line), notes)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            if position < len(lines):
                bad.append(position)
            else:
                notes.add(f"{path.name}: the last line was only half written; it is left out.")
    if bad:
        shown = ", ".join(str(position) for position in bad[:5]) + (", ..." if len(bad) > 5 else "")
        notes.add(f"{path.name}: {len(bad)} line(s) cannot be read and are left out (line {shown}).")


def _stats(row: Mapping[str, Any], notes: Notes) -> Stats:
    values = {notes.clean(str(name)): _maybe(value) for name, value in row["values"].items()}
    finite = {name: value for name, value in values.items() if value is not None}
    if len(finite) < len(values):
        notes.add("metrics.jsonl: values that are not finite numbers are gaps in the curves.")
    return Stats(
        seen=_whole(row["seen"]),
        seconds=_number(row["seconds"]),
        progress=_maybe(row.get("progress")) or 0.0,
        values=finite,
    )


def _snapshot(row: Mapping[str, Any], notes: Notes) -> Snapshot:
    if row["kind"] not in ("snapshot", "final"):
        raise ValueError(row["kind"])
    pieces = tuple(
        Piece(
            _whole(item["seed"]),
            _label(item.get("label"), notes),
            _names(item["files"]),
            _names(item.get("source") or []),
            _names(item.get("target") or []),
        )
        for item in row.get("items") or ()
    )
    sheet = row.get("sheet")
    final = row["kind"] == "final"
    return Snapshot(_whole(row["seen"]), _number(row["seconds"]), final, None if sheet is None else str(sheet), pieces)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(str(name) for name in value)


def _skipped(row: Mapping[str, Any], notes: Notes) -> Skipped:
    return Skipped(notes.clean(str(row["name"])), notes.clean(str(row["reason"])))


def _quality(path: Path, notes: Notes) -> Quality | None:
    text = _text_of(path, notes)
    if not text:
        return None
    try:
        row: dict[str, Any] = json.loads(text)
        return Quality(
            features=notes.clean(str(row.get("features") or "")),
            items=None if row.get("items") is None else _whole(row["items"]),
            note=notes.clean(str(row.get("note") or "")),
            figures=tuple(_figure(item, notes) for item in row["figures"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        notes.add("quality.json: cannot be read; the quality figures are left out.")
        return None


def _figure(row: Mapping[str, Any], notes: Notes) -> Figure:
    return Figure(
        name=notes.clean(str(row["name"])),
        label=_label(row.get("label"), notes),
        value=_maybe(row["value"]),
        real=_maybe(row.get("real")),
        noise=_maybe(row.get("noise")),
        lower_is_better=bool(row.get("lower_is_better", True)),
        help=notes.clean(str(row.get("help") or "")),
        baselines={notes.clean(str(name)): _number(value) for name, value in (row.get("baselines") or {}).items()},
    )


def _label(value: Any, notes: Notes) -> str | None:
    return None if value is None else notes.clean(str(value))


def _number(value: Any) -> float:
    """A finite number, else ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _maybe(value: Any) -> float | None:
    """A finite number or None."""
    try:
        return _number(value)
    except (ValueError, OverflowError):
        return None


def _whole(value: Any) -> int:
    number = _number(value)
    if number < 0 or number != int(number):
        raise ValueError(value)
    return int(value)
