"""What is played: one frozen value that undo, favorites, the metadata of a file and the command line share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artgen.errors import InputError
from artgen.provenance.packet import PacketSearch

LONGEST = 2000  # characters of a recipe in the metadata of a file
_FILE = 2**28  # bytes of a file that is asked for its recipe
_SEED = 2**53 - 1  # the largest whole number that a page can hold exactly

Name = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[float, Field(ge=-20, le=20)]
Seed = Annotated[int, Field(ge=0, le=_SEED)]


class _Value(BaseModel):
    """Immutable and free of NaN. Fields that this version does not know are left out, so that files of a later one open."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class StyleMix(_Value):
    """The style layers ``first`` to ``last`` (None: the finest) take the style of ``seed``."""

    seed: Seed
    first: int = Field(default=1, ge=0, le=999)
    last: int | None = Field(default=None, ge=0, le=999)


class State(_Value):
    """A place in the space of a run, and what is asked of the work there.

    ``seed``: of everything random. ``label``: class weights; empty: the class whose turn it is. ``truncation``: psi. ``mix``:
    style mixing. ``moves``: standard deviations along named directions. ``seconds``, ``loop``, ``fps``, ``motion``: see
    ``artgen.SampleOptions``. ``projected``: the name of a work of one's own, which takes the place of the seed.
    """

    seed: Seed = 0
    label: dict[Name, Annotated[float, Field(ge=0, le=1e6)]] = Field(default={}, max_length=200)
    truncation: float = Field(default=1.0, ge=0, le=2)
    mix: StyleMix | None = None
    moves: dict[Name, Amount] = Field(default={}, max_length=100)
    seconds: float | None = Field(default=None, ge=0.5, le=3600)
    loop: bool = False
    fps: float | None = Field(default=None, ge=1, le=240)
    motion: Seed | None = None
    projected: Name | None = None

    @property
    def recipe(self) -> str:
        """Everything that is not as usual, as JSON for the metadata of a file; empty where that would be too long for it."""
        text = json.dumps(self.model_dump(exclude_defaults=True), separators=(",", ":"))
        return text if len(text) <= LONGEST else ""

    @property
    def weights(self) -> dict[str, float] | None:
        """Class weights, None where nothing is asked for."""
        return {name: share for name, share in self.label.items() if share > 0} or None

    def words(self) -> list[str]:
        """What stands behind ``artgen sample RUN`` for this work."""
        words = ["--projected", self.projected] if self.projected else ["--seeds", str(self.seed)]
        if weights := self.weights:
            words += ["--label", ",".join(f"{name}={share:g}" for name, share in weights.items())]
        if self.truncation != 1:
            words += ["--truncation", f"{self.truncation:g}"]
        if self.mix:
            last = "" if self.mix.last is None else self.mix.last
            words += ["--mix", str(self.mix.seed), "--mix-layers", f"{self.mix.first}-{last}"]
        for name, amount in self.moves.items():
            words += ["--move", f"{name}={amount:g}"] if amount else []
        words += ["--seconds", f"{self.seconds:g}"] if self.seconds else []
        words += ["--loop"] if self.loop else []
        words += ["--fps", f"{self.fps:g}"] if self.fps else []
        return words + (["--motion", str(self.motion)] if self.motion is not None else [])


class Between(_Value):
    """A work on the way from a state to the state ``toward``, ``share`` of the way on, 0 to 1. ``first``: where the whole way
    begins, from where noise comes."""

    toward: State
    first: State
    share: float = Field(ge=0, le=1)


def read_between(given: Any) -> Between | None:
    """Where on a way a work is; None for a work that is at its place. Raises InputError naming the first field that is wrong."""
    try:
        return None if given is None else Between.model_validate(given)
    except (ValidationError, RecursionError) as error:
        raise InputError(f"between: {_first(error)}") from None


def read_state(given: Any, name: str = "state") -> State:
    """A state from plain values of anywhere. Raises InputError naming the first field that is wrong."""
    try:
        return State.model_validate(given)
    except (ValidationError, RecursionError) as error:
        raise InputError(f"{name}: {_first(error)}") from None


def read_recipe(text: str) -> State:
    """The state that a file carries. Raises InputError for anything else."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("this file's recipe cannot be read") from None
    return read_state(given, "the recipe of this file")


def state_of_file(path: Path) -> State:
    """The state that a saved file carries in its metadata. Raises InputError for a file that carries none."""
    try:
        if path.stat().st_size > _FILE:
            raise InputError("larger than 256 MiB", value=path)
        search = PacketSearch()
        with path.open("rb") as file:
            while part := file.read(2**20):
                search.feed(part)
        fields = search.end()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", value=path) from None
    if not fields or not fields.get("recipe"):
        raise InputError("carries no recipe; save it from the studio", value=path)
    return read_recipe(fields["recipe"])


def read_states(given: Any, most: int) -> list[State]:
    """Several states. Raises InputError for none, too many, or a wrong one."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not 1 <= len(given) <= most:
        raise InputError(f"states: give 1 to {most}")
    return [read_state(one) for one in given]


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "nested too deeply"
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "it"
    return f"{place[:80]}: {first['msg']}"
