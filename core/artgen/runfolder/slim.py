"""A checkpoint without what only training needs."""

from __future__ import annotations

from pathlib import Path

from artgen.errors import InputError
from artgen.runfolder import checkpoint

PLAYED = ("ema.", "discriminator.", "codec.")  # the averaged generator is the better one


def slim(path: Path, out: Path) -> int:
    """Write the networks of the checkpoint ``path`` alone to ``out`` and return its bytes. Raises InputError where ``out``
    exists, StorageError where it cannot be written."""
    if out.exists():
        raise InputError("exists already; choose another name", at="--out", value=out)
    checkpoint.save(out, checkpoint.read_header(path), checkpoint.part(path, PLAYED))
    return out.stat().st_size
