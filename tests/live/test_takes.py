"""Promise: a take holds what was played, in little room; what is no take is refused in a line and costs little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artgen.errors import InputError
from artgen.runfolder.state import Between, State
from artgen.studio.takes import Head, Moment, Recorder, Sounding, fresh_take, read_take

HEAD = json.dumps({"artgen_take": 1, "plugin": "image"})


def moments() -> list[Moment]:
    way = Between(toward=State(seed=2), first=State(seed=1), share=0.25)
    return [
        Moment(State(seed=1)),
        Moment(State(seed=1, moves={"s1": 1.5})),
        Moment(State(seed=1), way),
        Moment(State(seed=1), way.model_copy(update={"share": 0.5})),
        Moment(State(seed=1), None, dark=True),
        Moment(State(seed=4, label={"faces": 0.5}, loop=True)),
    ]


def test_each_frame_shows_what_was_played_then(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    heard = {2: Sounding(State(seed=9), 1.25), 4: Sounding(None)}
    with Recorder(path, Head(plugin="image", model="ab12")) as recorder:
        for number, moment in enumerate(moments()):
            recorder.record(number / 30, moment, heard.get(number))
            recorder.record(number / 30 + 0.01, moment)  # nothing new
        recorder.close(0.4)
    take = read_take(path)
    assert (take.head.plugin, take.head.model, take.seconds, take.pieces) == ("image", "ab12", 0.4, True)
    sounding = {round(event.at * 30): event.sounds for event in take.events() if event.sounds is not None}
    assert sounding == heard
    shown = list(take.frames(30))
    assert shown[:6] == moments()
    assert shown[6:] == [moments()[-1]] * 6
    assert len(path.read_text().splitlines()) == 1 + 6 + 1, "what is as it was is not written"
    assert json.loads(path.read_text().splitlines()[4]) == {"at": 0.1, "between": {"share": 0.5}}


def test_a_take_is_small(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.jsonl", Head()) as recorder:
        for number in range(3600):
            recorder.record(number / 60, Moment(State(seed=5, moves={"s1": number / 1000, "s2": -number / 2000})))
    assert recorder.path.stat().st_size < 250_000, "a minute of two moving sliders"


def test_a_take_of_which_the_end_is_missing_plays_up_to_there(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.jsonl", Head())
    for number in range(100):
        recorder.record(number / 30, Moment(State(seed=number)))
    whole = (tmp_path / "a.jsonl").read_bytes()  # as it lies on the disk when the program is killed
    for end in (whole, whole + b'{"at":3.6,"sta'):
        (tmp_path / "b.jsonl").write_bytes(end)
        assert 99 / 30 - 1.1 < read_take(tmp_path / "b.jsonl").seconds < 3.4
    recorder.close()


def test_another_take_gets_another_name(tmp_path: Path) -> None:
    first = fresh_take(tmp_path)
    Recorder(first, Head()).close()
    assert (first.name, fresh_take(tmp_path).name) == ("take-001.jsonl", "take-002.jsonl")
    with pytest.raises(InputError, match=r"take-001.jsonl: is there already"):
        Recorder(first, Head())


def test_a_take_does_not_grow_without_end(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.jsonl", Head()) as recorder:
        recorder.record(3599.0, Moment(State(seed=1)))
        assert not recorder.full
        recorder.record(3601.0, Moment(State(seed=2)))
        assert recorder.full
    assert read_take(recorder.path).seconds == 3599.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a take"),
        ("[" * 50_000, "not a take"),
        ('{"artgen_take": 2}\n{"at": 0}', "not a take"),
        (HEAD, "nothing was played"),
        (f"{HEAD}\n[]", "line 2"),
        (f"{HEAD}\nnull", "line 2"),
        (f'{HEAD}\n{{"at": -1}}', "line 2: at"),
        (f'{HEAD}\n{{"at": NaN}}', "line 2: at"),
        (f'{HEAD}\n{{"at": 1e9}}', "line 2: at"),
        (f'{HEAD}\n{{"at": 1, "piece": {{}}, "into": -1}}', "line 2: into"),
        (f'{HEAD}\n{{"at": 2}}\n{{"at": 1}}', "line 3: goes back in time"),
        (f'{HEAD}\n{{"at": 0, "state": {{"seed": -4}}}}', "line 2: seed"),
        (f'{HEAD}\n{{"at": 0, "state": {{"moves": {{"s1": 1e308}}}}}}', "line 2: moves"),
        (f'{HEAD}\n{{"at": 0, "between": {{"share": 0.5}}}}', "line 2: toward"),
        (f'{HEAD}\n{{"at": 0, "state": {"[" * 30_000}\n', "line 2"),
        (f'{HEAD}\n{{"at": 0, "note": "{"x" * 70_000}"}}', "longer than 64 KiB"),
    ],
)
def test_a_forged_take_is_refused_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "forged.jsonl"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_take(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(InputError, match="no such file"):
            read_take(path)
