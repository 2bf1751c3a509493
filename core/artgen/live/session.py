"""What is played at each moment without a page: a place, what moves it, ways between places, freeze, blackout, panic."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from artgen.runfolder.state import Between, State
from artgen.studio.modulation import Matrix, Mover
from artgen.studio.parameters import Parameter, parameters
from artgen.studio.takes import Moment

OWN = ("/preset", "/play/freeze", "/play/dark", "/play/panic", "/play/speed", "/play/glide", "/play/surprise")
_CLOSE = 1e-3  # of a range: so near a smoothed value has come to where it goes
_FASTEST, _LONGEST_GLIDE = 8.0, 60.0


@dataclass(frozen=True)
class _Glide:
    """A way from one place to another, begun at ``start`` (seconds)."""

    origin: State
    start: float


def _turned(state: State, names: set[str]) -> State:
    """The same place where these directions have the other sign."""
    moves = {name: -amount if name in names else amount for name, amount in state.moves.items()}
    return state.model_copy(update={"moves": moves})


class Session:
    """One performance.

    - ``facts``: of the run, from its player.
    - ``presets``: states by their keys, 1 to 9.
    - ``smooth``: seconds in which a number that was sent is followed.
    - ``tell(address, value)``: hears what was done, for the way back to a controller.
    """

    def __init__(
        self,
        facts: Mapping[str, Any],
        matrix: Matrix,
        presets: Mapping[str, State],
        state: State | None = None,
        smooth: float = 0.05,
        tell: Callable[[str, float], None] = lambda _address, _value: None,
    ) -> None:
        self.known: dict[str, Parameter] = parameters(facts)
        self.state = state or State()
        self.dark = self.frozen = False
        self.speed, self.glide = 1.0, 0.0
        self._matrix, self._presets, self._smooth, self._tell = matrix, presets, smooth, tell
        self._mover = Mover(matrix, self.known)
        self._targets: dict[str, float] = {}
        self._way: _Glide | None = None
        self._next: State | None = None  # where to go when the way that is gone has ended
        self._time = self._last = 0.0  # of what moves by itself; of the clock
        self._shown = Moment(self.state)

    @property
    def addresses(self) -> list[str]:
        """Every address that is heard."""
        return [*self.known, *OWN]

    def hear(self, address: str, values: list[float]) -> None:
        """A message from outside: ``address`` is a parameter, one of the session's own, or a source of the matrix."""
        value = values[0] if values else 1.0
        if address in OWN:
            self._own(address, value)
        elif (parameter := self.known.get(address)) is not None:
            value = parameter.within(value)
            if parameter.field == "seed":
                self.go(parameter.put(self.state, value))
            elif parameter.whole or self._smooth <= 0:
                self.state = parameter.put(self.state, value)
            else:
                self._targets[address] = value
            self._tell(address, value)
        else:
            self.source(f"osc{address}", value)

    def source(self, name: str, value: float) -> None:
        """A source of the matrix has another value; a MIDI note that no row hears is a seed."""
        if name.startswith("midi/note/") and value > 0 and not any(row.source == name for row in self._matrix.rows):
            self.hear("/seed", [float(name.rpartition("/")[2])])
            return
        before = self.state
        after, others = self._mover.hear(name, value, before)
        if after.seed != before.seed:
            self.go(after)
        else:
            self.state = after
        for address, share in others:
            if address == "/preset":
                if share > 0:
                    self._own(address, 1 + round(share * 8))
            elif address in OWN:
                self._own(address, share)

    def renewed(self, facts: Mapping[str, Any]) -> None:
        """The run has newer weights. An address that was heard stays. ``turned`` in ``facts``: directions that point the other
        way now, so that what stands along them gets the other sign."""
        self.known.update(parameters(facts))
        names = set(facts.get("turned", ()))
        if not names:
            return
        self.state, self._targets = (
            _turned(self.state, names),
            {
                address: -target
                if self.known[address].key in names and self.known[address].field == "moves"
                else target
                for address, target in self._targets.items()
            },
        )
        self._next = self._next and _turned(self._next, names)
        self._way = self._way and replace(self._way, origin=_turned(self._way.origin, names))

    def go(self, place: State) -> None:
        """Another place: at once, or on a way of ``glide`` seconds; one way after the other."""
        self._targets.clear()
        if self.glide <= 0:
            self.state, self._way = place, None
        elif self._way is None:
            self._way = _Glide(self.state, self._last)
            self.state = place
        else:
            self._next = place

    def _own(self, address: str, value: float) -> None:
        if address == "/preset":
            key = str(round(value)) if abs(value) < 100 else ""
            if (kept := self._presets.get(key)) is None:
                return
            self.go(kept)
        elif address == "/play/freeze":
            self.frozen = value >= 0.5
        elif address == "/play/dark":
            self.dark = value >= 0.5
        elif address == "/play/speed":
            self.speed = min(_FASTEST, max(0.0, value))
        elif address == "/play/glide":
            self.glide = min(_LONGEST_GLIDE, max(0.0, value))
        elif address == "/play/surprise":
            if value >= 0.5:
                self.go(
                    self.state.model_copy(
                        update={"seed": (self.state.seed * 48_271 + 11) % 1_000_003, "projected": None}
                    )
                )
        elif value >= 0.5:
            self.panic()
        self._tell(address, value)

    def panic(self) -> None:
        """All modulation off, no way, no freeze, no blackout: what stands is shown."""
        self._mover = Mover(Matrix(), self.known)
        self._targets.clear()
        self._way = self._next = None
        self.frozen = self.dark = False

    def tick(self, now: float) -> Moment:
        """What is shown at ``now`` (seconds, rising)."""
        passed, self._last = max(0.0, now - self._last), now
        if self.frozen:
            self._shown = Moment(self._shown.state, self._shown.between, self.dark)
            return self._shown
        self._time += passed * self.speed
        self._pulse(passed * self.speed)
        self._approach(passed)
        state = self._mover.move(self.state, self._time)
        between = self._between(state, now)
        self._shown = Moment(state if between is None else between.first, between, self.dark)
        return self._shown

    def _pulse(self, passed: float) -> None:
        """Tell when an LFO begins another turn."""
        for name, lfo in self._matrix.lfos.items():
            turns = (self._time / lfo.seconds + lfo.phase, (self._time - passed) / lfo.seconds + lfo.phase)
            if math.floor(turns[0]) != math.floor(turns[1]):
                self._tell(f"/pulse/lfo/{name}", 1.0)

    def _approach(self, passed: float) -> None:
        share = 1 - math.exp(-passed / self._smooth) if self._smooth > 0 else 1.0
        for address, target in list(self._targets.items()):
            parameter = self.known[address]
            value = parameter.get(self.state)
            if abs(target - value) <= _CLOSE * (parameter.high - parameter.low):
                del self._targets[address]
                value = target
            else:
                value += (target - value) * share
            self.state = parameter.put(self.state, value)

    def _between(self, state: State, now: float) -> Between | None:
        """Where on a way, with what moves by itself at both of its ends."""
        if self._way is None:
            return None
        share = (now - self._way.start) / self.glide if self.glide > 0 else 1.0
        if share >= 1:
            self._way = None
            if self._next is not None:
                place, self._next = self._next, None
                self.go(place)
            return None
        first = self._mover.move(self._way.origin, self._time)
        return Between(toward=state, first=first, share=(1 - math.cos(math.pi * max(0.0, share))) / 2)
