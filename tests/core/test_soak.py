"""Promise: nothing grows without end: memory, open files and threads stay flat while a run reports, saves and shows samples. The
long version is ``benchmarks/soak.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.soak import Moment, Watch, grown

import artgen
from artgen.train import session
from artgen.types import Stats


def test_a_hundred_reports_checkpoints_and_sets_of_samples(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_FIRST_SNAPSHOT", 0.0)
    monkeypatch.setattr(session, "_SNAPSHOT_GROWTH", 1.0)
    watch = Watch()
    sets = ["batch=8", *(f"{name}_seconds=1e-6" for name in ("report", "snapshot", "checkpoint"))]
    artgen.run("toy", data=curves, out=tmp_path / "run", images="800", sets=sets, progress=watch)
    assert len(watch.moments) == 100
    assert len((tmp_path / "run" / "samples" / "index.jsonl").read_text().splitlines()) > 70
    assert grown(watch.moments) == []


@pytest.mark.parametrize(("name", "step"), [("memory", 2.0), ("files", 1.0), ("threads", 1.0)])
def test_what_grows_is_named(name: str, step: float) -> None:
    flat = {"memory": 100.0, "files": 9.0, "threads": 3.0}
    moments = [Moment(**{"seconds": float(n), **flat, name: flat[name] + step * n}) for n in range(40)]
    assert [line.split()[0] for line in grown(moments)] == [name]
    assert grown([Moment(float(n), 100.0 + n % 3, 9 + n % 2, 3) for n in range(40)]) == []
    assert grown(moments[:3]) == ["too few moments were seen"]


def test_a_leak_of_this_process_is_seen(tmp_path: Path) -> None:
    watch, kept = Watch(), []
    for number in range(16):
        kept.append((tmp_path / str(number)).open("w"))
        watch.update(Stats(0, float(number), 0.0, {}))
    for file in kept:
        file.close()
    assert [line.split()[0] for line in grown(watch.moments)] == ["files"]
