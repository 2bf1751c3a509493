"""Promise: every hook, supply and observe, is called with its full arguments by a real run, and an extra may wrap each."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

from artgen import api
from artgen.contract import hookspecs
from artgen.types import SourceFile
from tests.conftest import install

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("artgen_")}

OBSERVER = """
import artgen, json, pathlib, os

def note(name, **given):
    with open(os.environ["NOTES"], "a") as out:
        out.write(json.dumps([name, sorted(given)]) + "\\n")
"""
WATCH = "\n@artgen.hookimpl\ndef {name}({arguments}):\n    note('{name}', {given})\n"
WRAP = "\n@artgen.hookimpl(wrapper=True)\ndef {name}({arguments}):\n    note('{name}', {given})\n    return (yield)\n"


def test_every_hook_is_called_with_these_arguments_in_a_run(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = OBSERVER
    for name, hook in HOOKS.items():
        names = list(inspect.signature(hook).parameters)
        form = WATCH if name in ("artgen_run_start", "artgen_report", "artgen_snapshot", "artgen_run_end") else WRAP
        text += form.format(name=name, arguments=", ".join(names), given=", ".join(f"{n}={n}" for n in names))
    install(toy, "artgen-watch", {"watch": "watch_plugin"}, {"watch_plugin": text})
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    done = api.run("toy", data=curves, out=tmp_path / "run", images="64", extras=("watch",), sets=["batch=8"])
    done.host.open(SourceFile(tmp_path / "x.npy", "x.npy", None), done.config.domain)  # asked of runs that change works
    done.host.start_distances(np.zeros((2, 3), np.uint8), (), done.config.domain)  # asked where weights ship
    called = [line.split('"')[1] for line in (tmp_path / "notes").read_text().splitlines()]
    assert set(called) == set(HOOKS)
    assert called.index("artgen_run_start") < called.index("artgen_report") < called.index("artgen_run_end")
    assert done.labels == ("high", "low")
    assert (tmp_path / "run" / "report.html").exists()
