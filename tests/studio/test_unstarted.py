"""Promise: a training that cannot be started is not lost: it is shown with the reason, and can be tried again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

import artgen.studio
from artgen.errors import InputError, StorageError
from artgen.studio.beside import command, room
from artgen.studio.guard import Guard
from artgen.studio.jobs import Jobs
from artgen.studio.players import Child, Players
from artgen.studio.server import Studio
from artgen.studio.shelf import Place, Shelf
from tests.studio.serving import Served, done, run_of


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What trainings are started by, which is there when the file is. They last until the test ends them: the studio gives
    them nothing to read, so that one that reads would be over before a test that is slow looks at it."""
    path = tmp_path / "bin" / "python"
    path.parent.mkdir()
    monkeypatch.setattr("artgen.studio.jobs.PROGRAM", [str(path), "-S", "-c", "import time; time.sleep(1000)"])
    return path


def queue(folder: Path) -> list[str]:
    return [Path(row["run"]).name for row in json.loads((folder / "studio" / "queue.json").read_text())]


def test_an_order_that_cannot_be_started_is_kept_with_the_reason(tmp_path: Path, program: Path) -> None:
    jobs = Jobs(Place(tmp_path))
    run = jobs.order({"plugin": "image", "name": "mine"}, None).run
    assert (jobs.state(run), jobs.begun(), jobs.waiting()) == ("failed", [run], [])
    why = "it could not be started: the program itself, or the folder of the studio, is no longer where it was"
    assert jobs.problem(run) == f"{why}; start the studio anew"
    asked = jobs.asked(run)
    assert asked is not None
    assert asked.section["plugin"] == "image", "the page knows what it is"
    assert queue(tmp_path) == ["0001-mine"], "a studio that begins later tries it anew"
    other = jobs.order({"plugin": "image", "name": "other"}, None).run
    assert (jobs.state(other), sorted(queue(tmp_path))) == ("failed", ["0001-mine", "0002-other"])
    jobs.go_on(run)
    assert jobs.problem(run).startswith(why), "it was tried, and nothing has changed"
    assert jobs.discard(other) is None
    assert (jobs.state(other), other.exists(), queue(tmp_path)) == ("still", False, ["0001-mine"])
    program.symlink_to(sys.executable)
    jobs.go_on(run)
    assert (jobs.state(run), jobs.problem(run), queue(tmp_path)) == ("running", "", [])
    jobs._running[run].kill()
    jobs._running[run].wait()


def test_a_studio_that_begins_later_starts_what_could_not_be_started(tmp_path: Path, program: Path) -> None:
    run = Jobs(Place(tmp_path)).order({"plugin": "image", "name": "mine"}, None).run
    program.symlink_to(sys.executable)
    jobs = Jobs(Place(tmp_path))
    assert jobs.state(run) == "waiting"
    jobs._look()
    assert jobs.state(run) == "running"
    jobs._running[run].kill()
    jobs._running[run].wait()


def test_an_end_that_cannot_be_started_is_kept_too(tmp_path: Path, program: Path) -> None:
    jobs, run = Jobs(Place(tmp_path)), run_of(tmp_path, "0001-mine", "image")
    (run / "config.toml").write_text("")
    jobs._running[run] = learning = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    jobs.finish(run)
    learning.communicate()
    jobs._look()
    assert (jobs.state(run), jobs.unstarted(run)) == ("failed", True)
    program.symlink_to(sys.executable)
    assert "--images 1" in jobs.go_on(run).command
    assert jobs.state(run) == "running"
    jobs._running[run].kill()
    jobs._running[run].wait()


def test_another_budget_takes_the_place_of_what_could_not_be_started(tmp_path: Path, program: Path) -> None:
    jobs, run = Jobs(Place(tmp_path)), run_of(tmp_path, "0001-mine", "image")
    for budget in ("5m", "20m"):
        assert budget in jobs.go_on(run, budget).command
    assert (jobs.unstarted(run), queue(tmp_path)) == (True, ["0001-mine"])
    asked = jobs.asked(run)
    assert asked is not None
    assert "20m" in asked.words
    assert not program.exists()


def test_a_run_that_somebody_else_trains_meanwhile_is_not_moved_away(tmp_path: Path, program: Path) -> None:
    """As by a person who could not start it on the page and typed it."""
    jobs, run = Jobs(Place(tmp_path)), run_of(tmp_path, "0001-mine", "image")
    (run / "config.toml").write_text("")
    jobs.go_on(run)
    assert jobs.unstarted(run)
    with filelock.FileLock(run / ".lock"):
        assert (jobs.state(run), jobs.unstarted(run), jobs.problem(run)) == ("running", False, "")
        with pytest.raises(InputError, match="pause it first"):
            jobs.discard(run)
    assert jobs.state(run) == "failed"
    assert not program.exists()


def test_a_run_is_shown_once_and_stays_what_it_is_where_the_disk_is_full(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.symlink_to("/bin/false")
    jobs = Jobs(Place(tmp_path))
    run = jobs.order({"plugin": "image", "name": "mine"}, None).run
    jobs._running[run].wait()
    jobs._look()
    run.mkdir(exist_ok=True)
    for log in (tmp_path / "studio" / "logs").iterdir():
        log.unlink()
    (tmp_path / "studio" / "logs").rmdir()
    (tmp_path / "studio" / "logs").write_text("a file lies where the folder was")
    jobs.go_on(run)
    assert (jobs.unstarted(run), jobs.begun()) == (True, [run])

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("artgen.studio.jobs.write_atomic", full)
    with pytest.raises(StorageError):
        jobs.stop(run)
    assert jobs.unstarted(run), "it is no order that waits"


def test_what_could_not_be_started_holds_no_one_up(tmp_path: Path, program: Path) -> None:
    jobs = Jobs(Place(tmp_path))
    first = jobs.order({"plugin": "image", "name": "first"}, None).run
    busy = run_of(tmp_path, "busy", "image")
    (busy / "config.toml").write_text("")
    with filelock.FileLock(busy / ".lock"):
        second, third = (jobs.order({"plugin": "image", "name": name}, None).run for name in ("second", "third"))
        assert [wanted.run for wanted in jobs.waiting()] == [second, third]
        assert jobs.sooner(third)
        assert [wanted.run for wanted in jobs.waiting()] == [third, second]
        with pytest.raises(InputError, match="training already"):
            jobs.go_on(second)
    assert (jobs.state(first), len(queue(tmp_path))) == ("failed", 3)


def test_a_player_that_cannot_be_started_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an answer of the page, which the end of its line would not be."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    run = run_of(tmp_path, "0001-mine", "image")

    async def opened() -> None:
        await Players(lambda _run, _event: None).warm()  # what is made ready before anyone asks is nobody's trouble
        with pytest.raises(StorageError, match=r"^it could not be started: the program itself"):
            await Child().start()
        with pytest.raises(StorageError, match=r"^it could not be started: the program itself"):
            await Players(lambda _run, _event: None).get("a", run)

    done(opened())


def test_nobody_waits_for_plugins_that_cannot_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a drop does, and weights that are opened."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))

    async def asked() -> bool:
        studio = Studio(Shelf(Place(tmp_path)), Guard("", 1))
        studio.stands.set()
        await studio.learn()
        return studio.known.is_set()

    assert done(asked())


def test_what_is_made_for_a_run_and_cannot_be_started_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgen.studio.beside.PROGRAM", [str(tmp_path / "gone")])

    async def changed() -> None:
        with room(tmp_path, "changed") as out:
            await command("apply", "a", "b", "--out", str(out))

    with pytest.raises(StorageError, match=r"^it could not be started: the program itself"):
        done(changed())
    assert [*(tmp_path / "samples").iterdir()] == []


def test_there_is_one_way_to_start_a_process_that_is_waited_for() -> None:
    """The one that says why it could not be started."""
    studio = Path(artgen.studio.__file__).parent
    assert [path.name for path in studio.glob("*.py") if "create_subprocess" in path.read_text()] == ["processes.py"]


def test_the_page_is_told_and_can_try_again(folder: Path) -> None:
    served, logs = Served(folder, environment={"OMP_NUM_THREADS": "1"}).start(), folder / "studio" / "logs"
    logs.write_text("a file lies where the folder was")
    asked = {"plugin": "image", "images": "0", "name": "unstarted"}
    made = served.post("/api/runs", asked)
    try:
        assert made["state"] == "failed"
        story = served.get(f"/api/runs/{made['id']}")
        assert (story["state"], story["unstarted"], story["plugin"]) == ("failed", True, "image")
        assert story["problem"] == f"it could not be started: {os.strerror(17)}; try again"
        assert made["id"] in {row["id"] for row in served.get("/api/runs")["runs"]}
    finally:
        logs.unlink()
    served.post(f"/api/runs/{made['id']}/go")
    story = served.get(f"/api/runs/{made['id']}")
    assert (story["unstarted"], "could not be started" in story["problem"]) == (False, False)
    served.post(f"/api/runs/{made['id']}/pause")
    assert served.end() == 0
