"""Live playing from the page: the modulation matrix, takes, and the stage, a window that shows nothing but what is played."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from artgen.errors import ArtgenError, InputError
from artgen.runfolder.state import read_between, read_state
from artgen.studio.modulation import FILE, Matrix, load_matrix, save_matrix
from artgen.studio.request import studio_of
from artgen.studio.takes import LONGEST, Head, Moment, Recorder, Sounding, fresh_take

if TYPE_CHECKING:
    from artgen.studio.server import Studio

OPS = ("stage", "dark", "take", "control")  # messages of a page that are answered here


def add(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_put("/api/runs/{run}/modulation", _modulation)


def kept_matrix(path: Path) -> dict[str, Any]:
    """The matrix that is kept in the folder of a run; an empty one where the file is none."""
    try:
        return load_matrix(path / FILE).model_dump()
    except InputError:
        return Matrix().model_dump()


async def _modulation(request: web.Request) -> web.Response:
    """Keep the matrix of a run."""
    from artgen.studio.play_routes import body

    matrix = (await body(request)).get("matrix")
    path = studio_of(request).shelf.run(request.match_info["run"])
    return web.json_response(save_matrix(path, matrix).model_dump())


async def hear(studio: Studio, page: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """One message of a page, of ``OPS``. Raises ArtgenError for a wrong one."""
    op = asked["op"]
    if op == "stage":
        studio.stages[page] = studio.soon(_shown(studio, page))
    elif op == "dark":
        for stage in list(studio.stages):
            with contextlib.suppress(ConnectionError, RuntimeError):
                await stage.send_json({"kind": "dark", "dark": asked.get("on") is True})
    elif op == "take":
        await _take(studio, page, asked)
    else:
        _control(studio, page, asked)


def show(studio: Studio, message: bytes) -> None:
    """Send a work to every stage, and keep it for one that opens later. A slow stage gets the newest when it is ready."""
    studio.shown = message
    for stage, task in list(studio.stages.items()):
        if task.done():
            studio.stages[stage] = studio.soon(_shown(studio, stage))


async def _shown(studio: Studio, stage: web.WebSocketResponse) -> None:
    """Send until the stage has the newest work."""
    sent = None
    with contextlib.suppress(ConnectionError, RuntimeError):
        while studio.shown is not None and studio.shown is not sent and not stage.closed:
            sent = studio.shown
            await stage.send_bytes(sent)


async def _take(studio: Studio, page: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """Begin a take, or end it."""
    name = str(asked.get("run"))
    if asked.get("on") is True:
        end(studio, page)
        path = studio.shelf.run(name)
        player = studio.players.opened(name)
        facts = player.facts if player is not None else {}
        head = Head(plugin=str(facts.get("plugin", "")), model=str(facts.get("model", "")))
        recorder = studio.takes[page] = Recorder(fresh_take(path), head)
        await page.send_json({"kind": "take", "run": name, "on": True, "name": recorder.path.stem})
        return
    found = end(studio, page, _number(asked.get("at")))
    if found is not None:
        size = found.path.stat().st_size
        about = {"name": found.path.stem, "path": str(found.path), "size": size, "full": found.full}
        await page.send_json({"kind": "take", "run": name, "on": False, **about})


def _control(studio: Studio, page: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """A change of controls, for the take that this page records."""
    recorder = studio.takes.get(page)
    if recorder is None:
        return
    moment = Moment(read_state(asked.get("state")), read_between(asked.get("between")), asked.get("dark") is True)
    at, sounds = _number(asked.get("at")), None
    if "piece" in asked:
        piece = None if asked["piece"] is None else read_state(asked["piece"], "piece")
        sounds = Sounding(piece, min(_number(asked.get("into", 0.0), "into"), LONGEST))
    recorder.record(at, moment, sounds)


def end(studio: Studio, page: web.WebSocketResponse, at: float | None = None) -> Recorder | None:
    """End the take of a page, where it records one: what was recorded. ``at``: its length in seconds; None: until now, as for a
    page that is gone."""
    recorder = studio.takes.pop(page, None)
    if recorder is not None:
        with contextlib.suppress(ArtgenError):
            recorder.close(recorder.age if at is None else at)
    return recorder


async def leave(studio: Studio, run: Path) -> list[str]:
    """End the takes of a run that is thrown away, which lie with it; what was ended."""
    ended = []
    for page, recorder in list(studio.takes.items()):
        if recorder.path.parent.parent == run:
            end(studio, page)
            ended.append(recorder.path.stem)
            about = {"run": studio.shelf.id_of(run), "name": recorder.path.stem}
            with contextlib.suppress(ConnectionError, RuntimeError):
                await page.send_json({"kind": "take", **about, "on": False, "path": None})
    return ended


def _number(given: Any, name: str = "at") -> float:
    """Seconds of a take. Raises InputError for what is none."""
    if not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        raise InputError(f"{name}: give seconds")
    return min(float(given), LONGEST + 1)
