"""Wishes while a run trains: lines of ``RUN/wishes.jsonl``, added by the studio or by hand, heard at every report.

A wish is a line of JSON that asks for one thing, see ``Wish``. A line ``{"taken": NUMBER, "at": SEEN}`` says when it was taken,
so that a run that is resumed, or trained again with the same file in its folder, takes it after the same number of items and has
the same weights to the bit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from artgen.errors import InputError, StorageError

FILE = "wishes.jsonl"
_LARGEST = 2**20  # bytes of the file that are read
_LINE = 4096  # bytes
_WORDS = {"lr": "learning rates times", "gamma": "penalty times", "augment_strength": "augmentation", "snapshot": "samples now",
          "budget": "budget plus", "images": "items plus"}  # fmt: skip
_Factor = Annotated[float, Field(ge=0.01, le=100)]


class Wish(BaseModel):
    """One wish.

    - ``lr``: a factor for both learning rates. ``gamma``: one for the gradient penalty.
    - ``augment_strength``: probability of each augmentation from now on; the adaptive one goes on from there.
    - ``snapshot``: samples now.
    - ``budget``: a time that is added (``5m``); ``images``: items that are added (``10k``), for a run that counts them.
    - ``at``: items seen when it is to be taken; None: at the next report.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lr: _Factor | None = None
    gamma: _Factor | None = None
    augment_strength: float | None = Field(default=None, ge=0, le=1)
    snapshot: Literal[True] | None = None
    budget: str | None = Field(default=None, max_length=40)
    images: str | None = Field(default=None, max_length=40)
    at: int | None = Field(default=None, ge=0, le=10**12)

    @model_validator(mode="after")
    def _one(self) -> Wish:
        if len(self.asked) != 1:
            raise ValueError(f"a wish asks for one of {', '.join(name for name in Wish.model_fields if name != 'at')}")
        return self

    @property
    def asked(self) -> dict[str, Any]:
        """What it asks for, by its name."""
        return {name: value for name, value in self.model_dump(exclude={"at"}).items() if value is not None}

    def __str__(self) -> str:
        return "".join(f"{_WORDS[name]}{'' if value is True else f' {value}'}" for name, value in self.asked.items())


def read_wish(given: Any) -> Wish:
    """A wish from plain values. Raises InputError in one line."""
    try:
        return Wish.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"wish: {f'{where[:40]}: ' if where else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from None


def add_wish(run: Path, wish: Wish) -> None:
    """Add a wish to a run that trains. Raises StorageError."""
    _append(run / FILE, json.dumps({**wish.asked, **({} if wish.at is None else {"at": wish.at})}))


@dataclass
class Wishes:
    """The wishes of a run folder as its training hears them.

    - ``path``: the file.
    - ``rows``: wishes in the order of their lines, or why a line is none.
    """

    path: Path
    rows: list[Wish | str] = field(default_factory=list)
    _at: dict[int, int] = field(default_factory=dict)  # number of a wish, from 1: items seen when it was taken
    _size: int = -1

    def look(self, taken: int, seen: int) -> None:
        """Read the file where it has grown; wishes beyond the first ``taken`` that name no time are to be taken now, after
        ``seen`` items. Raises StorageError where that cannot be noted."""
        try:
            size = self.path.stat().st_size
        except OSError:
            return
        if size == self._size:
            return
        self._size = size
        self._read()
        for number, row in enumerate(self.rows[taken:], taken + 1):
            if number not in self._at and (isinstance(row, str) or row.at is None or row.at <= seen):
                self._at[number] = seen
                _append(self.path, json.dumps({"taken": number, "at": seen}))

    def due(self, taken: int, seen: int) -> Iterator[Wish | str]:
        """The wishes beyond the first ``taken`` whose time has come, one after the other."""
        for number, row in enumerate(self.rows[taken:], taken + 1):
            asked = row.at if isinstance(row, Wish) else None
            at = self._at.get(number, asked)
            if at is None or seen < at:
                return
            yield row

    def _read(self) -> None:
        self.rows = []
        try:
            with self.path.open("rb") as file:
                *lines, last = file.read(_LARGEST).split(b"\n")
        except OSError:
            return
        if _plain(last) is not None:  # whole, though nobody has ended it
            lines.append(last)
        for number, line in enumerate(lines, 1):
            row = _plain(line)
            if isinstance(row, dict) and isinstance(row.get("taken"), int) and isinstance(row.get("at"), int):
                self._at.setdefault(row["taken"], row["at"])
            elif line.strip():
                self.rows.append(_wish(f"{FILE}: line {number}", row))


def _plain(line: bytes) -> Any:
    try:
        return json.loads(line) if len(line) <= _LINE else None
    except (ValueError, RecursionError):
        return None


def _wish(place: str, row: Any) -> Wish | str:
    try:
        return read_wish(row)
    except InputError as error:
        return f"{place}: {error}"


def _append(path: Path, line: str) -> None:
    try:
        with path.open("ab+") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            file.write(b"" if file.read(1) in (b"\n", b"") else b"\n")  # of a line by hand that nobody has ended
            file.write(line.encode() + b"\n")
    except OSError as error:
        raise StorageError(f"cannot be written ({error.strerror})", value=path) from None
