"""Promise: one state says what is played, and whatever a stranger writes into it stays within bounds."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artgen.errors import InputError
from artgen.runfolder.state import State, StyleMix, read_recipe, read_state, read_states
from artgen.studio.wire import framed, length, pack, unpack

STATE = State(
    seed=7,
    label={"cats": 0.5, "dogs": 0.5},
    truncation=0.7,
    mix=StyleMix(seed=3, first=2),
    moves={"s1": 2.0},
    loop=True,
)


def test_a_recipe_brings_everything_back() -> None:
    assert read_recipe(STATE.recipe) == STATE
    assert State().recipe == "{}"
    assert read_recipe('{"seed": 7, "from the future": 1}') == State(seed=7)


def test_the_command_line_says_the_same() -> None:
    words = " ".join(STATE.words())
    assert words == "--seeds 7 --label cats=0.5,dogs=0.5 --truncation 0.7 --mix 3 --mix-layers 2- --move s1=2 --loop"
    assert State(projected="me").words() == ["--projected", "me"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"seed": 2**60},
        {"seed": "x"},
        {"truncation": math.nan},
        {"truncation": 3},
        {"moves": {"s1": 1e308}},
        {"moves": {"s1": math.inf}},
        {"seconds": 1e9},
        {"seconds": 0},
        {"fps": 1e6},
        {"label": {"a": -1}},
        {"label": {"": 1}},
        {"moves": {f"m{k}": 1 for k in range(101)}},
        {"mix": {"seed": 1, "first": -1}},
        {"projected": "x" * 999},
        [],
        None,
        "state",
        7,
    ],
)
def test_a_wrong_state_is_refused_in_a_line(wrong: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_state(wrong)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_broken_recipes_and_lists() -> None:
    for text in ("", "{", "[" * 100_000, '{"seed": NaN}', '{"truncation": Infinity}'):
        with pytest.raises(InputError):
            read_recipe(text)
    for states in ([], [{}] * 61, "{}", None):
        with pytest.raises(InputError):
            read_states(states, 60)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*State.model_fields, "other"]), json_values, max_size=6))
def test_anything_is_a_state_within_bounds_or_refused(given_: dict[str, Any]) -> None:
    try:
        state = read_state(given_)
    except InputError:
        return
    assert 0 <= state.seed < 2**53
    assert 0 <= state.truncation <= 2
    assert all(abs(amount) <= 20 for amount in state.moves.values())
    assert not state.recipe or read_recipe(state.recipe) == state


@given(st.dictionaries(st.text(max_size=10), st.integers() | st.text(max_size=30), max_size=5), st.binary(max_size=200))
def test_an_answer_comes_back_as_it_went(head: dict[str, Any], payload: bytes) -> None:
    message = pack(head, payload)
    assert unpack(message) == (json.loads(json.dumps(head)), payload)
    assert (len(message) - len(payload)) % 8 == 0
    assert length(framed(message)[:4]) == len(message)


def test_wrong_messages_are_refused() -> None:
    for message in (b"", b"\0\0\0", b"\1\0\0\0", b"\2\0\0\0[]"):
        with pytest.raises(ValueError):  # noqa: PT011  of whatever is wrong
            unpack(message)
    with pytest.raises(ValueError, match="bytes"):
        length(b"\xff\xff\xff\xff")
