"""What can be played of a run: each thing with an address, a range and a curve, whoever moves it.

A slider, a MIDI knob, an OSC message and an LFO all set a *parameter*. The page gets the same list (``Parameter.plain``), so that
an address means one thing everywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from artgen.errors import InputError, nearest
from artgen.runfolder.state import State, StyleMix

Curve = Literal["linear", "log"]
_SEEDS = 9999.0  # of the range of a knob; a number that is sent may be any seed
_MOST_SEED = float(2**53 - 1)
_FORBIDDEN = re.compile(r"[\s#*,/?\[\]{}]+")  # what an address of OSC may not hold


@dataclass(frozen=True)
class Parameter:
    """One thing that can be played.

    - ``address``: its name for everything that plays, like ``/direction/brighter``.
    - ``field``, ``key``: where its value stands in a ``State``; ``key`` in the mapping or the style mix there.
    - ``low``, ``high``: the range of a knob.
    - ``least``, ``most``: bounds of a number that is sent, which may go beyond the range.
    - ``usual``: its value when nobody moved it.
    - ``curve``: how a knob goes from ``low`` to ``high``.
    - ``whole``: whole numbers only; such a value jumps and is not smoothed.
    - ``sign``: -1 for a direction that is called by its other end.
    """

    address: str
    field: str
    key: str = ""
    low: float = 0.0
    high: float = 1.0
    least: float = 0.0
    most: float = 1.0
    usual: float = 0.0
    curve: Curve = "linear"
    whole: bool = False
    sign: int = 1

    @property
    def plain(self) -> dict[str, Any]:
        """The same as plain values, for the page."""
        return asdict(self)

    def at(self, share: float) -> float:
        """The value of a knob that stands at ``share`` of its way, 0 to 1."""
        share = min(1.0, max(0.0, share))
        if self.curve == "log":
            return self.low * (self.high / self.low) ** share
        return self.low + (self.high - self.low) * share

    def share(self, value: float) -> float:
        """Where a knob stands for ``value``, 0 to 1."""
        value = min(max(value, min(self.low, self.high)), max(self.low, self.high))
        if self.curve == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def within(self, value: float) -> float:
        """``value`` inside the bounds, whole where only whole numbers are. Raises InputError for what is no finite number."""
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(f"{self.address}: give a number")
        value = min(self.most, max(self.least, float(value)))
        return float(round(value)) if self.whole else value

    def get(self, state: State) -> float:
        """Its value in ``state``."""
        if self.field in ("moves", "label"):
            found = getattr(state, self.field).get(self.key, 0.0)
        elif self.field == "mix":
            found = None if state.mix is None else getattr(state.mix, self.key)
        else:
            found = getattr(state, self.field)
        return self.usual if found is None else float(found) * self.sign

    def put(self, state: State, value: float) -> State:
        """``state`` with the value, within the bounds. Raises InputError for what is no finite number."""
        value = self.within(value)
        if self.field in ("moves", "label"):
            others = {name: v for name, v in getattr(state, self.field).items() if name != self.key}
            return state.model_copy(update={self.field: others | ({self.key: value * self.sign} if value else {})})
        if self.field == "mix":
            return state.model_copy(update={"mix": self._mixed(state.mix, int(value))})
        if self.field == "seed":
            return state.model_copy(update={"seed": int(value), "projected": None})
        if self.field == "motion":
            return state.model_copy(update={"motion": int(value) if value >= 0 else None})
        return state.model_copy(update={self.field: bool(value) if self.field == "loop" else value})

    def _mixed(self, mix: StyleMix | None, value: int) -> StyleMix | None:
        if self.key == "seed":
            return (
                None if value < 0 else StyleMix(seed=value) if mix is None else mix.model_copy(update={"seed": value})
            )
        return mix and mix.model_copy(update={"first": value})


def parameters(facts: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters of a run by their addresses, from the facts that its player tells (``playing.Opened.facts``)."""
    found: dict[str, Parameter] = {}

    def add(parameter: Parameter) -> None:
        found.setdefault(parameter.address, parameter)

    add(Parameter("/seed", "seed", high=_SEEDS, most=_MOST_SEED, whole=True))
    add(Parameter("/daring", "truncation", high=1.5, most=2.0, usual=1.0))
    for direction in facts.get("directions", ()):
        name = direction.get("called") or direction["name"]
        sign = -1 if direction.get("called") and direction.get("mirrored") else 1
        for word, way in ((name, sign), (direction["name"], 1)):  # a name that was measured, and the one that stays
            add(Parameter(f"/direction/{plain(word)}", "moves", direction["name"], -4.0, 4.0, -20.0, 20.0, sign=way))
    for label in facts.get("labels", ()):
        add(Parameter(f"/class/{plain(label)}", "label", label))
    can = facts.get("sampling", ())
    usual = facts.get("usual", {})
    if "seconds" in can:
        add(Parameter("/seconds", "seconds", "", 1.0, 30.0, 0.5, 60.0, float(usual.get("seconds") or 2.0), "log"))
    if "fps" in can:
        add(Parameter("/fps", "fps", "", 4.0, 60.0, 1.0, 240.0, float(usual.get("fps") or 12.0), "log"))
    if "loop" in can:
        add(Parameter("/loop", "loop", whole=True))
    if "motion" in can:
        add(Parameter("/motion", "motion", high=_SEEDS, least=-1.0, most=_MOST_SEED, usual=-1.0, whole=True))
    if (layers := int(facts.get("layers", 0))) > 1:
        add(Parameter("/mix/seed", "mix", "seed", 0.0, _SEEDS, -1.0, _MOST_SEED, -1.0, whole=True))
        last = float(layers - 1)
        add(Parameter("/mix/first", "mix", "first", 0.0, last, 0.0, last, 1.0, whole=True))
    return found


def plain(word: str) -> str:
    """A word as it stands in an address."""
    return _FORBIDDEN.sub("-", word).strip("-") or "unnamed"


def find(known: Mapping[str, Parameter], address: str) -> Parameter:
    """The parameter of an address. Raises InputError naming those that come near."""
    if (found := known.get(address)) is None:
        raise InputError(f"{address[:80]}: no such address, {nearest(address[:80], known)}")
    return found
