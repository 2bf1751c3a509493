"""Promise: what takes long shows on a terminal that it goes on, and what a verb prints stays on stdout."""

from __future__ import annotations

import importlib
import inspect
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import artgen
from artgen.cli import bars
from artgen.cli.table import COMMANDS
from artgen.errors import InputError
from artgen.verbs.compare import compare_runs


def test_a_terminal_sees_that_something_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = io.StringIO()

    def terminal(**_: Any) -> Console:
        return Console(file=shown, force_terminal=True)

    monkeypatch.setattr(bars, "Console", terminal)
    monkeypatch.setattr(bars, "on_terminal", lambda: False)
    with bars.waiting("making the walk"):
        pass
    assert not shown.getvalue().strip()
    monkeypatch.setattr(bars, "on_terminal", lambda: True)
    with bars.waiting("making the walk"):
        print("a result")
    assert "making the walk" in shown.getvalue()
    assert capsys.readouterr().out == "a result\n"


# Those that answer at once, say all the time what they do, or go on until they are ended
WITHOUT = {"check", "doctor", "live", "new-plugin", "plugins", "report", "slim", "studio", "verify"}


@pytest.mark.parametrize("verb", [command.name for command in COMMANDS if command.name not in WITHOUT])
def test_the_verbs_that_take_long_have_a_bar(verb: str) -> None:
    source = inspect.getsource(importlib.import_module(f"artgen.cli.{verb}"))
    assert "artgen.cli.bars" in source or "Bar()" in source


def test_a_comparison_tells_how_far_it_is_while_it_judges(toy: Path, curves: Path, tmp_path: Path) -> None:
    runs = [
        artgen.run("toy", data=curves, images="16", out=tmp_path / name, sets=["batch=8"]) for name in ("one", "two")
    ]
    told: list[tuple[int, int, str]] = []
    compare_runs(runs, None, None, 8, tell=lambda *said: told.append(said))
    assert [name for _, _, name in told] == sorted(name for _, _, name in told)
    done = [number for number, _, _ in told]
    assert done == sorted(done)
    assert {told[0], told[-1]} == {(0, 200, "one"), (200, 200, "two")}
    assert len(set(done)) > 3, "also in the middle of a run"


def test_a_run_that_held_out_too_little_says_what_can_still_be_done(
    toy: Path, curves: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is held out of a run stays as it began, so nobody is sent to set it."""
    few = tmp_path / "few"
    few.mkdir()
    for file in sorted(path for path in curves.rglob("*") if path.is_file())[:12]:
        shutil.copy(file, few)
    runs = [artgen.run("toy", data=few, images="16", out=tmp_path / name, sets=["batch=4"]) for name in ("one", "two")]
    new = "begin a new run with more files or --set holdout=0.4"
    assert f"no quality figures: too few held-out items to judge with; {new}" in capsys.readouterr().err
    with pytest.raises(InputError, match=f"one: .*; judge it by another folder with --against, or {new}$"):
        compare_runs(runs, None, None, 8)
    compare_runs(runs, None, curves, 8)
