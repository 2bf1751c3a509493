"""Long trainings in stages, for the scripts that make start weights: each is a run that can be looked at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import artgen


def stage(folder: Path, items: int, device: str, **run: Any) -> Path:
    """Train a stage of so many ``items`` in ``folder``, which is returned: not again where it is there already, on where it
    was stopped.

    ``run``: what else ``artgen.run`` is told at the first start."""
    common: dict[str, Any] = {"out": folder, "device": device}
    if not last_of(folder).exists():
        artgen.run("image", images=str(items), **run, **common)
    elif not (folder / "report.html").exists():
        artgen.run(resume=True, **common)  # to the end that it had: items that are asked for here would come on top
    return folder


def last_of(folder: Path) -> Path:
    """The last checkpoint of a stage."""
    return folder / "checkpoints" / "last.safetensors"


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A new folder to write into. It becomes ``out`` at the end, so that a script that is stopped leaves no half of it there."""
    begun = out.with_name(f"{out.name}_begun")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    yield begun
    begun.rename(out)
