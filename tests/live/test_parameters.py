"""Promise: everything playable has an address, a range and a curve, and whatever is sent there stays within bounds."""

from __future__ import annotations

import math

import pytest

from artgen.errors import InputError
from artgen.runfolder.state import State, read_state
from artgen.studio.parameters import Parameter, find, parameters, plain

FACTS = {
    "labels": ["cats", "big dogs/*"],
    "layers": 4,
    "sampling": ["seconds", "fps", "loop", "motion"],
    "usual": {"seconds": 4.1, "fps": 8.0},
    "directions": [
        {"name": "s1", "called": "brighter", "mirrored": True},
        {"name": "s2", "called": None, "mirrored": False},
        {"name": "p1", "called": "brighter", "mirrored": False},
    ],
}


def test_a_value_that_was_put_is_got() -> None:
    for parameter in parameters(FACTS).values():
        state = State()
        if parameter.address == "/mix/first":
            state = parameters(FACTS)["/mix/seed"].put(state, 5)
        assert parameter.get(state) == pytest.approx(parameter.usual), parameter.address
        for share in (0.0, 0.3, 1.0):
            value = parameter.within(parameter.at(share))
            after = parameter.put(state, value)
            assert parameter.get(after) == pytest.approx(value), parameter.address
            assert read_state(after.model_dump()) == after, "it is a state that a file could hold"
            if not parameter.whole:
                assert parameter.share(value) == pytest.approx(share)


def test_a_direction_answers_to_what_it_is_called_and_to_its_own_name() -> None:
    known = parameters(FACTS)
    assert known["/direction/brighter"].put(State(), 2.0).moves == {"s1": -2.0}  # it was measured the other way round
    assert known["/direction/s1"].put(State(), 2.0).moves == {"s1": 2.0}
    assert known["/direction/p1"].put(State(), 2.0).moves == {"p1": 2.0}, "the second of that name keeps its own"
    assert known["/direction/s1"].put(State(moves={"s1": 1.0, "s2": 1.0}), 0).moves == {"s2": 1.0}


def test_addresses_are_addresses_of_osc() -> None:
    assert "/class/big-dogs" in parameters(FACTS)
    assert plain("#*") == "unnamed"
    for address in parameters(FACTS):
        assert not set(address) & set(" #*,?[]{}")


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "x", None])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="/daring: give a number"):
        parameters(FACTS)["/daring"].put(State(), wrong)  # type: ignore[arg-type]


def test_numbers_beyond_the_bounds_stay_within() -> None:
    known = parameters(FACTS)
    assert known["/daring"].put(State(), 1e308).truncation == 2.0
    assert known["/direction/s1"].put(State(), -1e308).moves == {"s1": -20.0}
    assert known["/seed"].put(State(projected="me"), 7.4) == State(seed=7)
    assert known["/mix/first"].put(State(), 2.0).mix is None, "nothing is mixed in"
    assert known["/mix/seed"].put(State(), 3.0).mix is not None
    assert known["/mix/seed"].put(known["/mix/seed"].put(State(), 3.0), -1.0).mix is None
    with pytest.raises(InputError, match="did you mean /daring"):
        find(known, "/darin")


def test_a_log_curve_gives_each_doubling_the_same_way() -> None:
    knob = Parameter("/x", "seconds", low=1.0, high=16.0, curve="log")
    assert [knob.at(share) for share in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx([1, 2, 4, 8, 16])
