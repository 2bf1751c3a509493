"""The files of a run folder as frozen values.

Missing files are empty; whatever cannot be used is noted for the reader, never dropped silently."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from artgen.contract.observer import Stats
from artgen.contract.record import Record, SkippedRow
from artgen.errors import InputError
from artgen.host.resolve import read_toml
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.records import Figure, MetricsRow, Quality, SnapshotRow

R = TypeVar("R", bound=Record)

_LARGEST = 256 * 2**20  # bytes of one input file; months of reports stay far below
_HOME = re.compile(r"""(?:/home/|/Users/|[A-Za-z]:[\\/]Users[\\/])[^\\/\s'"]+""")


@dataclass
class Notes:
    """What the reader of the page has to know about the page itself, in words without private paths."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        places = (self.folder, self.folder.resolve())
        self._places = {
            str(place) for place in places if len(place.parts) > 1
        }  # one word may stand for itself in any text
        self._home = str(Path.home())

    def add(self, text: str) -> None:
        text = self.clean(text)
        if text not in self.lines:
            self.lines.append(text)

    def clean(self, text: str) -> str:
        """``text`` without the place of the run folder and without home folders, which name a person."""
        for place in self._places:
            text = text.replace(place + "/", "").replace(place, ".")
        return _HOME.sub("~", text.replace(self._home, "~") if len(self._home) > 1 else text)


@dataclass(frozen=True)
class RunFiles:
    """Everything a report shows. ``reports``: all rows in the order of the file."""

    folder: Path
    config: Mapping[str, Any]
    reports: tuple[Stats, ...]
    snapshots: tuple[SnapshotRow, ...]
    quality: Quality | None
    skipped: tuple[SkippedRow, ...]
    notes: Notes


def read_run(folder: Path) -> RunFiles:
    """Read a run folder; InputError when it is none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: not a run folder")
    notes, files = Notes(folder), RunFolder(folder)
    return RunFiles(
        folder=folder,
        config=_config(files.config, notes),
        reports=tuple(_reports(files.metrics, notes)),
        snapshots=tuple(_rows(files.index, SnapshotRow, notes)),
        quality=_quality(files.quality, notes),
        skipped=tuple(_rows(files.skipped, SkippedRow, notes)),
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


def _rows(path: Path, kind: type[R], notes: Notes) -> Iterator[R]:
    """Rows of a .jsonl file. A last line without its newline may be half-written; other bad lines are noted."""
    lines = _text_of(path, notes).split("\n")
    bad: list[int] = []
    for position, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield cast(R, _cleaned(kind.model_validate(json.loads(line)), notes.clean))
        except (ValueError, RecursionError):  # JSON's and the model's own errors are ValueErrors
            if position < len(lines):
                bad.append(position)
            else:
                notes.add(f"{path.name}: the last line was only half written; it is left out.")
    if bad:
        shown = ", ".join(str(position) for position in bad[:5]) + (", ..." if len(bad) > 5 else "")
        notes.add(f"{path.name}: {len(bad)} line(s) cannot be read and are left out (line {shown}).")


def _reports(path: Path, notes: Notes) -> Iterator[Stats]:
    for row in _rows(path, MetricsRow, notes):
        if any(value is None for value in row.values.values()):
            notes.add("metrics.jsonl: values that are not finite numbers are gaps in the curves.")
        yield row.stats


def _quality(path: Path, notes: Notes) -> Quality | None:
    text = _text_of(path, notes)
    if not text:
        return None
    try:
        return cast(Quality, _cleaned(Quality.model_validate(json.loads(text)), notes.clean))
    except (ValueError, RecursionError):
        notes.add("quality.json: cannot be read; the quality figures are left out.")
        return None


def _cleaned(record: Record, clean: Callable[[str], str]) -> Record:
    """A record with clean free text. Names of files stay as they are: the page opens them."""

    def some(text: str | None) -> str | None:
        return None if text is None else clean(text)

    update: dict[str, Any] = {}
    match record:
        case MetricsRow():
            update = {"values": {clean(name): value for name, value in record.values.items()}}
        case SnapshotRow():
            update = {"items": tuple(work.model_copy(update={"label": some(work.label)}) for work in record.items)}
        case SkippedRow():
            update = {"name": clean(record.name), "reason": clean(record.reason)}
        case Quality():
            figures = tuple(cast(Figure, _cleaned(figure, clean)) for figure in record.figures)
            update = {"features": clean(record.features), "note": clean(record.note), "figures": figures}
        case Figure():
            baselines = {clean(name): value for name, value in record.baselines.items()}
            named = {"name": clean(record.name), "label": some(record.label), "help": clean(record.help)}
            update = {**named, "baselines": baselines}
    return record.model_copy(update=update)
