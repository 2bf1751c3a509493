"""Files are replaced whole or not at all: written beside, flushed to the disk, put in place, and the folder flushed too."""

from __future__ import annotations

import errno
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from artgen.errors import InputError, StorageError

STRAY = ".tmp-"
_LARGEST = 2**30  # bytes of a file that is read to learn whose it is
_SEALED = "nothing may be written in this folder; begin the studio in another one"
_FULL = "the disk is full; make room on it"
# for a page
_WAYS = {errno.EROFS: _SEALED, errno.EACCES: _SEALED, errno.EPERM: _SEALED, errno.ENOSPC: _FULL, errno.EDQUOT: _FULL}


def write_atomic(path: Path, data: bytes, rights: int | None = None, remedy: str = "choose another place") -> None:
    """Replace ``path`` by ``data`` or leave it as it was. ``rights``: of the file, which nobody else can read before it has
    them; None: as the umask says. Raises StorageError naming the file, InputError for a path that cannot be; ``remedy`` is what
    helps beside freeing space."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=STRAY, dir=path.parent)
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
        raise unwritable(path, error, f"; free space or {remedy}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def staged(folder: Path, replaceable: Callable[[Path, Path], bool]) -> Iterator[Path]:
    """A hidden folder inside ``folder``, which is made; its files are moved into ``folder`` when all of them are whole, and none
    is when something goes wrong before.

    - ``replaceable``: whether a file that stands there may be replaced by the new one: ``(old, new) -> bool``.

    Raises InputError naming a file that may not be replaced, StorageError for a disk that is full."""
    make_folder(folder)
    work: Path | None = None
    try:
        work = Path(tempfile.mkdtemp(prefix=STRAY, dir=folder))
        yield work
        moves = [(path, folder / path.relative_to(work)) for path in sorted(work.rglob("*")) if path.is_file()]
        for path, target in moves:
            if os.path.lexists(target) and not (target.is_file() and replaceable(target, path)):
                raise InputError("exists already and was not made by artgen; choose another folder", value=target)
            make_folder(target.parent)
        for path, target in moves:
            path.replace(target)
    except OSError as error:
        raise unwritable(folder, error, "; free space") from None
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def refuse_foreign(path: Path, flag: str, writer: str, own: Callable[[bytes], bool]) -> None:
    """Raises InputError where ``path`` exists and is not an earlier output of the same verb.

    - ``writer``: who writes such files, in words.
    - ``own``: whether the bytes of a file are such."""
    try:
        if not os.path.lexists(path) or (path.is_file() and path.stat().st_size <= _LARGEST and own(path.read_bytes())):
            return
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", at=flag, value=path) from None
    what = "is a folder" if path.is_dir() else f"exists already and was not written by {writer}"
    raise InputError(f"{what}; choose another name", at=flag, value=path)


@contextmanager
def plainly_named(path: Path) -> Iterator[Path]:
    """A path to the same file that libraries can read whose paths are UTF-8: ``path`` itself where it is."""
    if not any("\ud800" <= letter <= "\udfff" for letter in str(path)) or not Path("/proc/self/fd").is_dir():
        yield path
        return
    with path.open("rb") as file:
        yield Path(f"/proc/self/fd/{file.fileno()}")


def unwritable(path: Path, error: OSError, remedy: str = "") -> InputError | StorageError:
    """The error to raise for what the operating system did not let be written: a path that cannot be is the user's, anything else
    the disk's. ``remedy``: what helps there."""
    if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
        return InputError(f"cannot be a path ({error.strerror}); choose a shorter one", value=path)
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        above = next((one for one in path.parents if one.exists() and not one.is_dir()), None)
        if above is not None:
            return InputError(f"{above} is a file, choose another folder", value=path)
    if error.errno == errno.ENOTDIR and path.is_file():  # something was to be made in it
        return InputError("is a file, give a folder", value=path)
    if error.errno == errno.EEXIST:
        return InputError("is there already and is not written over; choose another name", value=path)
    said = error.strerror or str(error)
    page = f"“{path.name}”: cannot be written: {_WAYS.get(error.errno or 0, said)}"
    return StorageError(f"cannot be written ({said}){remedy}", value=path, page=page)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it. Raises InputError where a file stands there, StorageError naming the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if folder.is_file():
            raise InputError("is a file, give a folder", value=folder) from None
        raise unwritable(folder, error) from None


def empty_folder(folder: Path) -> None:
    """Make ``folder`` anew, without what stood in it. Raises StorageError naming it."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)


def clear_strays(folder: Path) -> None:
    """Remove temporary files that a killed process left behind."""
    for stray in folder.glob(f"{STRAY}*"):
        if stray.is_dir():
            shutil.rmtree(stray, ignore_errors=True)
        else:
            stray.unlink(missing_ok=True)


@functools.cache  # asking means setting it for a moment
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
