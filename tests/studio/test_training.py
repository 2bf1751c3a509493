"""Promise: trainings are ordinary runs, one at a time, that say why they failed; drops are bounded; the shelf shows runs."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import filelock
import pytest

from artgen.contract.task import TASKS, TRANSLATION_TASKS
from artgen.errors import InputError, StorageError
from artgen.runtime.disk import write_atomic
from artgen.studio import drops, server
from artgen.studio.drops import Drops, cleaned
from artgen.studio.jobs import Jobs
from artgen.studio.shelf import Place, Shelf, holder
from artgen_image.plugin import HERE as IMAGE
from tests.forked import until
from tests.studio.serving import Served, done, run_of


def test_a_training_that_cannot_be_says_why_and_the_next_one_starts(served: Served) -> None:
    for name, setting in (("first", "nonsense=1"), ("second", "size=-4")):
        asked = {"plugin": "image", "budget": "1s", "sets": [setting], "name": name}
        assert served.post("/api/runs", asked)["command"].startswith(
            "artgen run --plugin image --task generate --budget 1s"
        )
    found: dict[str, dict[str, str]] = {}

    def both_failed() -> bool:
        found.update({row["name"].partition("-")[2]: row for row in served.get("/api/runs")["runs"]})
        states = [found.get(name, {}).get("state") for name in ("first", "second")]
        assert states != ["running", "running"]
        return states == ["failed", "failed"]

    until(both_failed)
    assert "nonsense" in found["first"]["problem"]
    assert "size" in found["second"]["problem"]
    assert [path for path in (served.folder / "runs").iterdir() if not any(path.iterdir())] == [], (
        "nothing is left of it"
    )
    served.post(f"/api/runs/{found['first']['id']}/discard")
    assert found["first"]["id"] not in {row["id"] for row in served.get("/api/runs")["runs"]}


def test_a_training_that_is_stopped_before_it_has_made_anything_is_no_run(served: Served) -> None:
    made = served.post("/api/runs", {"plugin": "image", "images": "1k", "name": "hasty"})["id"]
    _, _, answer = served.options("POST", f"/api/runs/{made}/finish", {})
    assert "not begun to learn" in json.loads(answer)["problem"]
    served.post(f"/api/runs/{made}/pause")
    until(lambda: made not in {row["id"] for row in served.get("/api/runs")["runs"]})  # it would lead nowhere
    assert not list((served.folder / "runs").glob("*-hasty"))


def test_what_a_training_would_do_is_said_first(served: Served) -> None:
    said = served.post("/api/plan", {"plugin": "image", "budget": "90s"})
    assert (said["embedded"], said["seconds"], said["preset"], len(said["labels"])) == (True, 90, "small", 3)
    assert "nonsense" in served.post("/api/plan", {"plugin": "image", "sets": ["nonsense=1"]})["problem"]
    assert "no such plugin" in served.post("/api/plan", {"plugin": "nonsense"})["problem"]
    empty = served.post("/api/drops")["drop"]
    assert "what you dropped holds no" in served.post("/api/plan", {"plugin": "image", "drop": empty})["problem"]
    painting = next(iter(sorted((IMAGE / "paintings").rglob("*.webp")))).read_bytes()
    for name in ("beside.webp", *(f"{kind}/{number}.webp" for kind in ("a", "b") for number in range(4))):
        assert served.options("PUT", f"/api/drops/{empty}/{name}", painting)[0] == 200
    said = served.post("/api/plan", {"plugin": "image", "drop": empty})
    assert (said["labels"], said["items"]) == ([], 9)
    assert said["about"].startswith("no kinds, because 1 file lies beside the folders (beside.webp): move it")
    wrong = served.post("/api/plan", {"plugin": "music", "drop": empty})
    assert wrong["reader"] == "image"
    assert "--" not in wrong["problem"]


def dropped(served: Served, title: str, *files: Path) -> str:
    """A drop that holds ``files``."""
    drop = served.post("/api/drops", {"title": title})["drop"]
    for file in files:
        assert served.options("PUT", f"/api/drops/{drop}/{file.name}", file.read_bytes())[0] == 200
    return drop


def test_a_style_of_one_s_own_is_looked_through_as_the_works_are(served: Served, tmp_path: Path) -> None:
    asked = {"plugin": "image", "task": "style"}
    assert served.post("/api/plan", asked)["style"]["embedded"]
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    painting = next(iter(sorted((IMAGE / "paintings").rglob("*.webp"))))
    found = served.post("/api/plan", {**asked, "style": dropped(served, "my paintings", painting, broken)})["style"]
    assert (found["files"], found["embedded"], found["unused"]["first"]["unusable"]["name"]) == (1, False, "broken.png")
    assert found["items"] > 0, "a single work is a style"
    for style, said in ((dropped(served, "spoiled", broken), "0 items of the style (broken.png: not a picture"),
                        (dropped(served, "nothing"), "artgen reads pictures"), ("0" * 12, "drop the files again")):  # fmt: skip
        _, _, answer = served.options("POST", "/api/plan", {**asked, "style": style})
        assert said in json.loads(answer)["problem"]
    wrong = {"plugin": "image", "task": "generate", "style": dropped(served, "odd", painting)}
    assert "the task generate takes no works of a style" in served.post("/api/plan", wrong)["problem"]


def test_a_style_of_one_s_own_is_passed_on_and_called_by_its_folder(served: Served) -> None:
    painting = next(iter(sorted((IMAGE / "paintings").rglob("*.webp"))))
    asked = {"plugin": "image", "task": "style", "style": dropped(served, "../My paintings", painting), "images": "0"}
    words = served.post("/api/runs", {**asked, "name": "moved"})["command"]
    style = re.search(r"--style '(.*?)'", words)
    assert style is not None, words
    assert Path(style[1]).name == "_My paintings", "a name, and no path"
    assert (Path(style[1]) / painting.name).read_bytes() == painting.read_bytes()


def test_what_is_dropped_keeps_its_name(tmp_path: Path) -> None:
    held = Drops(tmp_path)
    assert held.path(held.new("Blätter & Blüten, 2 — 🌿")).name == "Blätter & Blüten, 2 — 🌿"
    assert cleaned("Müller's/so & so/a=b.PNG", (".png",)) == "Müller's/so & so/a=b.png"
    assert cleaned("../.a/b\x00\n\\c:d?.png", (".png",)) == "a/b/c-d-.png"


def test_runs_without_a_name_are_known_by_what_they_learn_from(served: Served, tmp_path: Path) -> None:
    painting = next(iter(sorted((IMAGE / "paintings").rglob("*.webp"))))
    mine, loose = dropped(served, "My photos", painting), dropped(served, "", painting)
    asked = {"plugin": "image", "task": "style", "sets": ["nonsense=1"]}
    wanted = [({"drop": mine}, ("My photos", "Van Gogh")), ({"drop": loose, "style": mine}, (None, "My photos"))]
    for words, known in wanted:
        made = served.post("/api/runs", {**asked, **words})["id"]
        (card,) = [row for row in served.get("/api/runs")["runs"] if row["id"] == made]
        assert (card["plugin"], card["task"], card["data"], card["style"]) == ("image", "style", *known)
    run = run_of(served.folder, "0099-image", "image", still=True)
    (run / "config.toml").write_text('[run]\nplugin = "image"\ndata = "embedded"\nstart = "shipped: photographs"\n')
    (run / "tensorboard").mkdir()
    for begun in (1_700_000_500, 1_700_000_000):  # resumed later
        (run / "tensorboard" / f"events.out.tfevents.{begun}.x.1.0").touch()
    (card,) = [row for row in served.get("/api/runs")["runs"] if row["name"] == "0099-image"]
    assert (card["data"], card["start"], card["begun"]) == (None, "Photographs", 1_700_000_000)


def test_the_queue_is_kept_on_disk_and_can_be_left(tmp_path: Path) -> None:
    busy = tmp_path / "runs" / "busy"
    busy.mkdir(parents=True)
    (busy / "config.toml").write_text("")
    with filelock.FileLock(busy / ".lock"):
        jobs = Jobs(Place(tmp_path))
        wanted = jobs.order({"plugin": "image", "name": "Mine & yours", "preset": "small"}, None)
        assert wanted.run.name == "0001-Mine-yours"
        again = Jobs(Place(tmp_path))
        assert (again.waiting(), again.state(wanted.run)) == ([wanted], "waiting")
        with pytest.raises(InputError, match="training already"):
            again.go_on(wanted.run)
        assert again.stop(wanted.run)
        assert json.loads((tmp_path / "studio" / "queue.json").read_text()) == []
        assert (again.state(wanted.run), holder(busy) is not None) == ("still", True)
        assert not wanted.run.exists(), "it had made nothing"
        paused = run_of(tmp_path, "paused", "image")
        again.go_on(paused)
        assert again.stop(paused)
        assert paused.is_dir()
    assert holder(busy) is None


def test_nothing_is_left_of_an_order_that_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(Place(tmp_path))
    busy = run_of(tmp_path, "busy", "image")
    (busy / "config.toml").write_text("")

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    with filelock.FileLock(busy / ".lock"):
        for number in range(50):
            jobs.order({"plugin": "image", "name": f"n{number}"}, None)
        before = sorted(path.name for path in (tmp_path / "runs").iterdir())
        assert len(before) == 51
        with pytest.raises(InputError, match="50 trainings wait already"):
            jobs.order({"plugin": "image", "name": "late"}, None)
        assert jobs.stop(jobs.waiting()[0].run)
        monkeypatch.setattr("artgen.studio.jobs.write_atomic", full)
        with pytest.raises(StorageError):
            jobs.order({"plugin": "image", "name": "late"}, None)
        assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
            name for name in before if name[:4] != "0001"
        ]


def test_a_run_that_waits_says_nothing_of_one_that_was_refused_and_had_its_name(tmp_path: Path) -> None:
    jobs = Jobs(Place(tmp_path))
    busy = run_of(tmp_path, "busy", "image")
    (busy / "config.toml").write_text("")
    with filelock.FileLock(busy / ".lock"):
        run = jobs.order({"plugin": "image", "name": "mine"}, tmp_path / "embedded").run
        jobs.log(run).parent.mkdir(parents=True)
        jobs.log(run).write_text("$ artgen run --set x=1\nartgen: starting from scratch\n")
        assert jobs.said(run) == []
        wanted = jobs.asked(run)
        assert wanted is not None
        assert wanted.section["data"] == "embedded/", "as the run will call it: no word for what ships"
        (run / "config.toml").write_text("")
        assert jobs.said(run) == ["starting from scratch"], "what was told before it was paused"


def test_the_queue_is_reordered_and_runs_are_put_away_not_deleted(tmp_path: Path) -> None:
    jobs = Jobs(Place(tmp_path))
    busy = run_of(tmp_path, "busy", "image")
    (busy / "config.toml").write_text("")
    with filelock.FileLock(busy / ".lock"):
        first, second, third = (jobs.order({"plugin": "image", "name": name}, None).run for name in ("a", "b", "c"))
        assert jobs.sooner(third)
        assert [wanted.run for wanted in jobs.waiting()] == [first, third, second]
        assert jobs.sooner(third)
        assert not jobs.sooner(third)
        assert [wanted.run for wanted in jobs.waiting()] == [third, first, second]
        with pytest.raises(InputError, match="pause it first"):
            jobs.discard(busy)
        assert jobs.discard(third) is None, "it had made nothing"
        assert not third.exists()
        assert [wanted.run for wanted in jobs.waiting()] == [first, second]
    for number in ("", "-2"):
        assert jobs.discard(run_of(tmp_path, "old", "image")) == tmp_path / "studio" / "thrown-away" / f"old{number}"
    assert (tmp_path / "studio" / "thrown-away" / "old-2" / "checkpoints" / "last.safetensors").is_file()
    for elsewhere in (tmp_path, tmp_path / "studio", tmp_path / "runs" / "..", tmp_path / "runs"):
        with pytest.raises(InputError, match="only runs"):
            jobs.discard(elsewhere)


def test_a_run_that_is_put_away_as_soon_as_it_has_ended_does_not_come_back(tmp_path: Path) -> None:
    jobs, run = Jobs(Place(tmp_path)), run_of(tmp_path, "0001-mine", "image")
    for code in ("0", "5"):
        jobs._running[run] = ended = subprocess.Popen([sys.executable, "-S", "-c", f"raise SystemExit({code})"])
        ended.wait()
        jobs.discard(run)
        jobs._look()
        assert (jobs.begun(), jobs.problem(run)) == ([], "")
        run.mkdir()


def test_a_run_that_is_being_finished_says_so_until_it_is(tmp_path: Path) -> None:
    jobs, run = Jobs(Place(tmp_path)), run_of(tmp_path, "0001-mine", "image")
    (run / "config.toml").write_text("")
    jobs._running[run] = learning = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    assert (jobs.here(run), jobs.ends(run)) == (True, False)
    jobs.finish(run)
    assert jobs.ends(run), "while it is saved"
    learning.communicate()
    assert (jobs.here(run), jobs.ends(run)) == (False, True)
    jobs._look()
    assert jobs.ends(run), "while its last works are made"
    jobs._running[run].kill()
    jobs._running[run].wait()
    assert not jobs.ends(run)


def test_a_run_that_ended_and_learns_more_is_no_longer_at_its_end(tmp_path: Path) -> None:
    """Its budget has grown before it reports anything: one that is paused then is paused, and has not ended."""
    run, shelf = run_of(tmp_path, "0001-mine", "image"), Shelf(Place(tmp_path))
    (run / "samples").mkdir()
    (run / "metrics.jsonl").write_text('{"seen": 90, "seconds": 60.004, "progress": 1.0, "values": {}}\n')
    (run / "samples" / "index.jsonl").write_text('{"kind": "final", "seen": 9, "seconds": 60.0, "items": []}\n')

    def told(budget: str) -> tuple[float, bool]:
        (run / "config.toml").write_text(f"[run]\n{budget}\n")
        story = shelf.story(run)
        return round(story["progress"], 2), story["finished"]

    assert told("budget_seconds = 60.007") == (1, True), "what is written is rounded"
    assert told("budget_items = 91") == (0.99, True)
    assert told("budget_seconds = 120.0") == (0.5, True)
    for odd in ('budget_seconds = "x"', "budget_items = -1", "budget_seconds = nan", "budget_seconds = inf"):
        assert told(odd) == (1, True)
    with (run / "metrics.jsonl").open("a") as out:
        out.write('{"seen": 99, "seconds": 66, "progress": 0.55, "values": {}}\n')
    assert told("budget_seconds = 120.0") == (0.55, False)


def test_a_run_whose_end_is_not_wanted_any_more_is_not_ended(tmp_path: Path) -> None:
    """Between the end of a training and the look that would finish it, it can be left or thrown away."""
    for away in (False, True):
        jobs, run = Jobs(Place(tmp_path)), run_of(tmp_path, "0001-mine", "image")
        (run / "config.toml").write_text("")
        jobs._running[run] = learning = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
        jobs.finish(run)
        learning.communicate()
        assert jobs.state(run) == "waiting"
        if away:
            assert jobs.discard(run) is not None
        else:
            assert jobs.stop(run)
        jobs._look()
        assert (jobs._running, jobs.state(run), run.exists()) == ({}, "still", not away)
        shutil.rmtree(run, ignore_errors=True)


def test_a_disk_that_is_full_for_a_while_stops_no_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgen.studio.jobs.PROGRAM", [sys.executable, "-S", "-c", ""])
    monkeypatch.setattr("artgen.studio.jobs._LOOK", 0.0)
    jobs, tried = Jobs(Place(tmp_path)), list[Path]()

    def full(path: Path, data: bytes) -> None:
        tried.append(path)
        if len(tried) == 1:
            write_atomic(path, data)
        else:
            raise StorageError("the disk is full")

    async def watched() -> Path:
        watching = asyncio.create_task(jobs.watch())
        with monkeypatch.context() as patch:
            patch.setattr("artgen.studio.jobs.write_atomic", full)
            run = jobs.order({"plugin": "image"}, None).run
            assert [wanted.run for wanted in jobs.waiting()] == [run], "it could be noted, so it is not refused"
            while len(tried) < 4 and not watching.done():
                await asyncio.sleep(0)
        while jobs.waiting() and not watching.done():
            await asyncio.sleep(0)
        assert not watching.done()
        watching.cancel()
        return run

    run = done(watched())
    assert jobs.begun() == [run]
    jobs._running[run].wait()


def test_a_drop_is_bounded_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sent(*sizes: int) -> AsyncIterator[bytes]:
        for size in sizes:
            yield b"x" * size

    monkeypatch.setattr(drops, "MOST_BYTES", 1000)
    monkeypatch.setattr(drops, "MOST_FILES", 3)
    held = Drops(tmp_path)
    name = held.new()
    assert done(held.add(name, "a.png", sent(400, 400), (".png",))).stat().st_size == 800
    (held.path(name).parent / ".DS_Store").touch()  # of a system whose user looks at the folder
    with pytest.raises(InputError, match="2 GiB"):
        done(held.add(name, "b.png", sent(150, 150), (".png",)))
    assert [path.name for path in held.path(name).iterdir()] == ["a.png"]
    monkeypatch.setattr(drops, "MOST_BYTES", 10**9)
    monkeypatch.setattr(drops, "_SPARE", 2**62)
    with pytest.raises(StorageError, match="nearly full"):
        done(held.add(name, "c.png", sent(1), (".png",)))
    with pytest.raises(InputError, match="3 files"):
        done(held.add(name, "d.png", sent(1), (".png",)))
    for wrong in ("../x", "", "0" * 11, "0" * 12):
        with pytest.raises(InputError, match="no longer here"):
            held.path(wrong)


def test_the_shelf_reads_whatever_a_folder_holds(tmp_path: Path) -> None:
    run = run_of(tmp_path, "odd", "image")
    (run / "samples").mkdir()
    (run / "config.toml").write_text("not = [toml")
    (run / "metrics.jsonl").write_text(
        '{"seen": 5, "seconds": 2, "progress": 0.5, "values": {}}\nnot json\n[1]\n{"seen": 9'
    )
    (run / "samples" / "index.jsonl").write_text(
        '{"kind": "final", "items": [7, {"seed": 1, "files": []}], "sheet": null}\n'
    )
    (run / "quality.json").write_text("[")
    shelf = Shelf(Place(tmp_path))
    (found,) = shelf.runs()
    story = shelf.story(found)
    assert (story["seen"], story["progress"], story["finished"], story["quality"]) == (5, 0.5, True, None)
    assert [item["seed"] for item in story["snapshots"][0]["items"]] == [1]
    assert shelf.path(shelf.id_of(found)) == found
    with pytest.raises(InputError, match="no longer here"):
        shelf.path("0" * 12)
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"x")
    (run / "samples" / "link.png").symlink_to(outside)
    with pytest.raises(InputError, match="no such file"):
        shelf.file(shelf.id_of(found), "samples/link.png")


def test_the_page_has_words_for_every_task_and_knows_which_change_works() -> None:
    page = (Path(server.__file__).parent / "page" / "dom.js").read_text()
    words, changes = (re.search(rf"const {name} = [{{\[](.*?)[}}\]];", page, re.S) for name in ("TASKS", "CHANGES"))
    assert words is not None
    assert changes is not None
    assert set(re.findall(r"(\w+): \"", words[1])) == set(TASKS)
    assert set(re.findall(r"\w+", changes[1])) == {*TRANSLATION_TASKS, "reconstruct"}
