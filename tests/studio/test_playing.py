"""Promise: what the studio plays is what the command line makes, in every medium, and exports say where they come from."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgen
from artgen.errors import InputError
from artgen.inference.walk import Walk, walk
from artgen.provenance.verify import verify
from artgen.runfolder.state import Between, State
from artgen.studio import playing, wire
from artgen.studio.players import Child, Player
from artgen.studio.playing import Opened
from artgen.types import SampleOptions, SoundWriter
from tests.forked import Command, named, until
from tests.patience import PATIENCE
from tests.studio.serving import PROGRAM, STARTS, Served, done, run_of


@pytest.mark.parametrize(
    ("plugin", "state", "asked"),
    [
        ("image", {"seed": 5, "label": {"faces": 1}, "truncation": 0.7}, {"label": "faces", "truncation": 0.7}),
        ("video", {"seed": 5, "motion": 3}, {"motion": 3}),
        ("music", {"seed": 5, "seconds": 2, "loop": True}, {"seconds": 2, "loop": True}),
    ],
)
def test_what_is_played_is_what_is_sampled(
    served: Served, plugin: str, state: dict[str, object], asked: dict[str, object]
) -> None:
    head, data = served.play(served.run(f"0001-{plugin}"), state)
    run = artgen.load(STARTS[plugin], "cpu")
    (sample,) = run.sample([5], **asked)  # type: ignore[arg-type]
    writer = run.host.writer(run.config.domain)
    wanted = writer.sound(sample)[0] if isinstance(writer, SoundWriter) else np.moveaxis(sample.data, 0, -1)
    assert head["kind"] == {"image": "picture", "video": "film", "music": "sound"}[plugin]
    assert data == np.ascontiguousarray(wanted).tobytes()
    if plugin == "music":
        assert (head["rate"], head["channels"]) == (32_000, 1), "as its files"


def test_what_would_be_too_much_for_a_page_is_shown_as_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A film of a minute, enlarged, held a player for half a minute, and its answer was more than a page takes: it was ended."""
    assert playing._ENLARGED <= wire.LARGEST // 4
    opened = Opened(STARTS["video"])
    head, data = opened.view(State(), enlarge=4)
    assert (head["height"], head["width"]) == (128, 128)
    monkeypatch.setattr(playing, "_ENLARGED", len(data) - 1)
    head, small = opened.view(State(), enlarge=4)
    assert (head["height"], len(small)) == (32, len(data) // 16)


def test_a_setting_that_is_no_number_enlarges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's may have words among its choices."""
    opened = Opened(STARTS["image"])
    monkeypatch.setattr(Opened, "_enlarges", [1, 2])
    for own, times in (("auto", 1), (None, 1), (2, 2), (4, 1)):
        object.__setattr__(opened.run.config.domain, "enlarge", own)
        assert opened._enlarge == times


def test_small_works_are_small(served: Served) -> None:
    for plugin, kind, most in (("image", "picture", 30_000), ("video", "film", 230_000), ("music", "envelope", 400)):
        body = {"run": served.run(f"0001-{plugin}"), "state": {}, "small": True}
        status, _, answer = served.options("POST", "/api/play", body)
        assert status == 200
        assert f'"kind":"{kind}"'.encode() in answer
        assert len(answer) < most


@pytest.mark.parametrize("plugin", ["image", "music", "video"])
def test_an_export_is_labelled_and_leads_back(served: Served, plugin: str, tmp_path: Path) -> None:
    run, state = served.run(f"0001-{plugin}"), {"seed": 11, "truncation": 0.8, "moves": {"s1": 1.5}, "future": 1}
    files = served.post(f"/api/runs/{run}/save", {"states": [state]})["files"]
    status, headers, body = served.options("GET", files[0]["href"] + "?save")
    assert status == 200
    assert headers["content-disposition"].startswith("attachment")
    (tmp_path / files[0]["name"]).write_bytes(body)
    verdict = verify(tmp_path / files[0]["name"])
    assert verdict.marked
    assert verdict.altered is None
    for file in files:
        found = json.loads(served.options("POST", "/api/recipe", served.options("GET", file["href"])[2])[2])
        usual = {"music": {"seconds": 4.1}}.get(plugin, {})
        assert found["state"] == {"seed": 11, "truncation": 0.8, "moves": {"s1": 1.5}, **usual}


def test_the_command_line_makes_a_saved_file_again(served: Served, tmp_path: Path) -> None:
    state = {"seed": 21, "label": {"faces": 1}, "truncation": 0.6, "mix": {"seed": 4, "first": 2}}
    file = served.post(f"/api/runs/{served.run('0001-image')}/save", {"states": [state]})["files"][0]
    saved = served.folder / "runs" / "0001-image" / "samples" / "studio" / file["name"]
    words = ["sample", "runs/0001-image", "--recipe", str(saved), "--out", str(tmp_path / "again")]
    assert Command(*words, cwd=served.folder).end().returncode == 0
    made = tmp_path / "again" / "seed0021-faces.png"
    assert np.array_equal(np.asarray(Image.open(made)), np.asarray(Image.open(saved)))
    done = Command(*words, "--seeds", "1", cwd=served.folder).end()
    assert (done.returncode, "--recipe with --seeds" in done.stderr) == (2, True)


def test_a_walk_is_written_and_leads_back(served: Served) -> None:
    run = served.run("0001-image")
    files = served.post(
        f"/api/runs/{run}/walk", {"states": [{"seed": 1}, {"seed": 1, "moves": {"s1": 3}}], "steps": 3, "loop": True}
    )["files"]
    assert [Path(file["name"]).suffix for file in files] == [".mp4", ".gif"]
    for file in files:
        body = served.options("GET", file["href"])[2]
        assert json.loads(served.options("POST", "/api/recipe", body)[2])["state"] == {"seed": 1}


def test_the_command_makes_the_same_file(served: Served, tmp_path: Path) -> None:
    run = served.run("0001-video")
    command = served.post(f"/api/runs/{run}/command", {"state": {"seed": 4, "label": {"faces": 1}, "fps": 8}})[
        "command"
    ]
    assert command.startswith("artgen sample ")
    assert command.endswith("--seeds 4 --label faces=1 --fps 8")


def test_a_file_without_a_recipe_is_told_so(served: Served) -> None:
    for body in (b"", b"no file of ours", os.urandom(10_000)):
        status, _, answer = served.options("POST", "/api/recipe", body)
        assert (status, json.loads(answer)) == (200, {"state": None})


def test_favorites_are_kept_in_the_run(served: Served) -> None:
    run, path = served.run("0001-image"), served.folder / "runs" / "0001-image" / "favorites.json"
    first = served.post(f"/api/runs/{run}/favorites", {"state": {"seed": 8}})["favorites"]
    again = served.post(f"/api/runs/{run}/favorites", {"state": {"seed": 8, "truncation": 1}})["favorites"]
    assert [work["state"] for work in again] == [{"seed": 8}]
    assert again == first
    assert json.loads(path.read_text())["format"] == 1
    status, _, body = served.options("DELETE", f"/api/runs/{run}/favorites/{first[0]['id']}")
    assert (status, json.loads(body)) == (200, {"favorites": []})
    path.write_text("{broken")
    status, _, body = served.options("POST", f"/api/runs/{run}/favorites", {"state": {"seed": 8}})
    assert status == 400
    assert "move it away" in json.loads(body)["problem"]
    path.unlink()


def test_presets_and_stops_are_kept_beside_the_stars(served: Served) -> None:
    run, path = served.run("0001-music"), served.folder / "runs" / "0001-music" / "favorites.json"
    star = served.post(f"/api/runs/{run}/favorites", {"state": {"seed": 8}})["favorites"][0]["id"]
    put = lambda what, body: served.options("PUT", f"/api/runs/{run}/{what}", body)  # noqa: E731
    assert json.loads(put("presets/3", {"state": {"seed": 4, "loop": True}})[2])["presets"] == {
        "3": {"seed": 4, "loop": True}
    }
    assert json.loads(put("stops", {"states": [{"seed": 1}, {"moves": {"s1": 2}}]})[2])["stops"] == [
        {"seed": 1},
        {"moves": {"s1": 2}},
    ]
    for what, wrong in (("presets/0", {"state": {}}), ("presets/10", {"state": {}}), ("presets/1", {"state": 7}), ("stops", {}),
                        ("stops", {"states": 5}), ("stops", {"states": [{"seed": -1}]})):  # fmt: skip
        status, _, body = put(what, wrong)
        assert (status, list(json.loads(body))) == (400, ["problem"])
    kept = json.loads(path.read_text())
    assert (kept["presets"], len(kept["stops"]), len(kept["works"])) == ({"3": {"seed": 4, "loop": True}}, 2, 1)
    facts = served.post(f"/api/runs/{run}/open")
    assert (list(facts["presets"]), len(facts["stops"])) == (["3"], 2)
    assert json.loads(put("presets/3", {"state": None})[2])["presets"] == {}
    served.options("DELETE", f"/api/runs/{run}/favorites/{star}")
    assert json.loads(put("stops", {"states": []})[2]) == {"presets": {}, "stops": []}


def test_what_a_walk_plays_is_what_it_writes() -> None:
    opened = Opened(STARTS["image"])
    places = [State(seed=1), State(seed=2, moves={"s1": 1.0}), State(seed=3)]
    stops = [opened._latent(place) for place in places]
    film = list(walk(opened.run.model, Walk(("1", "2", "3"), 4, loop=True), stops, SampleOptions()))
    for number, (here, there, share) in enumerate(Walk(("1", "2", "3"), 4, loop=True).places()):
        between = Between(first=places[0], toward=places[there], share=share)
        assert opened.view(places[here], between=between)[1] == np.moveaxis(film[number].data, 0, -1).tobytes()


def test_a_player_that_is_killed_plays_again(served: Served) -> None:
    run = served.run("0001-image")
    before = served.play(run, {"seed": 2})
    shutil.copyfile(STARTS["image"], served.folder / "runs" / "0001-image" / "checkpoints" / "last.safetensors")
    for pid in players(served):
        os.kill(pid, signal.SIGKILL)
    assert served.play(run, {"seed": 2}) == before


def test_interpreters_that_start_anew_play_the_same(served: Served, folder: Path) -> None:
    """The studio of the other tests, and what it starts, are forked from processes that have loaded everything."""
    run_of(folder, "0001-image", "image", still=True)
    fresh = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache")}, anew=True).start()
    played = fresh.play(fresh.run("0001-image"), {"seed": 2})
    assert played[1] == served.play(served.run("0001-image"), {"seed": 2})[1]
    until(lambda: {"image", "music", "video"} == {found["name"] for found in fresh.get("/api/hello")["plugins"]})
    assert fresh.end() == 0


def test_a_run_that_leaves_hands_its_process_to_the_next(served: Served) -> None:
    """Another would load torch anew, which takes seconds."""
    asked = {name: served.run(f"0001-{name}") for name in ("image", "music", "video")}
    first, _ = served.play(asked["image"], {"seed": 3}), served.play(asked["music"], {"seed": 3, "seconds": 1})
    before = set(players(served))
    served.play(asked["video"], {"seed": 3})  # two are open at once
    assert before <= set(players(served))
    assert served.play(asked["image"], {"seed": 3}) == first


def test_a_process_that_works_for_a_run_that_leaves_ends() -> None:
    """Its answer would be taken for that of the next run. Who has asked for it hears so, and does not wait for ever."""

    async def left(request: dict[str, str]) -> tuple[bool, bool, bool]:
        child = Child()
        await child.start()
        player = Player(STARTS["image"], child)
        player._loop = asyncio.create_task(player._work())
        wish = player.wish(request)
        if request["op"] == "open":
            while not player._works:  # the process reads the weights then, which takes longer than to go on here
                await asyncio.sleep(0)
        else:
            await asyncio.wait([wish], timeout=PATIENCE)
        mine = await player.leave() is child, child.pid > 0
        await child.end()
        await asyncio.wait([wish], timeout=PATIENCE)
        if wish.done() and not mine[0]:
            assert wish.result() is None
        wish.done() and wish.exception()
        return *mine, wish.done()

    path = str(STARTS["image"])
    assert done(left({"op": "nonsense", "path": path})) == (True, True, True)
    assert done(left({"op": "open", "path": path})) == (False, False, True)


def test_a_run_that_was_closed_lets_nobody_wait() -> None:
    """Not who asks after it was closed, nor who had gone before; a newer state that is being loaded least of all, since the
    studio looks after all runs in turn."""

    async def left() -> None:
        player = Player(STARTS["image"], Child())
        gone = player.wish({"op": "play"}, "page:")
        gone.cancel()
        await player.leave()
        assert await asyncio.wait_for(player.wish({"op": "play"}), PATIENCE) is None
        assert await asyncio.wait_for(player.renew(), PATIENCE) == {}
        with pytest.raises(InputError, match="was closed meanwhile"):
            await asyncio.wait_for(player.granted({"op": "play"}), PATIENCE)

    done(left())


def players(served: Served) -> list[int]:
    import psutil

    assert served.process is not None
    return [
        child.pid for child in psutil.Process(served.process.pid).children(True) if named(child, "artgen.studio.player")
    ]


def test_what_cannot_be_opened_is_said_in_a_line(served: Served) -> None:
    run = served.folder / "runs" / "0002-broken"
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "last.safetensors").write_bytes(b"no checkpoint")
    status, _, body = served.options("POST", f"/api/runs/{served.run('0002-broken')}/open", {})
    assert status == 400
    assert "last.safetensors" in json.loads(body)["problem"]
    shutil.rmtree(run)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["nowhere"], "does not exist"), (["--port", "99999"], "give 0 to 65535"), (["file.txt"], "is a file")],
)
def test_wrong_words_are_refused(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    done = Command("studio", *words, "--no-open", cwd=tmp_path).end()
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_aiohttp_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['aiohttp'] = None\nfrom artgen.cli import main\nmain(['studio', '--no-open'])"
    done = subprocess.run([*PROGRAM[:2], code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "artgen: error: artgen studio: needs aiohttp; pip install 'artgen-suite[studio]'\n"
