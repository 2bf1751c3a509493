"""Promise: what a training says is what it said since its last start, even where another run had its name before."""

from __future__ import annotations

from pathlib import Path

from artgen.studio.jobs import Jobs
from artgen.studio.shelf import Place


def test_only_the_last_start_is_told(tmp_path: Path) -> None:
    jobs, run = Jobs(Place(tmp_path)), tmp_path / "runs" / "0001-mine"
    jobs.log(run).parent.mkdir(parents=True)
    jobs.log(run).write_text(
        "$ artgen run --plugin image\nartgen: stopped from outside and saved\nartgen: error: the disk is full\n"
        "$ artgen run --resume\nepoch 1\nartgen: starting from the weights that ship\n"
    )
    assert jobs.said(run) == ["starting from the weights that ship"]
    jobs._ended[run] = 5
    assert jobs.problem(run) == "the training ended without a word"
    with jobs.log(run).open("a") as log:
        log.write("artgen: error: the disk is full again\n")
    assert (jobs.problem(run), jobs.said(run)) == ("the disk is full again", ["starting from the weights that ship"])
