"""Look through a folder: which files to read, in a stable order, and which class each belongs to."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from artgen.contract.data import Source, SourceFile
from artgen.errors import InputError


def scan(root: Path, suffixes: tuple[str, ...], flag: str = "--data") -> Source:
    """All files below ``root`` that end in one of ``suffixes``; sub-folders of the first level are classes.

    Hidden files are left out, links are followed once (a loop is cut), pipes and devices are never opened. A flat folder, or
    one sub-folder, means no classes. Raises InputError when ``root`` is not a folder that can be read or holds no such file.
    """
    root = root.expanduser()
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise InputError(f"{flag} {root}: {what}; give a folder with {_some(suffixes)} files")
    paths = sorted(_walk(root, suffixes), key=lambda p: p.relative_to(root).as_posix())
    if not paths:
        raise InputError(f"{flag} {root}: holds no {_some(suffixes)} file")
    tops = [p.relative_to(root).parts for p in paths]
    labels = tuple(sorted({parts[0] for parts in tops if len(parts) > 1}))
    if len(labels) < 2 or any(len(parts) == 1 for parts in tops):
        labels = ()
    files = (
        SourceFile(p.resolve(), p.relative_to(root).as_posix(), parts[0] if labels else None)
        for p, parts in zip(paths, tops, strict=True)
    )
    return Source(root.resolve(), tuple(files), labels)


def _walk(root: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Iterative, because folders may be nested deeper than Python's stack."""
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            paths = sorted(folder.iterdir())
        except OSError as error:
            if folder == root:
                raise InputError(f"{folder}: cannot be read ({error.strerror})") from None
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for path in paths:
            mode = 0 if path.name.startswith(".") else _mode(path)
            if stat.S_ISDIR(mode):
                waiting.append(path)
            elif stat.S_ISREG(mode) and path.suffix.lower() in suffixes:
                found.append(path)
    return found


def _mode(path: Path) -> int:
    """What ``path`` is, links followed; 0 for a dangling link."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _some(suffixes: tuple[str, ...]) -> str:
    return ", ".join(suffixes)


def given_files(paths: Iterable[Path], suffixes: tuple[str, ...]) -> list[SourceFile]:
    """Files, and all files of folders, that the domain reads. Raises InputError for a path that is missing or holds none."""
    found: list[SourceFile] = []
    for path in paths:
        if path.is_dir():
            found += scan(path, suffixes, "FILES").files
        elif not path.exists():
            raise InputError(f"{path}: does not exist; give files or folders")
        elif not path.is_file():  # a pipe would wait for its writer, a device has no end
            raise InputError(f"{path}: is a pipe or a device; give files or folders")
        else:
            found.append(SourceFile(path.resolve(), path.name, None))
    if not found:
        raise InputError("give files or folders to work on")
    return found
