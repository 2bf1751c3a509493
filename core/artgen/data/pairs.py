"""Pairs of files for the task translate: two folders with matching names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from artgen.contract.data import Skipped, Source, SourceFile


def pair_files(source: Source) -> Iterator[tuple[SourceFile, SourceFile] | Skipped] | None:
    """The files of a source that has exactly two sub-folders, in pairs of the same name (endings may differ): those of the
    first folder by name are given, those of the second wanted. A file without a partner becomes a Skipped. None where
    the source has no two sub-folders: each file then has to hold both.

    For plugins that offer translate; exported as ``artgen.pair_files``."""
    sides = pair_folders(source)
    return None if sides is None else _pairs(source, *sides)


def pair_folders(source: Source) -> tuple[str, str] | None:
    """The two sub-folders whose files are pairs, by name; None where there are no two, or files lie beside them."""
    tops = sorted({PurePosixPath(file.name).parts[0] for file in source.files if "/" in file.name})
    if len(tops) != 2 or any("/" not in file.name for file in source.files):
        return None
    return tops[0], tops[1]


def _pairs(source: Source, first: str, second: str) -> Iterator[tuple[SourceFile, SourceFile] | Skipped]:
    sides: dict[str, dict[str, SourceFile]] = {first: {}, second: {}}
    for file in source.files:
        top, _, rest = file.name.partition("/")
        key = rest.rsplit(".", 1)[0]
        if key in sides[top]:
            yield Skipped(file.name, f"has the name of {sides[top][key].name}: rename one of them")
        else:
            sides[top][key] = file
    for key in sorted({*sides[first], *sides[second]}):
        one, two = sides[first].get(key), sides[second].get(key)
        if one is not None and two is not None:
            yield one, two
        else:
            alone, other = (one, second) if one is not None else (two, first)
            assert alone is not None
            yield Skipped(alone.name, f"has no partner: there is no {other}/{key}")
