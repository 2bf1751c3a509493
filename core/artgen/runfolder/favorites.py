"""Places that a person keeps: ``favorites.json`` in the run folder holds stars, presets and stops of a walk, all as states."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artgen.errors import InputError
from artgen.runfolder.state import State, read_state, read_states
from artgen.runtime.disk import write_atomic

KEYS = tuple("123456789")
FILE = "favorites.json"
MOST = 1000
MOST_STOPS = 60  # of a walk
_LARGEST = 2**22  # bytes


class Favorite(BaseModel):
    """``id``: its name on the page. ``model``: hash of the weights that made it, empty where nobody knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern="^[0-9a-f]{8}$")
    state: State
    note: Annotated[str, Field(max_length=500)] = ""
    seen: int = 0


class Favorites(BaseModel):
    """The whole file. ``format``: 1. ``presets``: by the key that recalls them, 1 to 9. ``stops``: of the walk."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int = 1
    works: tuple[Favorite, ...] = Field(default=(), max_length=MOST)
    presets: dict[Annotated[str, Field(pattern="^[1-9]$")], State] = {}
    stops: tuple[State, ...] = Field(default=(), max_length=MOST_STOPS)


def read(run: Path) -> Favorites:
    """The favorites of a run. Raises InputError for a file that is not one of these."""
    path = run / FILE
    try:
        if not path.is_file():
            return Favorites()
        if path.stat().st_size > _LARGEST:
            raise InputError("larger than 4 MiB, not a file of favorites", value=path)
        return Favorites.model_validate(json.loads(path.read_bytes()))
    except (ValidationError, ValueError, RecursionError, OSError) as error:
        raise InputError(
            f"not a file of favorites ({str(error).splitlines()[0][:80]}); move it away", value=path
        ) from None


def shareable(run: Path) -> bytes | None:
    """The file as it may be given to others: without works that were projected from a person's own; None where nothing is left.
    Raises InputError."""
    found = read(run)
    works = tuple(work for work in found.works if not work.state.projected)
    presets = {key: state for key, state in found.presets.items() if not state.projected}
    stops = tuple(state for state in found.stops if not state.projected)
    return _text(Favorites(works=works, presets=presets, stops=stops)) if works or presets or stops else None


def star(run: Path, state: Any, seen: int) -> Favorites:
    """Add a work; one that is there already is left. Raises InputError."""
    place, before = read_state(state), read(run)
    if any(work.state == place for work in before.works):
        return before
    if len(before.works) >= MOST:
        raise InputError(f"a run keeps {MOST} favorites; let go of one first")
    work = Favorite(id=secrets.token_hex(4), state=place, seen=max(0, seen))
    return _write(run, before.model_copy(update={"works": (*before.works, work)}))


def unstar(run: Path, name: str) -> Favorites:
    """Take a work away."""
    before = read(run)
    return _write(run, before.model_copy(update={"works": tuple(work for work in before.works if work.id != name)}))


def preset(run: Path, key: str, state: Any) -> Favorites:
    """Keep a state under a key, 1 to 9; None empties it. Raises InputError."""
    if key not in KEYS:
        raise InputError("presets have the keys 1 to 9")
    before = read(run)
    others = {name: kept for name, kept in before.presets.items() if name != key}
    return _write(
        run, before.model_copy(update={"presets": others | ({} if state is None else {key: read_state(state)})})
    )


def stops(run: Path, states: Any) -> Favorites:
    """Keep the stops of a walk; an empty list lets go of them. Raises InputError."""
    found = tuple(read_states(states, MOST_STOPS)) if states != [] else ()
    return _write(run, read(run).model_copy(update={"stops": found}))


def _write(run: Path, found: Favorites) -> Favorites:
    write_atomic(run / FILE, _text(found))
    return found


def _text(found: Favorites) -> bytes:
    rows = {
        "format": 1,
        "works": [w.model_dump() | {"state": _short(w.state)} for w in found.works],
        "presets": {key: _short(state) for key, state in sorted(found.presets.items())},
        "stops": [_short(state) for state in found.stops],
    }
    return json.dumps(rows, indent=1).encode()


def _short(state: State) -> dict[str, Any]:
    return state.model_dump(exclude_defaults=True)
