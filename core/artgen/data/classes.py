"""Which class each file of a folder belongs to: by sub-folders, unless a person says otherwise.

``--classes folders`` (the default) takes the sub-folders of the first level where they look like classes. ``none`` takes none. A
number takes the folders of that level: ``2`` is Album in Artist/Album. ``faces,animals`` takes these folders, wherever they are;
files outside of them have no class.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from artgen.data.names import same, shown
from artgen.errors import InputError
from artgen.runtime.remarks import Remark

FOLDERS, NONE = "folders", "none"
_SPLITS = frozenset({"train", "test", "val", "valid", "validation", "training", "testing", "dev", "eval"})
_DATE = re.compile(r"(19|20)\d\d([-_. ]?\d\d){0,2}")
_SHOWN = 12  # names in a line


def choose(files: Sequence[tuple[str, ...]], wish: str) -> tuple[list[str | None], Remark]:
    """The class of each file (None: none), and a line that says which there are and why.

    - ``files``: the names of each from the folder down, the file's own last.

    Raises InputError for a wish that cannot be."""
    wish = wish.strip()
    if wish == NONE:
        return [None] * len(files), Remark("no classes, as --classes none says", "")
    if wish == FOLDERS:
        return _by_folders(files)
    if wish.isdecimal():
        return _by_level(files, int(wish))
    return _by_names(files, [shown(name.strip()) for name in wish.split(",") if name.strip()])


def _by_folders(files: Sequence[tuple[str, ...]]) -> tuple[list[str | None], Remark]:
    none: list[str | None] = [None] * len(files)
    tops = Counter(parts[0] for parts in files if len(parts) > 1)
    beside = [parts[0] for parts in files if len(parts) == 1]
    if not tops or (len(tops) == 1 and not beside):
        return none, Remark("", "")
    names = sorted(tops)
    if beside:
        if len(names) < 2:
            return none, Remark("", "")
        one = len(beside) == 1
        why = (
            f"no classes, because {len(beside)} {'file lies' if one else 'files lie'} beside the folders ({beside[0]}): move "
            f"{'it' if one else 'them'} into one of them"
        )
        return none, _said(why, ", or take the folders by --classes 1")
    if all(name.casefold() in _SPLITS for name in names):
        inner, about = _by_folders([parts[1:] if len(parts) > 1 else parts for parts in files])
        sets, below = (
            _said(f"{_list(names)} are parts of one set and no classes"),
            about or _said("no classes below them"),
        )
        return inner, Remark(f"{sets}; {below}", f"{sets.page}; {below.page}")
    if all(name.isdecimal() or _DATE.fullmatch(name) for name in names):
        why = f"no classes: the folders {_list(names)} look like storage or dates"
        return none, _said(why, "; --classes 1 takes them as classes")
    return _told([parts[0] for parts in files])


def _said(line: str, way: str = "") -> Remark:
    """A line about classes, which a page calls kinds. ``way``: what only the command line adds."""
    return Remark(line + way, line.replace("classes", "kinds", 1))


def _by_level(files: Sequence[tuple[str, ...]], level: int) -> tuple[list[str | None], Remark]:
    deepest = max(len(parts) for parts in files) - 1
    if not 1 <= level <= max(deepest, 1) or not deepest:
        raise InputError(f"the folders are {deepest} deep", at="--classes", value=level)
    return _told([parts[level - 1] if len(parts) > level else None for parts in files])


def _by_names(files: Sequence[tuple[str, ...]], wanted: Sequence[str]) -> tuple[list[str | None], Remark]:
    known = tuple({part for parts in files for part in parts[:-1]})
    found = {name: same(name, known) for name in wanted}
    missing = [name for name, folder in found.items() if folder is None]
    if missing or not wanted:
        raise InputError(
            f"there is no folder {missing[0] if missing else ''} with files in it",
            at="--classes",
            value=",".join(wanted),
        )
    chosen = set(found.values())
    return _told([next((part for part in parts[:-1] if part in chosen), None) for parts in files])


def _told(labels: Sequence[str | None]) -> tuple[list[str | None], Remark]:
    counts = Counter(label for label in labels if label is not None)
    if len(counts) < 2:
        return [None] * len(labels), _said("no classes: one folder alone makes none")
    outside = sum(label is None for label in labels)
    rest = f"; {outside:,} files have none" if outside else ""
    sizes = _list([f"{name} ({n:,})" for name, n in sorted(counts.items())])
    found = f"{len(counts)} kinds: {_list(sorted(counts))}{rest}"  # a page counts files that can be used: not known yet
    return list(labels), Remark(f"{len(counts)} classes: {sizes}{rest}", found)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
