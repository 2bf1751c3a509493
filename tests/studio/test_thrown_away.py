"""Promise: what is being made for a run ends when the run is thrown away: the person hears it, and the run is whole there."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile
from PIL import Image

from artgen.runfolder.state import State
from artgen.studio.beside import exports
from artgen.studio.guard import Guard
from artgen.studio.server import Studio
from artgen.studio.shelf import Place, Shelf
from artgen.studio.takes import Head, Moment, Recorder
from tests.forked import until
from tests.patience import PATIENCE
from tests.studio.serving import Served, done, run_of

STOPS = [{"seed": number} for number in range(60)]


def photographs(served: Served, count: int) -> str:
    """A drop of so many pictures that sending them through a run takes a while."""
    noise, file = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), dtype=np.uint8), io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG")
    drop = served.post("/api/drops")["drop"]
    for number in range(count):
        assert served.options("PUT", f"/api/drops/{drop}/{number}.jpg", file.getvalue())[0] == 200
    return drop


def sound(served: Served) -> str:
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(0).normal(0, 0.1, 8_000 * 60), 8_000, format="WAV")
    drop = served.post("/api/drops")["drop"]
    assert served.options("PUT", f"/api/drops/{drop}/mine.wav", file.getvalue())[0] == 200
    return drop


def works(served: Served) -> list[int]:
    """Processes that the studio has started, their own included."""
    assert served.process is not None
    return [child.pid for child in psutil.Process(served.process.pid).children(True)]


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def begun(folder: Path, name: str) -> Callable[[], bool]:
    """Whether something is being made in the folder of a run."""
    return lambda: any(path.name.startswith(name) for path in folder.rglob("*"))


@pytest.mark.parametrize(("path", "plugin", "what", "sign"), [
    ("walk", "video", "the walk", ".tmp-"), ("save", "image", "saving", ".tmp-"),
    ("soundtrack", "video", "the film", "soundtrack-"), ("apply", "colors", "changing your works", "changed-"),
    ("project", "image", "the search for your work", ""), ("film", "image", "the film", "film-"),
])  # fmt: skip
def test_what_is_being_made_ends_with_its_run(served: Served, path: str, plugin: str, what: str, sign: str) -> None:
    asked: dict[str, Any] = {
        "walk": lambda: {"states": STOPS, "steps": 300},
        "save": lambda: {"states": STOPS, "enlarge": 4},
        "soundtrack": lambda: {"drop": sound(served), "state": {"seed": 1}},
        "apply": lambda: {"drop": photographs(served, 40)},
        "project": lambda: {"drop": photographs(served, 1)},
        "film": lambda: {"take": "long"},
    }[path]()
    folder = run_of(served.folder, f"0100-{path}", plugin, still=True)
    if path == "film":
        with Recorder(folder / "takes" / "long.jsonl", Head(plugin=plugin)) as take:
            take.record(0, Moment(State(seed=1)))
            take.close(600)
    run, before = served.run(folder.name), held(folder)
    if path == "save":
        served.post(f"/api/runs/{run}/open")
    until(lambda: all("tasks" in row for row in served.get("/api/hello")["plugins"]) and works(served))
    usual = len(works(served))  # one, which waits for a run to be opened, among them
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(served.options, "POST", f"/api/runs/{run}/{path}", asked)
        going = begun(folder, sign) if sign else lambda: len(works(served)) > usual
        until(lambda: going() or making.done())
        assert not making.done(), making.result()
        found = served.post(f"/api/runs/{run}/discard")
        status, _, answer = making.result()
    said = {"problem": f"this run was thrown away, so {what} was stopped; nothing of it was written"}
    assert (status, json.loads(answer), found["ended"]) == (400, said, [what])
    until(lambda: len(works(served)) <= usual)
    assert not folder.exists(), "nothing comes back where it lay"
    assert held(served.folder / found["place"]) == before
    (served.folder / found["place"]).rename(folder)  # and the person takes it back
    assert served.run(folder.name) == run
    assert served.options("POST", f"/api/runs/{run}/open", {})[0] == 200


def test_what_is_made_for_a_run_that_may_not_be_thrown_away_goes_on(served: Served) -> None:
    run = served.post("/api/starts", {"plugin": "image"})["id"]
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(served.options, "POST", f"/api/runs/{run}/walk", {"states": STOPS[:2], "steps": 8})
        until(lambda: begun(served.folder / "studio" / "starts", ".tmp-")() or making.done())
        assert not making.done(), making.result()
        status, _, answer = served.options("POST", f"/api/runs/{run}/discard", {})
        assert (status, "can be thrown away here" in json.loads(answer)["problem"]) == (400, True)
        assert making.result()[0] == 200


@pytest.mark.parametrize(("method", "path", "asked"), [
    ("POST", "favorites", {"state": {"seed": 1}}), ("PUT", "presets/1", {"state": {"seed": 1}}),
    ("PUT", "stops", {"states": [{"seed": 1}]}), ("PUT", "modulation", {"matrix": {}}), ("POST", "go", {}),
])  # fmt: skip
def test_what_was_sent_before_and_arrives_later_is_not_kept(
    served: Served, method: str, path: str, asked: dict[str, Any]
) -> None:
    folder = run_of(served.folder, f"0110-{path.partition('/')[0]}", "image", still=True)
    run, body = served.run(folder.name), json.dumps(asked).encode()
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    line.putrequest(method, f"/api/runs/{run}/{path}", skip_host=True)
    for name, value in (("Host", f"127.0.0.1:{served.port}"), ("Origin", f"http://127.0.0.1:{served.port}"),
                        ("Cookie", f"artgen-{served.port}={served.token}"), ("Content-Length", str(len(body)))):  # fmt: skip
        line.putheader(name, value)
    line.endheaders()
    served.get("/api/runs")  # the studio has begun to answer what came before
    served.post(f"/api/runs/{run}/discard")
    line.send(body)
    answer = line.getresponse()
    assert (answer.status, json.loads(answer.read())) == (400, {"problem": "this run is no longer here"})
    line.close()
    assert not folder.exists()


def test_a_take_of_a_run_that_is_thrown_away_lies_with_it(served: Served) -> None:
    import aiohttp

    folder = run_of(served.folder, "0120-take", "image", still=True)
    run = served.run(folder.name)
    address = f"http://127.0.0.1:{served.port}"

    async def played() -> dict[str, Any]:
        cookies = {f"artgen-{served.port}": served.token}
        async with (
            asyncio.timeout(60),
            aiohttp.ClientSession(address, cookies=cookies) as session,
            session.ws_connect("/ws", origin=address) as page,
        ):
            await page.send_json({"op": "take", "run": run, "on": True})
            assert (await page.receive_json())["on"]
            discarded = await asyncio.to_thread(served.post, f"/api/runs/{run}/discard")
            while (said := await page.receive_json()).get("kind") != "take":
                pass
            assert (said["on"], said["path"]) == (False, None)
            return discarded

    found = done(played())
    assert found["ended"] == ["take-001"]
    assert not folder.exists()
    rows = (served.folder / found["place"] / "takes" / "take-001.jsonl").read_text().splitlines()
    assert len([json.loads(row) for row in rows]) == 2, "its head, and how long it was"


def test_a_file_that_a_player_begins_until_it_is_ended_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(tmp_path, "0130-last", "image", still=True)
    before = held(run)

    async def thrown() -> None:
        studio = Studio(Shelf(Place(tmp_path)), Guard("", 1))
        close = studio.players.leave

        async def late(name: str) -> None:
            (exports(run) / ".tmp-late").mkdir(parents=True)
            (exports(run) / ".tmp-late" / "a.png").write_bytes(b"half")
            await close(name)

        monkeypatch.setattr(studio.players, "leave", late)
        async with studio.leaving("a", run) as ended:
            assert (ended, held(run)) == ([], before)

    done(thrown())
