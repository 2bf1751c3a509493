"""The runs that the studio shows, read off their folders: whoever started them, they are the truth and the page is a view."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError, InputError
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.title import begun
from artgen.runtime.budget import Budget
from artgen.runtime.disk import write_atomic

_SHOWN = ("samples/", "explore/", "projections/", "nearest.png", "report.html", "explore.html")
_TAIL = 2**16  # bytes at the end of a file of rows
_LARGEST = 2**26  # bytes of a file of rows
_POINTS = 400  # of a curve
GONE = "this run is no longer here"
Stamps = tuple[tuple[int, int] | None, ...]  # sizes and times of files
_HUGE = 1e15  # no budget and no count is as large
_ROUNDED, _ROUNDED_TWICE = 0.01, 0.1  # seconds by which a report, and a row of works, may be rounded
_RECENT = 20.0  # seconds since the last report, where nothing else says whether a run goes on


@dataclass(frozen=True)
class Place:
    """The folder that the studio was opened on. ``own``: what the studio itself keeps there."""

    folder: Path

    @property
    def own(self) -> Path:
        return self.folder / "studio"

    @property
    def runs(self) -> Path:
        """Where new runs go, as on the command line."""
        return self.folder / "runs"


class Shelf:
    """Runs by their ids; a page never names a path."""

    def __init__(self, place: Place, single: Path | None = None) -> None:
        self.place, self._single = place, single
        self._paths: dict[str, Path] = {}
        self._compared: dict[Path, Stamps] = {}  # weights of starts that are those that ship

    def runs(self) -> list[Path]:
        """Every run of the folder, the newest first."""
        found = {path.resolve(): path for path in self._candidates() if holds_run(path)}
        return sorted(found.values(), key=lambda path: -_changed(path))

    def _candidates(self) -> Iterator[Path]:
        if self._single is not None:
            yield self._single
        yield self.place.folder
        for parent in (self.place.folder, self.place.runs):
            try:
                yield from (path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))
            except OSError:
                continue

    def id_of(self, path: Path) -> str:
        """The id of a run, the same after a restart."""
        name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
        self._paths[name] = path
        return name

    def forget(self, name: str) -> None:
        """A run that is no longer where it was."""
        self._paths.pop(name, None)

    def path(self, name: str) -> Path:
        """The run of an id. Raises InputError for one that the shelf did not give out."""
        if name not in self._paths:
            for path in (*self.runs(), *self.starts()):
                self.id_of(path)
        if name not in self._paths:
            raise InputError(GONE)
        return self._paths[name]

    def run(self, name: str) -> Path:
        """The same, for what reads or writes in its folder. Raises InputError for one that is gone, too."""
        path = self.path(name)
        if not path.is_dir():
            raise InputError(GONE)
        return path

    def starts(self) -> list[Path]:
        """Runs that hold nothing but weights that ship with a plugin."""
        folder = self.place.own / "starts"
        return sorted(path for path in folder.iterdir() if holds_run(path)) if folder.is_dir() else []

    def start(self, plugin: str, weights: Path) -> Path:
        """A run folder for weights that ship, so that favorites and directions have a home. Raises ArtgenError."""
        path = self.place.own / "starts" / f"{plugin}-{weights.stem}"
        target = RunFolder(path).checkpoint
        # compared once, as reading both takes some 20 ms; those of a newer version have the same size
        if self._compared.get(target) != _stamps(weights, target):
            wanted = weights.read_bytes()
            if not target.is_file() or target.read_bytes() != wanted:
                write_atomic(target, wanted)  # what is replaced whole can be played meanwhile
            self._compared[target] = _stamps(weights, target)
        return path

    def file(self, name: str, inner: str) -> Path:
        """A file of a run that the page may show. Raises InputError for any other."""
        run = self.path(name)
        return inside(run if run.is_dir() else run.parent, inner if inner.startswith(_SHOWN) else "")

    def card(self, path: Path) -> dict[str, Any]:
        """A run on the shelf, in few words."""
        files = RunFolder(path)
        config = settings(path)
        section = config.get("run", {})
        shipped = path.resolve().parent == (self.place.own / "starts").resolve()
        last = next(iter(_rows(files.metrics, tail=True)[-1:]), {})
        shown = next((row for row in reversed(_rows(files.index, tail=True)) if row.get("sheet")), {})
        return {
            "id": self.id_of(path),
            "name": path.resolve().name,
            "plugin": section.get("plugin") or (_start_plugin(path) if shipped else None),
            "task": section.get("task", "generate"),
            "data": section.get("data"),
            "style": section.get("style"),
            "start": section.get("start"),
            "begun": begun(path),
            "preset": section.get("preset"),
            "seen": last.get("seen", 0),
            "seconds": last.get("seconds", 0),
            "progress": _share(section, last),
            "sheet": shown.get("sheet"),
            "files": [file for item in shown.get("items", [])[:4] for file in item.get("files", [])[:1]],
            "ready": files.checkpoint.is_file(),
            "shipped": shipped,
            "changed": _changed(path),
        }

    def story(self, path: Path) -> dict[str, Any]:
        """Everything that the learning view shows."""
        files = RunFolder(path)
        rows = _rows(files.metrics)
        kept = rows[:: max(1, len(rows) // _POINTS)] + rows[-1:]
        return {
            **self.card(path),
            "settings": settings(path),
            "reports": [{k: row.get(k) for k in ("seen", "seconds", "progress", "values")} for row in kept],
            "snapshots": [_moment(row) for row in _rows(files.index)],
            "unused": _unused(files.skipped),
            "finished": _is_finished(rows, _rows(files.index, tail=True)),
            "report": files.report.is_file(),
            "quality": _quality(files.quality),
        }


def _stamps(*files: Path) -> Stamps:
    """What tells whether files were changed; None for one that is not there."""

    def stamp(file: Path) -> tuple[int, int] | None:
        try:
            status = file.stat()
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    return tuple(stamp(file) for file in files)


def inside(root: Path, name: str) -> Path:
    """The regular file ``name`` below ``root``, links followed. Raises InputError for one that is missing or lies elsewhere."""
    try:
        path = (root / name).resolve()
        if name and path.is_relative_to(root.resolve()) and path.is_file():
            return path
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, a zero byte
        pass
    raise InputError("no such file")


def holds_run(path: Path) -> bool:
    """Whether a folder is a run, or becomes one."""
    files = RunFolder(path)
    try:
        return files.config.is_file() or files.checkpoint.is_file()
    except OSError:
        return False


def settings(path: Path) -> dict[str, Any]:
    """The config of a run as plain values; empty where there is none that can be read."""
    from artgen.host.resolve import read_toml  # loads all settings, which the address of the page need not wait for

    try:
        return read_toml(RunFolder(path).config)
    except (ArtgenError, OSError):
        return {}


def holder(path: Path) -> int | None:
    """The process that writes in a run folder; None where none does, 0 where one does that cannot be named.

    Linux lists who holds a lock. Elsewhere a run goes on as long as it reports."""
    lock = path / ".lock"
    try:
        inode = lock.stat().st_ino
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if len(words) > 5 and words[1] == "FLOCK" and words[5].rpartition(":")[2] == str(inode):
                return max(0, int(words[4]))
        return None
    except OSError:
        if not lock.exists():
            return None
    metrics = RunFolder(path).metrics
    recent = metrics.is_file() and time.time() - metrics.stat().st_mtime < _RECENT
    return 0 if recent else None


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _rows(path: Path, tail: bool = False) -> list[dict[str, Any]]:
    """Rows of a .jsonl file; a last line may be half-written. ``tail``: the last ones only."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - (_TAIL if tail else _LARGEST)))
            lines = file.read().split(b"\n")
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            row = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            found.append(row)
    return found


def _share(section: dict[str, Any], last: dict[str, Any]) -> float:
    """The share of its budget that a run had spent at its last report: of that of now, which may have been enlarged since."""
    seconds, items = _number(section, "budget_seconds"), _number(section, "budget_items")
    if not last or not (seconds > 0 or items > 0):
        return _number(last, "progress")
    spent = _number(last, "seconds") + _ROUNDED
    return Budget(seconds or None, int(items) or None).share(spent, int(_number(last, "seen")))


def _number(row: dict[str, Any], name: str) -> float:
    """A number of a file that anyone may have written; 0 where there is none."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) and abs(value) < _HUGE else 0.0


def _is_finished(reports: list[dict[str, Any]], snapshots: list[dict[str, Any]]) -> bool:
    """Whether the last works of a run are those of an end, and it has not learned since."""
    final = next((row for row in snapshots[-1:] if row.get("kind") == "final"), None)
    learned = _number(reports[-1], "seconds") if reports else 0.0
    return final is not None and ("seconds" not in final or _number(final, "seconds") + _ROUNDED_TWICE >= learned)


def _unused(path: Path) -> dict[str, Any]:
    """How many files were not used, and which."""
    from artgen.contract.record import SkippedRow  # which the address of the page need not wait for
    from artgen.data.unused import counted

    names = ("name", "reason", "kind")
    return counted(SkippedRow(**{name: str(row.get(name, "")) for name in names}) for row in _rows(path)).plain


def _moment(row: dict[str, Any]) -> dict[str, Any]:
    items = [item for item in row.get("items", []) if isinstance(item, dict)]
    names = ("seed", "label", "files", "source", "target")
    return {
        **{name: row.get(name) for name in ("seen", "seconds", "kind", "sheet")},
        "items": [{name: item.get(name) for name in names} for item in items[:24]],
    }


def _quality(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes()) if path.stat().st_size < _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _changed(path: Path) -> float:
    """When a run last did something."""
    files = RunFolder(path)
    times = []
    for file in (files.config, files.metrics, files.checkpoint):
        try:
            times.append(file.stat().st_mtime)
        except OSError:
            continue
    return max(times, default=0.0)


def _start_plugin(path: Path) -> str:
    return path.name.rpartition("-")[0] or path.name
