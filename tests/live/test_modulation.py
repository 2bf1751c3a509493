"""Promise: LFOs, loops of noise and sources from outside move what they are told to, smoothly, and nothing jumps."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from artgen.errors import InputError
from artgen.runfolder.state import State
from artgen.studio.modulation import Lfo, Matrix, Mover, NoiseLoop, load_matrix, read_matrix, save_matrix
from artgen.studio.parameters import parameters
from tests.live.test_parameters import FACTS

KNOWN = parameters(FACTS)


def mover(*rows: dict[str, Any], **more: Any) -> Mover:
    return Mover(read_matrix({"rows": rows, **more}, "test"), KNOWN)


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ("sine", [0.5, 1, 0.5, 0]),
        ("triangle", [0, 0.5, 1, 0.5]),
        ("saw", [0, 0.25, 0.5, 0.75]),
        ("square", [1, 1, 0, 0]),
    ],
)
def test_oscillators_turn(shape: str, wanted: list[float]) -> None:
    lfo = Lfo.model_validate({"shape": shape, "seconds": 8})
    assert [lfo.at(t) for t in (0, 2, 4, 6)] == pytest.approx(wanted)
    assert [lfo.at(t + 800) for t in (0, 2, 4, 6)] == pytest.approx(wanted)


def test_steps_stand_for_a_turn_each() -> None:
    lfo = Lfo(shape="steps", seconds=1)
    found = [lfo.at(t + part) for t in range(20) for part in (0.0, 0.9)]
    assert found[::2] == found[1::2]
    assert len(set(found)) == 20


def test_a_loop_of_noise_closes() -> None:
    loop = NoiseLoop(seconds=10, seed=3)
    assert loop.at(10.0) == pytest.approx(loop.at(0.0))
    values = [loop.at(t / 100 * 10) for t in range(101)]
    assert max(abs(a - b) for a, b in pairwise(values)) < 0.12, "no step, at its end neither"
    assert 0 <= min(values) < 0.4 < 0.6 < max(values) <= 1
    assert NoiseLoop(seconds=10, seed=4).at(1) != loop.at(1)


def test_what_moves_by_itself_moves_around_where_the_slider_stands() -> None:
    found = mover(
        {"source": "lfo/1", "to": "/direction/s1", "amount": 0.5, "attack": 0, "release": 0}, lfos={"1": {"seconds": 4}}
    )
    at = lambda t: found.move(State(moves={"s1": 1.0}), t).moves.get("s1", 0.0)  # noqa: E731
    assert [at(t) for t in (0, 1, 2, 3)] == pytest.approx([1, 3, 1, -1])


def test_sound_pushes_one_way_and_is_smoothed() -> None:
    found = mover({"source": "sound/level", "to": "/daring", "amount": 0.4, "attack": 0.0, "release": 1.0})
    assert found.move(State(), 0.0) == State(), "nothing was heard yet"
    found.hear("sound/level", 1.0, State())
    assert found.move(State(), 0.1).truncation == pytest.approx(1.6)
    found.hear("sound/level", 0.0, State())
    falling = [found.move(State(), 0.1 + t / 10).truncation for t in range(1, 30)]
    assert falling == sorted(falling, reverse=True)
    assert 1.3 < falling[5] < 1.5
    assert falling[-1] < 1.05


def test_a_knob_takes_over_where_it_meets_the_slider() -> None:
    found = mover({"source": "midi/cc/1/74", "to": "/direction/s1", "mode": "set"})
    state = State(moves={"s1": 2.0})  # three quarters of its way
    for value in (0.1, 0.3, 0.5):
        state, _ = found.hear("midi/cc/1/74", value, state)
        assert state.moves == {"s1": 2.0}, "the knob has not come there yet"
    for value, wanted in ((0.8, 2.4), (0.9, 3.2), (0.2, -2.4)):
        state, _ = found.hear("midi/cc/1/74", value, state)
        assert state.moves["s1"] == pytest.approx(wanted)


def test_other_sources_set_at_once() -> None:
    found = mover(
        {"source": "osc/fader", "to": "/direction/s1", "mode": "set", "low": 1, "high": 0.5},
        {"source": "osc/fader", "to": "/play/dark", "mode": "set"},
    )
    state, others = found.hear("osc/fader", 1.0, State())
    assert (state.moves, others) == ({}, [("/play/dark", 1.0)])
    assert found.hear("osc/fader", float("nan"), State())[0].moves == {"s1": 4.0}


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"rows": [{"source": "", "to": "/x"}]},
        {"rows": [{"source": "lfo/1"}]},
        {"lfos": {"9": {}}},
        {"lfos": {"1": {"seconds": 0}}},
        {"rows": [{"source": "a", "to": "/b"}] * 65},
        {"rows": [{"source": "a", "to": "/b", "amount": 7}]},
    ],
)
def test_a_wrong_matrix_is_refused_in_a_line(wrong: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_matrix(wrong, "m.json")
    assert str(caught.value).startswith("m.json: ")
    assert "\n" not in str(caught.value)


def test_it_is_kept_in_the_run(tmp_path: Path) -> None:
    assert load_matrix(tmp_path / "modulation.json") == Matrix()
    kept = save_matrix(tmp_path, {"rows": [{"source": "lfo/1", "to": "/daring"}], "lfos": {"1": {}}})
    assert load_matrix(tmp_path / "modulation.json") == kept
    for text in ("{", "[" * 99_999, "x" * 300_000, json.dumps({"rows": 5})):
        (tmp_path / "modulation.json").write_text(text)
        with pytest.raises(InputError, match=r"modulation\.json"):
            load_matrix(tmp_path / "modulation.json")
