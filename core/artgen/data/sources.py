"""Where a run finds what it learns from: the user's folders, or what ships with the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artgen.data.scan import scan
from artgen.errors import InputError
from artgen.types import Domain, Source, SourceFile

EMBEDDED = "embedded"


@dataclass(frozen=True)
class Sources:
    """The files of the data, and of the style of the task style; None: its prepared form is used, or there is none."""

    data: Source | None
    style: Source | None = None


def data_source(domain: Domain, folder: Path | None) -> Source:
    """``folder`` or the embedded data of the domain (as it is for the task). Raises InputError where there is none."""
    if folder is not None:
        return scan(folder, domain.suffixes)
    if domain.embedded is None:
        raise InputError(f"--data: {domain.name} has no embedded data for this, give a folder")
    return scan(domain.embedded, domain.suffixes)


def style_source(domain: Domain, path: Path | None) -> Source:
    """The works of a style: a folder, a single file, or those embedded. Raises InputError where there is none."""
    if path is None and domain.style is None:
        raise InputError(f"--task style: {domain.name} brings no style of its own, give a folder or a file by --style")
    where = path if path is not None else domain.style
    assert where is not None
    if not where.is_file():
        return scan(where, domain.suffixes, "--style")
    if where.suffix.lower() not in domain.suffixes:
        raise InputError(f"--style {where}: {domain.name} reads {', '.join(domain.suffixes)}")
    return Source(where.resolve().parent, (SourceFile(where.resolve(), where.name, None),), ())
