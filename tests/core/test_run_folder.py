"""Promise: a run that leaves its folder takes nothing away from another run."""

from __future__ import annotations

from pathlib import Path

import pytest

from artgen.errors import InputError
from artgen.runfolder.folder import RunFolder


def test_one_that_finds_another_run_at_work_takes_nothing_of_it_away(tmp_path: Path) -> None:
    late, first = RunFolder(tmp_path / "runs" / "mine"), RunFolder(tmp_path / "runs" / "mine")
    late.create()  # both were started at once
    first.create()
    held = first.lock()
    with pytest.raises(InputError, match="another run is writing here"):
        late.lock()
    late.leave()
    assert first.samples.is_dir()
    assert first.checkpoint.parent.is_dir()
    assert Path(held.lock_file).is_file()
    held.release()


def test_what_took_the_place_of_a_run_that_was_moved_stays(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "runs" / "mine", tmp_path / "elsewhere"
    moved, newer = RunFolder(path), RunFolder(path)
    moved.create()
    held = moved.lock()
    moved.config.touch()
    path.rename(elsewhere)
    newer.create()
    other = newer.lock()
    moved.leave()
    held.release()
    assert newer.samples.is_dir()
    assert Path(other.lock_file).is_file()
    assert (elsewhere / "config.toml").is_file()
    other.release()
