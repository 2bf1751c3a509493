"""What moves controls by itself or from outside: LFOs, loops of noise, sound, MIDI, OSC, a gamepad, a pad.

A *source* has a name and a value in [0, 1]: ``lfo/1``, ``noise/1``, ``sound/level``, ``sound/bass``, ``sound/mid``,
``sound/high``, ``sound/onset``, ``midi/cc/1/74``, ``midi/note/1/60``, ``midi/bend/1``, ``osc/any/address``, ``gamepad/axis/0``,
``pad/x``. A *row* says which parameter follows it and how. The same matrix is played by the page (``page/modulate.js``) and by
``artgen live``; it is kept in the run folder, ``modulation.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artgen.errors import InputError
from artgen.runfolder.state import State
from artgen.runtime.disk import write_atomic
from artgen.studio.parameters import Parameter

FILE = "modulation.json"
_LARGEST = 2**18  # bytes
_NEAR = 0.04  # of the way of a knob: so near a MIDI knob has to come before it takes over
_BOTH_WAYS = ("lfo/", "noise/", "pad/", "midi/bend/", "gamepad/axis/")  # sources whose middle means no change

Shape = Literal["sine", "triangle", "saw", "square", "steps"]
Slot = Annotated[str, Field(pattern="^[1-4]$")]
Address = Annotated[str, Field(min_length=1, max_length=200)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Lfo(_Value):
    """An oscillator. ``seconds``: of a turn. ``phase``: where it begins, in turns."""

    shape: Shape = "sine"
    seconds: float = Field(default=4.0, ge=0.05, le=3600)
    phase: float = Field(default=0.0, ge=0, le=1)

    def at(self, time: float) -> float:
        """Its value at ``time`` (seconds), in [0, 1]."""
        turns = time / self.seconds + self.phase
        place = turns - math.floor(turns)
        if self.shape == "sine":
            return 0.5 + 0.5 * math.sin(2 * math.pi * place)
        if self.shape == "triangle":
            return 1 - abs(2 * place - 1)
        if self.shape == "square":
            return 1.0 if place < 0.5 else 0.0
        return place if self.shape == "saw" else _hash(math.floor(turns), 0)


class NoiseLoop(_Value):
    """Noise that comes back to where it began after ``seconds``, without a step; ``seed``: which one."""

    seconds: float = Field(default=12.0, ge=0.5, le=3600)
    seed: int = Field(default=0, ge=0, le=9999)

    def at(self, time: float) -> float:
        """Its value at ``time`` (seconds), in [0, 1]."""
        waves = ((k, 1 / k) for k in (1, 2, 3, 4))
        total = sum(
            share * math.sin(2 * math.pi * (k * time / self.seconds + _hash(self.seed, k))) for k, share in waves
        )
        return min(1.0, max(0.0, 0.5 + total / 3.2))


class Row(_Value):
    """A source and what follows it.

    - ``to``: the address of a parameter, or one of the session's own, such as ``/preset``.
    - ``mode``: ``add`` moves the parameter around where it stands, ``set`` puts it where the source says.
    - ``amount``: of ``add``: share of the parameter's range, negative turns it round.
    - ``low``, ``high``: of ``set``: from where to where on its way, 0 to 1.
    - ``attack``, ``release``: seconds in which it follows upwards and downwards.
    """

    source: Annotated[str, Field(min_length=1, max_length=200)]
    to: Address
    mode: Literal["add", "set"] = "add"
    amount: float = Field(default=0.5, ge=-1, le=1)
    low: float = Field(default=0.0, ge=0, le=1)
    high: float = Field(default=1.0, ge=0, le=1)
    attack: float = Field(default=0.05, ge=0, le=60)
    release: float = Field(default=0.15, ge=0, le=60)


class Matrix(_Value):
    """The whole file. ``lfos``, ``noises``: by their number, 1 to 4."""

    lfos: dict[Slot, Lfo] = {}
    noises: dict[Slot, NoiseLoop] = {}
    rows: tuple[Row, ...] = Field(default=(), max_length=64)


class Mover:
    """Plays a matrix. ``known``: the parameters of the run by address."""

    def __init__(self, matrix: Matrix, known: Mapping[str, Parameter]) -> None:
        self.matrix, self._known = matrix, known
        self._values: dict[str, float] = {}  # of sources from outside
        self._smooth: dict[int, tuple[float, float]] = {}  # of a row: when, and its value then
        self._held: dict[int, float] = {}  # of a row that sets: the last value of its source

    def hear(self, source: str, value: float, state: State) -> tuple[State, list[tuple[str, float]]]:
        """A source from outside has another value: the state after it, and what is set that is no parameter of the run."""
        value = min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0
        self._values[source] = value
        others: list[tuple[str, float]] = []
        for number, row in enumerate(self.matrix.rows):
            if row.source != source or row.mode != "set":
                continue
            share = row.low + (row.high - row.low) * value
            parameter = self._known.get(row.to)
            if parameter is None:
                others.append((row.to, share))
            elif self._takes_over(number, row, parameter.share(parameter.get(state)), share):
                state = parameter.put(state, parameter.at(share))
        return state, others

    def _takes_over(self, number: int, row: Row, stands: float, share: float) -> bool:
        """Whether a knob may move its parameter: from where it has met it on, so that nothing jumps."""
        last, self._held[number] = self._held.get(number), share
        if not row.source.startswith("midi/cc/"):
            return True
        met = abs(share - stands) <= _NEAR or (last is not None and (last - stands) * (share - stands) <= 0)
        follows = last is not None and abs(last - stands) <= _NEAR
        return met or follows

    def move(self, state: State, time: float) -> State:
        """``state`` as the rows that add have moved it at ``time`` (seconds)."""
        for number, row in enumerate(self.matrix.rows):
            parameter = self._known.get(row.to)
            if row.mode != "add" or parameter is None or (value := self.value(row.source, time)) is None:
                continue
            value = self._followed(number, row, value, time)
            offset = row.amount * (value - (0.5 if row.source.startswith(_BOTH_WAYS) else 0.0))
            base = parameter.get(state)
            if parameter.curve == "log":
                state = parameter.put(state, parameter.at(parameter.share(base) + offset))
            else:
                state = parameter.put(state, base + offset * (parameter.high - parameter.low))
        return state

    def value(self, source: str, time: float) -> float | None:
        """What a source says at ``time``; None: nothing yet."""
        kind, _, name = source.partition("/")
        if kind == "lfo":
            return self.matrix.lfos[name].at(time) if name in self.matrix.lfos else None
        if kind == "noise":
            return self.matrix.noises[name].at(time) if name in self.matrix.noises else None
        return self._values.get(source)

    def _followed(self, number: int, row: Row, value: float, time: float) -> float:
        """The value of a row, smoothed."""
        before, old = self._smooth.get(number, (time, value))
        slow = row.attack if value > old else row.release
        share = 1.0 if slow <= 0 else 1 - math.exp(-max(0.0, time - before) / slow)
        new = old + (value - old) * share
        self._smooth[number] = time, new
        return new


def _hash(seed: int, k: int) -> float:
    """A number in [0, 1) that looks random, the same in the page."""
    x = math.sin(seed * 12.9898 + k * 78.233) * 43758.5453
    return x - math.floor(x)


def read_matrix(given: Any, name: str) -> Matrix:
    """A matrix from plain values. ``name``: where they come from. Raises InputError naming the first field that is wrong."""
    try:
        return Matrix.model_validate(given)
    except (ValidationError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "nested too deeply"}
        place = ".".join(str(part) for part in first["loc"])[:80]
        raise InputError(f"{name}: {place}: {first['msg']}") from None


def load_matrix(path: Path) -> Matrix:
    """The matrix of a file; an empty one where there is no file. Raises InputError for anything else."""
    try:
        if not path.is_file():
            return Matrix()
        if path.stat().st_size > _LARGEST:
            raise InputError("larger than 256 KiB, not a modulation matrix", value=path)
        given = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"not a modulation matrix ({str(error)[:80]}); move it away", value=path) from None
    return read_matrix(given, str(path))


def save_matrix(run: Path, given: Any) -> Matrix:
    """Keep a matrix in the folder of a run. Raises InputError for a wrong one, StorageError."""
    matrix = read_matrix(given, "modulation")
    write_atomic(run / FILE, json.dumps(matrix.model_dump(), indent=1).encode())
    return matrix
