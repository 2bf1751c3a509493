"""A *card*: a run to be given to others. Its folder is a run folder with what playing needs; ``artgen.json`` lists every file
with size and hash.

Reading one trusts nothing: the list is closed, sizes are capped before a byte is fetched, hashes are checked, nothing runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from artgen.contract.record import Count, Maybe, Record, Text

FILE = "artgen.json"
LIMIT = 2**16  # bytes of artgen.json
CHECKPOINT = "checkpoints/last.safetensors"
_MOST = 2**32  # bytes of all files
_KINDS = {  # what a card may hold, and how large it may be
    re.escape(CHECKPOINT): 2**32,
    r"config\.toml|quality\.json|README\.md": 2**20,
    r"directions\.safetensors": 2**20,
    r"favorites\.json|metrics\.jsonl": 2**22,
    r"index\.html": 2**26,
    r"gallery/[A-Za-z0-9][\w+-]{0,99}\.(?:png|webp|gif|jpg|wav|flac|ogg|mp3|mp4|webm|npy|npz)": 2**26,
}
Words = Annotated[Text, Field(max_length=4000)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]


class CardFile(Record):
    """``name``: relative to the card, one of a closed list. ``size`` in bytes."""

    name: Name
    size: Count
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _listed(self) -> Self:
        largest = next((most for kind, most in _KINDS.items() if re.fullmatch(kind, self.name, re.ASCII)), None)
        if largest is None:
            raise ValueError(f"no card holds a file {self.name[:80]!r}")
        if self.size > largest:
            raise ValueError(f"{self.name} has {self.size} bytes, at most {largest}")
        return self


class Card(Record):
    """``artgen.json``.

    - ``plugin``, ``distribution``, ``version``, ``api``: what plays it.
    - ``model``: hash of the weights, which the labels of its works name.
    - ``task``, ``labels``: what it makes.
    - ``title``, ``by``, ``note``, ``license``, ``about_data``: in the words of the person who shares it.
    - ``copies``: share of the works that are near copies of training items; None: nobody looked.
    """

    format: Literal[1] = 1
    plugin: Name
    distribution: Name
    version: Name
    api: Count
    model: Name
    task: Name
    labels: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()
    title: Words = ""
    by: Words = ""
    note: Words = ""
    license: Words
    about_data: Words
    copies: Maybe = None
    files: Annotated[tuple[CardFile, ...], Field(max_length=100)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [file.name.lower() for file in self.files]  # some disks do not tell a from A
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"{twice} is listed twice")
        if CHECKPOINT not in names:
            raise ValueError(f"it lists no {CHECKPOINT}")
        if sum(file.size for file in self.files) > _MOST:
            raise ValueError("more than 4 GiB in all")
        return self

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def lines(self) -> Iterator[str]:
        """What a person should know who has got it; codes for the terminal, which a stranger may have written, become spaces."""
        yield from ("".join(c if c.isprintable() else " " for c in line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        by = f" by {self.by}" if self.by else ""
        yield f"{self.title or 'a run'}{by}: {self.plugin}, {self.task}{', ' + ', '.join(self.labels) if self.labels else ''}"
        yield f"license: {self.license}"
        yield f"trained on: {self.about_data}"
        if self.copies is not None:
            yield f"near copies of training items: {self.copies:.0%} of the works"
