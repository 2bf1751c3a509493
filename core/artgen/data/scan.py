"""Look through a folder: which files are read, in a stable order; why the others are not; and which class each belongs to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from artgen.contract.data import Skipped, Source, SourceFile
from artgen.data.classes import FOLDERS, choose
from artgen.data.kinds import no_use, reads, wanted
from artgen.data.names import shown
from artgen.errors import InputError
from artgen.runtime.environment import at_home

_OWN = b"urn:artgen:1"  # in the label of everything that artgen makes
_EDGE = 65_536  # bytes at both ends of a file, where formats keep labels
_PATIENCE = 2.0  # seconds without a word
_MADE, _RUN = "made by artgen", "a run folder of artgen"  # why a file or a folder is not read
Tell = Callable[[str], None]


class NothingToReadError(InputError):
    """A folder holds no file of the domain.

    - ``flag``, ``root``: where it was given, and the folder.
    - ``endings``: of the files that it holds, lower case with the dot.
    - ``way``: what the command line adds to ``why``.
    - ``reader``: another plugin that reads them; "" where none is known."""

    def __init__(
        self, why: str, flag: str, root: Path, endings: tuple[str, ...], way: str = "", reader: str = ""
    ) -> None:
        super().__init__(why + way, at=flag, value=root, page=f"{dropped(flag)} {why}")
        self.flag, self.root, self.endings, self.reader = flag, root, endings, reader


def dropped(flag: str) -> str:
    """What a page calls the works that are given with a flag."""
    return "what you dropped as the style" if flag == "--style" else "what you dropped"


@dataclass(frozen=True)
class _Seen:
    """A file of a folder: where it lies, its names from the folder down, and why it is not read (None: it is)."""

    path: Path
    parts: tuple[str, ...]
    reason: str | None = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)


def scan(
    root: Path,
    suffixes: tuple[str, ...],
    flag: str = "--data",
    *,
    classes: str = FOLDERS,
    made: bool = True,
    tell: Tell | None = None,
) -> Source:
    """All files below ``root`` that end in one of ``suffixes``, with their classes; every other one with the reason.

    Hidden files are left out, links are followed once (a loop is cut), pipes and devices are never opened.

    - ``flag``: how errors call the folder.
    - ``classes``: where classes come from, see ``artgen.data.classes``.
    - ``made``: read works and run folders of artgen too.
    - ``tell``: hears how far it is, where it takes long.

    Raises InputError when ``root`` is not a folder that can be read, NothingToReadError when it holds no such file."""
    root = at_home(root)
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise InputError(
            f"{what}; give a folder of {wanted(suffixes)}", at=flag, value=root,
            page=f"{dropped(flag)} {what}; drop a folder of {wanted(suffixes)}",
        )  # fmt: skip
    seen = sorted(_told(_walk(root, suffixes, flag, made), root, tell), key=lambda one: (one.name, str(one.path)))
    good = [one for one in seen if one.reason is None]
    ignored = tuple(Skipped(one.name, one.reason) for one in seen if one.reason is not None)
    if not good:
        first = f"; {ignored[0].name}: {ignored[0].reason}" if ignored else ""
        endings = tuple(Path(one.name).suffix.lower() for one in ignored)
        way = include_made(ignored[0].reason) if ignored else ""
        why = f"holds no file that can be used; {reads(suffixes)}{first}"
        raise NothingToReadError(why, flag, root, endings, way)
    labels, about = choose([one.parts for one in good], classes)
    files = tuple(SourceFile(one.path, one.name, label) for one, label in zip(good, labels, strict=True))
    return Source(root.resolve(), files, tuple(sorted({label for label in labels if label})), ignored, about)


def _walk(root: Path, suffixes: tuple[str, ...], flag: str, made: bool) -> Iterator[_Seen]:
    """Iterative, because folders may be nested deeper than Python's stack."""
    visited: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, tuple[str, ...]]] = [(root.resolve(), ())]
    while waiting:
        folder, parts = waiting.pop()
        try:
            status = folder.stat()
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            if not parts:
                why = f"cannot be read ({error.strerror})"
                raise InputError(why, at=flag, value=folder, page=f"{dropped(flag)} {why}") from None
            yield _Seen(folder, parts, f"a folder that cannot be read ({error.strerror})")
            continue
        if (status.st_dev, status.st_ino) in visited:
            continue
        visited.add((status.st_dev, status.st_ino))
        if not made and parts and _is_run(entries):
            yield _Seen(folder, parts, _RUN)
            continue
        for entry in entries:
            name = shown(entry.name)
            if entry.name.startswith("."):
                continue
            path = Path(entry.path)
            if _is(entry, "is_dir"):
                waiting.append((path, (*parts, name)))
            elif _is(entry, "is_file"):
                place = path.resolve() if entry.is_symlink() else path
                yield _Seen(place, (*parts, name), _reason(place, suffixes, made))
            else:
                yield _Seen(path, (*parts, name), "a link to nothing, a pipe or a device")


def _is(entry: os.DirEntry[str], question: str) -> bool:
    try:
        return bool(getattr(entry, question)())
    except OSError:
        return False


def _is_run(entries: Iterable[os.DirEntry[str]]) -> bool:
    return {"config.toml", "checkpoints", "samples"} <= {entry.name for entry in entries}


def _reason(path: Path, suffixes: tuple[str, ...], made: bool) -> str | None:
    """Why a file is not read; None: it is."""
    if path.suffix.lower() not in suffixes:
        return no_use(path, suffixes)
    if not made and _made_by_artgen(path):
        return _MADE
    return None


def _made_by_artgen(path: Path) -> bool:
    """Whether a file carries artgen's label, at one of its ends."""
    try:
        with path.open("rb") as file:
            if _OWN in file.read(_EDGE):
                return True
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _EDGE))
            return _OWN in file.read()
    except OSError:
        return False  # preparing it says why


def _told(seen: Iterator[_Seen], root: Path, tell: Tell | None) -> Iterator[_Seen]:
    """The same, with a line from time to time where it takes long."""
    last = time.monotonic()
    for number, one in enumerate(seen, 1):
        if tell is not None and time.monotonic() - last > _PATIENCE:
            last = time.monotonic()
            tell(f"looking through {root.name}: {number:,} files so far")
        yield one


def include_made(reason: str) -> str:
    """What a command line adds where a file is left out because artgen made it; nothing for any other reason."""
    return "; --include-made learns from it too" if reason in (_MADE, _RUN) else ""


def given_files(paths: Iterable[Path], suffixes: tuple[str, ...]) -> Source:
    """Files, and all files of folders, that the domain reads; what it does not read is ``ignored``. Raises InputError for a path
    that is missing, and where there is no file at all."""
    found: list[SourceFile] = []
    ignored: list[Skipped] = []
    refused: InputError | None = None
    for path in paths:
        if path.is_dir():
            try:
                source = scan(path, suffixes, "FILES")
            except InputError as error:
                ignored.append(Skipped(shown(path.name), str(error)))
                refused = refused or error
                continue
            found += source.files
            ignored += source.ignored
        elif not path.exists():
            raise InputError("does not exist; give files or folders", value=path)
        elif not path.is_file():  # a pipe would wait for its writer, a device has no end
            raise InputError("is a pipe or a device; give files or folders", value=path)
        else:
            found.append(SourceFile(path.resolve(), shown(path.name), None))
    if not found and not ignored:
        raise InputError("give files or folders to work on")
    if not found:
        raise refused or InputError(ignored[0].reason)
    return replace(Source(found[0].path.parent, tuple(found), ()), ignored=tuple(ignored))
