"""Files that a person drops on the page, streamed to disk within bounds. They are opened only by the plugin's own process."""

from __future__ import annotations

import re
import secrets
import shutil
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from artgen.data.names import as_file, shown
from artgen.errors import InputError, StorageError
from artgen.runfolder.title import NAMELESS
from artgen.runtime.disk import make_folder, unwritable

MOST_BYTES, MOST_FILES = 2 * 2**30, 20_000  # of a drop
_SPARE = 2**30  # bytes of the disk that stay free
_DEEP = 4  # folders of a name that are kept
_ID = re.compile("[0-9a-f]{12}")


class Drops:
    """Drops in the folder ``studio/drops``, by their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()  # of files that are on their way too

    def new(self, title: str = "") -> str:
        """The id of an empty drop. ``title``: what the person calls it; a run that learns from it names its data by that."""
        name = secrets.token_hex(6)
        inner = as_file(_plain(unicodedata.normalize("NFC", title))) if title else NAMELESS
        try:
            (self._folder / name / inner).mkdir(parents=True)
        except OSError as error:
            raise unwritable(self._folder, error) from None  # a person knows this folder, and none inside it
        return name

    def path(self, name: str) -> Path:
        """The folder of a drop. Raises InputError for an unknown one."""
        try:
            if _ID.fullmatch(name):
                # a system may note things beside it
                (path,) = (path for path in (self._folder / name).iterdir() if path.is_dir())
                return path
        except (OSError, ValueError):
            pass
        raise InputError("this drop is no longer here; drop the files again")

    async def add(self, name: str, inner: str, parts: AsyncIterator[bytes], suffixes: Sequence[str]) -> Path:
        """Write one file. ``inner``: its name in the dropped folder; sub-folders stay, as they are classes.

        Raises InputError for a name or a size that is refused, and StorageError."""
        folder = self.path(name)
        clean = cleaned(inner, suffixes)
        self._files[name] += 1
        if self._files[name] > MOST_FILES:
            raise InputError(f"a drop holds {MOST_FILES:,} files at most; drop a part of it")
        target = _free(folder / clean)
        make_folder(target.parent)
        try:
            with target.open("xb") as file:
                async for part in parts:
                    self._bytes[name] += len(part)
                    if self._bytes[name] > MOST_BYTES:
                        raise InputError("a drop holds 2 GiB at most; drop a part of it")
                    if shutil.disk_usage(folder).free < _SPARE + len(part):
                        raise StorageError("the disk is nearly full; make room and drop the files again")
                    file.write(part)
        except BaseException as error:  # a page that is closed in the middle, too
            target.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise unwritable(target, error) from None
            raise
        return target


def cleaned(name: str, suffixes: Sequence[str]) -> str:
    """A relative path without anything that means something to a system. Raises InputError for what no plugin reads."""
    parts = [
        part for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/") if part not in ("", ".", "..")
    ]
    plain = [_plain(part) for part in parts[-_DEEP:]]
    if not plain:
        raise InputError("a file without a name")
    stem, dot, suffix = plain[-1].rpartition(".")
    if not dot or f".{suffix.lower()}" not in suffixes:
        raise InputError("no plugin reads files of this ending", value=Path(parts[-1][:80]))
    return "/".join([*map(as_file, plain[:-1]), f"{as_file(stem)}.{suffix.lower()}"])


def _plain(part: str) -> str:
    return shown(re.sub(r"[/\\]", "_", part)).strip(" .") or "_"


def _free(path: Path) -> Path:
    number, target = 2, path
    while target.exists():
        target = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return target
