"""Promise: what a page says while it plays live is checked, a take is whole whatever the page does, the stage needs the token."""

from __future__ import annotations

import json
import time

from artgen.studio.takes import read_take
from tests.patience import PATIENCE
from tests.studio.serving import Served
from tests.studio.test_floods import spoken


def test_a_take_is_whole_whatever_the_page_says(served: Served) -> None:
    run, folder = served.run("0001-image"), served.folder / "runs" / "0001-image"
    served.play(run, {"seed": 1})
    say = lambda **words: json.dumps({"run": run, **words})  # noqa: E731
    wrong = [{"at": -1}, {"at": "x"}, {}, {"at": 1, "state": {"seed": -1}}, {"at": 1, "state": {}, "between": {"share": 2}},
             {"at": 1, "state": {}, "piece": 5}, {"at": 1, "state": {}, "piece": None, "into": "x"}]  # fmt: skip
    messages = [
        say(op="control", at=0, state={"seed": 9}),  # nothing is recorded yet: it is not heard
        say(op="take", on=True),
        say(op="control", at=0.25, state={"seed": 5}),
        *(say(op="control", **words) for words in wrong),
        say(op="control", at=0.5, state={"seed": 6}, dark=True),
    ]
    (answers,) = spoken(served, messages, answers=1 + len(wrong))  # and a second later the page is gone, without an end
    assert answers == 1 + len(wrong)
    end = time.monotonic() + PATIENCE
    while (take := read_take(folder / "takes" / "take-001.jsonl")).seconds <= 0.5 and time.monotonic() < end:
        time.sleep(0.05)  # until the studio has seen that the page is gone
    *played, last = take.events()
    assert [(event.at, event.moment.state.seed, event.moment.dark) for event in played] == [
        (0.25, 5, False),
        (0.5, 6, True),
    ]
    assert last.moment == played[-1].moment
    assert last.at == take.seconds >= 0.99, "what was shown at last is in it until the page was gone"
    assert (take.head.plugin, len(take.head.model)) == ("image", 16)
    assert spoken(
        served, [say(op="take", on=True), json.dumps({"op": "take", "on": True, "run": "nowhere"})], answers=2
    ) == [2]


def test_a_film_is_made_of_a_take_of_the_run_and_of_no_other_file(served: Served) -> None:
    run = served.run("0001-image")
    for take in ("gone", "../takes/take-001", "../config", "", None):
        status, _, answer = served.options("POST", f"/api/runs/{run}/film", {"take": take})
        assert (status, json.loads(answer)["problem"]) == (400, "this take is gone")


def test_the_matrix_is_checked_and_kept(served: Served) -> None:
    run = served.run("0001-image")
    rows = {"rows": [{"source": "lfo/1", "to": "/daring"}], "lfos": {"1": {"seconds": 2}}}
    status, _, body = served.options("PUT", f"/api/runs/{run}/modulation", {"matrix": rows})
    assert (status, json.loads(body)["lfos"]["1"]["seconds"]) == (200, 2)
    facts = served.post(f"/api/runs/{run}/open")
    assert facts["modulation"]["rows"][0]["to"] == "/daring"
    assert "/direction/s1" in [parameter["address"] for parameter in facts["parameters"]]
    for wrong in (None, [], {"rows": 4}, {"rows": [{"to": "/x"}]}, {"lfos": {"1": {"seconds": 0}}}):
        status, _, body = served.options("PUT", f"/api/runs/{run}/modulation", {"matrix": wrong})
        assert (status, list(json.loads(body))) == (400, ["problem"]), wrong
    (served.folder / "runs" / "0001-image" / "modulation.json").unlink()


def test_the_stage_is_a_page_that_shows_nothing_without_the_token(served: Served) -> None:
    status, _, body = served.options("GET", "/stage", Cookie="")
    assert (status, b"stage.js" in body) == (200, True)
    assert served.options("GET", "/ws", Cookie="")[0] == 403
    status, headers, _ = served.options("GET", f"/stage?token={served.token}", Cookie="")
    assert (status, headers["location"], "set-cookie" in headers) == (303, "/stage", True)
    assert "set-cookie" not in served.options("GET", "/stage?token=wrong", Cookie="")[1]
