"""Find run folders and checkpoints by what a person types, and name new ones."""

from __future__ import annotations

import os
from pathlib import Path

from artgen.errors import InputError
from artgen.runfolder.folder import RunFolder


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
