"""Works that a person has starred: ``favorites.json`` in the run folder, states with names."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artgen.errors import InputError
from artgen.runtime.disk import write_atomic
from artgen.studio.state import State, read_state

FILE = "favorites.json"
MOST = 1000
_LARGEST = 2**22  # bytes


class Favorite(BaseModel):
    """``id``: its name on the page. ``model``: hash of the weights that made it, empty where nobody knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern="^[0-9a-f]{8}$")
    state: State
    note: Annotated[str, Field(max_length=500)] = ""
    seen: int = 0


class Favorites(BaseModel):
    """The whole file. ``format``: 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int = 1
    works: tuple[Favorite, ...] = Field(default=(), max_length=MOST)


def read(run: Path) -> Favorites:
    """The favorites of a run. Raises InputError for a file that is not one of these."""
    path = run / FILE
    try:
        if not path.is_file():
            return Favorites()
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: larger than 4 MiB, not a file of favorites")
        return Favorites.model_validate(json.loads(path.read_bytes()))
    except (ValidationError, ValueError, RecursionError, OSError) as error:
        raise InputError(f"{path}: not a file of favorites ({str(error).splitlines()[0][:80]}); move it away") from None


def star(run: Path, state: Any, seen: int) -> Favorites:
    """Add a work; one that is there already is left. Raises InputError."""
    place, before = read_state(state), read(run)
    if any(work.state == place for work in before.works):
        return before
    if len(before.works) >= MOST:
        raise InputError(f"a run keeps {MOST} favorites; let go of one first")
    return _write(run, (*before.works, Favorite(id=secrets.token_hex(4), state=place, seen=max(0, seen))))


def unstar(run: Path, name: str) -> Favorites:
    """Take a work away."""
    return _write(run, tuple(work for work in read(run).works if work.id != name))


def _write(run: Path, works: tuple[Favorite, ...]) -> Favorites:
    found = Favorites(works=works)
    rows = {
        "format": 1,
        "works": [w.model_dump() | {"state": w.state.model_dump(exclude_defaults=True)} for w in works],
    }
    write_atomic(run / FILE, json.dumps(rows, indent=1).encode())
    return found
