"""Where the works of prepared data lie, kept in the cache, which forgets prepared data itself sooner.

No run folder says it, as a run may be given away."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from artgen.contract.data import Source
from artgen.data.store import cache_folder
from artgen.errors import StorageError
from artgen.runtime.disk import write_atomic

_KEPT = 500


def remember(name: str, source: Source) -> None:
    """Keep where the works of the prepared data ``name`` lie. A cache that cannot be written costs nothing else."""
    file, *others = (one.path for one in source.files)
    alone = source.style and not others and not source.ignored and file.parent == source.root  # a style may be one file
    place = file if alone else source.root
    with contextlib.suppress(StorageError, OSError):
        write_atomic(_folder() / name, os.fsencode(place))
        for old in sorted(_folder().iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)


def recall(name: str) -> Path | None:
    """The folder, or the one file of a style, that the prepared data ``name`` was made of; None: not known, or gone."""
    with contextlib.suppress(OSError, ValueError):
        place = Path(os.fsdecode((_folder() / name).read_bytes()))
        if name and place.exists():
            return place
    return None


def _folder() -> Path:
    return cache_folder().parent / "places"
