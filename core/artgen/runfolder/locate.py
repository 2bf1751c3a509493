"""Find run folders and checkpoints by what a person types, and name new ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import InputError
from artgen.runfolder.fetch import local_run
from artgen.runfolder.folder import RunFolder
from artgen.runtime.disk import make_folder, unwritable

if TYPE_CHECKING:
    from artgen.runtime.distributed import World


def next_folder(parent: Path, plugin: str) -> Path:
    """``runs/<number>-<plugin>`` with the next free number."""
    return parent / f"{max(_numbers(parent), default=0) + 1:04d}-{plugin}"


def newest_folder(parent: Path) -> Path:
    """The run that was started last. Raises InputError when there is none."""
    runs = [p for p in parent.iterdir() if (p / "config.toml").exists()] if parent.is_dir() else []
    if not runs:
        raise InputError(
            f"no run in {parent}{os.sep}; name one with --out", at="--resume", page="there is no run to go on with"
        )
    return max(runs, key=lambda p: (p / "config.toml").stat().st_mtime)


def _numbers(parent: Path) -> list[int]:
    names = [p.name.partition("-")[0] for p in parent.iterdir()] if parent.is_dir() else []
    return [int(name) for name in names if name.isdecimal()]


def find_checkpoint(run: Path) -> Path:
    """The checkpoint that ``RUN`` means: a run folder (of one that has ended its best state, else the last), a checkpoint file, a
    card elsewhere.

    Raises InputError saying what it is instead."""
    run = local_run(run)
    if run.is_file():
        return run
    if not run.exists():
        raise InputError("no such run folder or checkpoint", value=run)
    folder = RunFolder(run)
    path = folder.checkpoint
    if not path.is_file():
        kind = (
            "a distributed checkpoint, which artgen never opens" if (run / ".metadata").exists() else "not a run folder"
        )
        raise InputError(
            f"{kind} (no checkpoints/last.safetensors in it)",
            value=run,
            page=f"“{run.name}”: {kind}, or one without weights",
        )
    if not folder.best.is_file():
        return path
    from artgen.runfolder.checkpoint import BETTER, read_header  # and torch, which the studio does without

    # while a training goes on, its last state is the one to look at
    return folder.best if read_header(path).state.get(BETTER) else path


@contextmanager
def fresh_folder(run: Path, name: str, world: World | None = None) -> Iterator[Path]:
    """A new folder ``RUN/samples/<name>-<number>``, made for this command alone, however many run at once; where nothing is
    written into it, it goes again.

    - ``run``: a run folder or a checkpoint file.
    - ``world``: processes that share the folder.

    Raises StorageError where it cannot be made."""
    parent = (run if run.is_dir() else run.parent) / "samples"
    first = world is None or world.first
    number = _made(parent, name) if first else 0
    if world is not None:
        number = world.agree(number)
    folder = _numbered(parent, name, int(number))
    try:
        yield folder
    finally:
        if first:
            with suppress(OSError):
                folder.rmdir()


def _made(parent: Path, name: str) -> int:
    """The first number whose folder was not there and is now."""
    make_folder(parent)
    number = 1
    while True:
        try:
            _numbered(parent, name, number).mkdir()
        except FileExistsError:
            number += 1
        except OSError as error:
            raise unwritable(parent, error) from None
        else:
            return number


def _numbered(parent: Path, name: str, number: int) -> Path:
    return parent / f"{name}-{number:03d}"
