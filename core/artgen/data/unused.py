"""Files of a folder that are not used: counted in one way before a training, by it, and in what tells of it later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.contract.data import IN_PART, Skipped
from artgen.contract.record import SkippedRow

UNUSABLE, PART, OTHER = "unusable", "part", "other"
_LISTED = 200  # files that a page names


@dataclass(frozen=True)
class Unused:
    """Files with reasons, a row for each: those that could not be used, those that are used in part, and those of a kind that the
    domain does not read."""

    unusable: tuple[SkippedRow, ...]
    part: tuple[SkippedRow, ...]
    other: tuple[SkippedRow, ...]

    @property
    def rows(self) -> tuple[SkippedRow, ...]:
        """All of them; what can be mended comes first."""
        return (*self.unusable, *self.part, *self.other)

    @property
    def plain(self) -> dict[str, Any]:
        """For a page: how many of each kind, the first of each, and the first of all by name."""
        kinds = {UNUSABLE: self.unusable, PART: self.part, OTHER: self.other}
        first = {kind: rows[0].model_dump() for kind, rows in kinds.items() if rows}
        named = [row.model_dump() for row in self.rows[:_LISTED]]
        return {**{kind: len(rows) for kind, rows in kinds.items()}, "first": first, "rows": named}


def unused(skipped: Iterable[Skipped], suffixes: Sequence[str]) -> Unused:
    """Files that a domain of ``suffixes`` skipped, by kind."""
    return counted(SkippedRow(name=one.name, reason=one.reason, kind=_kind(one, suffixes)) for one in skipped)


def counted(rows: Iterable[SkippedRow]) -> Unused:
    """The same of rows that were written: a file that is skipped for several reasons counts once, by the first one."""
    found: dict[str, dict[str, SkippedRow]] = {UNUSABLE: {}, PART: {}, OTHER: {}}
    for row in rows:
        usual = PART if row.reason.endswith(IN_PART) else UNUSABLE  # older runs tell no kind
        found.get(row.kind, found[usual]).setdefault(row.name, row)
    return Unused(*(tuple(names.values()) for names in found.values()))


def _kind(skipped: Skipped, suffixes: Sequence[str]) -> str:
    if skipped.reason.endswith(IN_PART):
        return PART
    return UNUSABLE if Path(skipped.name).suffix.lower() in suffixes else OTHER
