"""Promise: what takes long shows on a terminal that it goes on, and what a verb prints stays on stdout."""

from __future__ import annotations

import importlib
import inspect
import io
from typing import Any

import pytest
from rich.console import Console

from artgen.cli import bars


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


@pytest.mark.parametrize("verb", ["apply", "dream", "evaluate", "explain", "explore", "export", "perform", "project",
                                  "walk"])  # fmt: skip
def test_the_verbs_that_take_long_have_a_bar(verb: str) -> None:
    assert "artgen.cli.bars" in inspect.getsource(importlib.import_module(f"artgen.cli.{verb}"))
