"""Files are replaced whole or not at all: written beside, flushed to the disk, put in place, and the folder flushed too."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from artgen.errors import StorageError

_STRAY = ".tmp-"


def write_atomic(path: Path, data: bytes, rights: int | None = None, remedy: str = "choose another place") -> None:
    """Replace ``path`` by ``data`` or leave it as it was. ``rights``: of the file, which nobody else can read before it has
    them; None: as the umask says. Raises StorageError naming the file; ``remedy`` is what helps beside freeing space."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_STRAY, dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o666 & ~_umask() if rights is None else rights)
        temporary.replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror or error}); free space or {remedy}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it. Raises StorageError naming it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from None


def empty_folder(folder: Path) -> None:
    """Make ``folder`` anew, without what stood in it. Raises StorageError naming it."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)


def clear_strays(folder: Path) -> None:
    """Remove temporary files that a killed process left behind."""
    for stray in folder.glob(f"{_STRAY}*"):
        stray.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
