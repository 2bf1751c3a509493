"""A run folder on disk: its files and its lock. The one place that knows the names."""

from __future__ import annotations

import contextlib
import os
import time
import weakref
from collections.abc import Iterable
from pathlib import Path

import filelock

from artgen.contract.observer import Stats
from artgen.contract.record import Record, SkippedRow
from artgen.errors import InputError, StorageError
from artgen.runfolder.records import MetricsRow, Quality
from artgen.runtime.disk import write_atomic

_LOOKS, _PAUSE = 5, 0.2  # before a folder is called gone; seconds between two looks


class RunFolder:
    """Paths and small writes of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.toml"
        self.metrics = path / "metrics.jsonl"
        self.skipped = path / "skipped.jsonl"
        self.quality = path / "quality.json"
        self.nearest = path / "nearest.png"
        self.report = path / "report.html"
        self.samples = path / "samples"
        self.index = self.samples / "index.jsonl"
        self.checkpoint = path / "checkpoints" / "last.safetensors"
        self.best = path / "checkpoints" / "best.safetensors"  # where another state than the last is the best
        self._opened: tuple[tuple[int, int], int] | None = None
        self._made: list[Path] = []  # by this object, the innermost first
        self._lock = filelock.FileLock(path / ".lock")

    @property
    def holds_run(self) -> bool:
        return self.config.exists()

    def create(self) -> None:
        """Make the folder and check that it can be written, before any work is done. Raises StorageError or InputError."""
        if self.path.exists() and not self.path.is_dir():
            raise InputError("is a file, give a folder", at="--out", value=self.path)
        wanted = (self.samples, self.checkpoint.parent, self.path, *self.path.parents)
        self._made += [folder for folder in wanted if not folder.exists()]
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            self.checkpoint.parent.mkdir(exist_ok=True)
            probe = self.path / ".tmp-probe"
            probe.write_bytes(b"\0" * 65536)
            probe.unlink()
            self.place()  # from here on it is known from any other that may take its place
        except (NotADirectoryError, FileExistsError):
            raise InputError("a file is in the way, choose another folder", at="--out", value=self.path) from None
        except OSError as error:
            raise StorageError(
                f"cannot be written ({error.strerror}); choose another folder", at="--out", value=self.path
            ) from None

    def forget(self) -> None:
        """Take back what says that the folder holds a run, where that has learned nothing. Call it before ``leave``."""
        if not self.checkpoint.exists():
            for file in (self.config, self.skipped):
                file.unlink(missing_ok=True)

    def leave(self) -> None:
        """Take back what ``create`` and ``lock`` made where the folder holds no run: of one that is refused nothing stays. What
        somebody else has put there stays, and so do the folders around it. Call it while the lock is held."""
        if not self._made or self.holds_run or self.place() != self.path:
            return
        if Path(self._lock.lock_file).exists() and not self._lock.is_locked:
            return  # another run was quicker, and is at work here
        for path in self._made:
            with contextlib.suppress(OSError):
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()

    def place(self) -> Path | None:
        """Where the folder is, which was made or found at ``path``: elsewhere after somebody has moved it; None: nowhere."""
        here = _identity(self.path)
        if self._opened is None:
            self._opened = (here, self._hold()) if here else None
            return self.path
        known, handle = self._opened
        for _ in range(_LOOKS):  # a disk of the network may fail to answer for a moment
            if here == known:
                return self.path
            time.sleep(_PAUSE)
            here = _identity(self.path)
        try:
            moved = Path(f"/proc/self/fd/{handle}").readlink()
        except OSError:  # no Linux
            return None
        return moved if _identity(moved) == known else None

    def _hold(self) -> int:
        """A handle by which the folder is found again after a move, kept as long as this object; -1 where the system has none."""
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except OSError:
            return -1
        weakref.finalize(self, os.close, handle)
        return handle

    def lock(self) -> filelock.FileLock:
        """Take the folder for one writer; raises InputError when another run has it."""
        file = Path(self._lock.lock_file)
        fresh = not file.exists()
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            raise InputError(
                "another run is writing here; wait for it or choose another folder", at="--out", value=self.path
            ) from None
        except OSError as error:
            raise StorageError(f"cannot be locked ({error.strerror})", at="--out", value=self.path) from None
        if fresh:  # it goes after the folders inside, so that no other run writes there meanwhile
            self._made.insert(sum(self.path in path.parents for path in self._made), file)
        return self._lock

    def append(self, file: Path, rows: Iterable[Record]) -> None:
        """Add JSON lines. A full disk is said by StorageError; what stood there stays."""
        try:
            with file.open("a", encoding="utf-8") as out:
                out.writelines(row.model_dump_json() + "\n" for row in rows)
        except OSError as error:
            raise StorageError(f"cannot be written ({error.strerror})", value=file) from None

    def note_stats(self, stats: Stats) -> None:
        self.append(self.metrics, [MetricsRow.of(stats)])

    def note_skipped(self, skipped: Iterable[SkippedRow]) -> None:
        self.skipped.unlink(missing_ok=True)
        self.append(self.skipped, skipped)

    def write_quality(self, quality: Quality) -> None:
        """Replace ``quality.json``. Raises StorageError."""
        write_atomic(self.quality, quality.model_dump_json(indent=1).encode())

    def relative(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a folder from every other one, whatever it is called."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
