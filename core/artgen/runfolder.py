"""A run folder on disk: its files, its lock, its number. The one place that knows the names."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import filelock

from artgen.errors import InputError, StorageError
from artgen.types import Skipped, Stats


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
        self._lock = filelock.FileLock(path / ".lock")

    @property
    def holds_run(self) -> bool:
        return self.config.exists()

    def create(self) -> None:
        """Make the folder and check that it can be written, before any work is done. Raises StorageError or InputError."""
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"--out {self.path}: is a file, give a folder")
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            self.checkpoint.parent.mkdir(exist_ok=True)
            probe = self.path / ".tmp-probe"
            probe.write_bytes(b"\0" * 65536)
            probe.unlink()
        except (NotADirectoryError, FileExistsError):
            raise InputError(f"--out {self.path}: a file is in the way, choose another folder") from None
        except OSError as error:
            raise StorageError(
                f"--out {self.path}: cannot be written ({error.strerror}); choose another folder"
            ) from None

    def lock(self) -> filelock.FileLock:
        """Take the folder for one writer; raises InputError when another run has it."""
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            raise InputError(
                f"--out {self.path}: another run is writing here; wait for it or choose another folder"
            ) from None
        except OSError as error:
            raise StorageError(f"--out {self.path}: cannot be locked ({error.strerror})") from None
        return self._lock

    def append(self, file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add JSON lines. A full disk is said by StorageError; what stood there stays."""
        try:
            with file.open("a", encoding="utf-8") as out:
                out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        except OSError as error:
            raise StorageError(f"{file}: cannot be written ({error.strerror})") from None

    def note_stats(self, stats: Stats) -> None:
        values = {k: float(f"{v:.6g}") for k, v in stats.values.items() if math.isfinite(v)}  # JSON knows no NaN
        row = {
            "seen": stats.seen,
            "seconds": round(stats.seconds, 2),
            "progress": round(stats.progress, 5),
            "values": values,
        }
        self.append(self.metrics, [row])

    def note_skipped(self, skipped: Iterable[Skipped]) -> None:
        self.skipped.unlink(missing_ok=True)
        self.append(self.skipped, ({"name": s.name, "reason": s.reason} for s in skipped))

    def relative(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()


def next_folder(parent: Path, plugin: str) -> Path:
    """``runs/<number>-<plugin>`` with the next free number."""
    return parent / f"{max(_numbers(parent), default=0) + 1:04d}-{plugin}"


def newest_folder(parent: Path) -> Path:
    """The run that was started last. Raises InputError when there is none."""
    runs = [p for p in parent.iterdir() if (p / "config.toml").exists()] if parent.is_dir() else []
    if not runs:
        raise InputError(f"--resume: no run in {parent}{os.sep}; name one with --out")
    return max(runs, key=lambda p: (p / "config.toml").stat().st_mtime)


def _numbers(parent: Path) -> list[int]:
    names = [p.name.partition("-")[0] for p in parent.iterdir()] if parent.is_dir() else []
    return [int(name) for name in names if name.isdecimal()]


def find_checkpoint(run: Path) -> Path:
    """The checkpoint that ``RUN`` means: a run folder or a checkpoint file. Raises InputError saying what it is instead."""
    if run.is_file():
        return run
    if not run.exists():
        raise InputError(f"{run}: no such run folder or checkpoint")
    path = RunFolder(run).checkpoint
    if not path.is_file():
        kind = (
            "a distributed checkpoint, which artgen never opens" if (run / ".metadata").exists() else "not a run folder"
        )
        raise InputError(f"{run}: {kind} (no checkpoints/last.safetensors in it)")
    return path


def fresh_folder(run: Path, name: str) -> Path:
    """``RUN/samples/<name>-<number>``, one that does not exist, so that nothing made before is overwritten. ``run``: a run folder
    or a checkpoint file."""
    parent = (run if run.is_dir() else run.parent) / "samples"
    number = 1
    while (parent / f"{name}-{number:03d}").exists():
        number += 1
    return parent / f"{name}-{number:03d}"
