"""Promise: what lies no longer where it was is said in a line, and nothing is written in its place."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import psutil
import pytest

from artgen.errors import InputError
from artgen.studio.about import look
from tests.forked import until
from tests.studio.serving import DOT, Served, run_of
from tests.studio.test_playing import players

STATE = {"seed": 8}


def test_a_run_that_was_deleted_is_named_and_leaves_nothing(served: Served) -> None:
    runs = served.folder / "runs"
    folder = run_of(served.folder, "0007-soon-gone", "image")
    run = served.run("0007-soon-gone")
    shutil.rmtree(folder)
    before = sorted(runs.iterdir())
    for method, path, body in (
        ("POST", "/favorites", {"state": STATE}),
        ("PUT", "/presets/1", {"state": STATE}),
        ("PUT", "/stops", {"states": [STATE]}),
        ("PUT", "/modulation", {"matrix": {}}),
        ("POST", "/save", {"states": [STATE]}),
        ("POST", "/apply", {"drop": "0" * 12}),
        ("GET", "", None),
    ):
        status, _, answer = served.options(method, f"/api/runs/{run}{path}", body)
        assert (status, json.loads(answer)) == (400, {"problem": "this run is no longer here"}), path
    status, _, answer = served.options("POST", "/api/play", {"run": run, "state": STATE})
    assert (status, json.loads(answer)) == (400, {"problem": "this run is no longer here"})
    assert sorted(runs.iterdir()) == before


def test_a_run_that_is_put_away_is_measured_no_longer(served: Served) -> None:
    """What is measured would be written where the run lay, into a folder made anew."""
    folder = run_of(served.folder, "0008-put-away", "image")
    run = served.run("0008-put-away")

    def calm(pid: int) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended since
            return psutil.Process(pid).nice() == psutil.Process().nice() + 10
        return False

    def measuring() -> list[int]:
        return [pid for pid in players(served) if calm(pid)]

    served.post(f"/api/runs/{run}/measure")
    until(measuring)
    served.post(f"/api/runs/{run}/discard")
    assert measuring() == []
    assert not folder.exists()


def test_too_few_works_are_told_before_a_training_starts(tmp_path: Path) -> None:
    (tmp_path / "whole.png").write_bytes(DOT)
    (tmp_path / "empty.png").touch()
    with pytest.raises(
        InputError, match=r"^0 items to learn from \(.*\.png: .*\), at least 8 are needed; add more works$"
    ):
        look({"plugin": "image", "folder": str(tmp_path)})


def test_a_file_that_cannot_be_found_is_named_without_its_place(served: Served) -> None:
    drop = served.post("/api/drops")["drop"]
    assert served.options("PUT", f"/api/drops/{drop}/mine.png", b"no picture")[0] == 200
    status, _, answer = served.options("POST", f"/api/runs/{served.run('0001-image')}/project", {"drop": drop})
    said = json.loads(answer)["problem"]
    assert (status, said.startswith("“mine.png”: ")) == (400, True), said
