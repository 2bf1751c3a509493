"""Promise: the tests write in memory where there is room for it, and elsewhere where there is not or where somebody says so."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests import in_memory


@pytest.mark.parametrize(
    ("names", "room", "there"),
    [
        ({}, 0, True),
        ({}, 2**60, False),
        ({"TMPDIR": "/mine"}, 0, False),
        ({"PYTEST_DEBUG_TEMPROOT": "/mine"}, 0, False),
    ],
)
def test_memory_is_used_where_it_may_be(
    names: dict[str, str], room: int, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "PYTEST_DEBUG_TEMPROOT"):
        monkeypatch.setenv(name, names.get(name, ""))
    monkeypatch.setattr(tempfile, "tempdir", "before")
    monkeypatch.setattr(in_memory, "MEMORY", tmp_path)
    monkeypatch.setattr(in_memory, "ROOM", room)
    in_memory.write_in_memory()
    assert (tempfile.tempdir == str(tmp_path)) == there
    assert os.environ["TMPDIR"] == (str(tmp_path) if there else names.get("TMPDIR", ""))


def test_a_place_that_is_not_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.delenv("PYTEST_DEBUG_TEMPROOT", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", "before")
    monkeypatch.setattr(in_memory, "MEMORY", tmp_path / "none")
    in_memory.write_in_memory()
    assert tempfile.tempdir == "before"
