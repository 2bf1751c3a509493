"""Routes of training: the shelf, drops, what a training would do, its start and control, its story."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from artgen.errors import InputError
from artgen.runfolder.wishes import add_wish, read_wish
from artgen.studio.drops import MOST_BYTES
from artgen.studio.guard import FOREIGN_POLICY
from artgen.studio.naming import named
from artgen.studio.play_routes import body
from artgen.studio.processes import started
from artgen.studio.request import studio_of
from artgen.studio.shelf import holds_run, inside

if TYPE_CHECKING:
    from artgen.studio.server import Studio

_TIMEOUT = 60.0  # seconds in which a folder is looked through
SHOWN = {
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".gif",
    ".avif",
    ".bmp",
    ".wav",
    ".flac",
    ".ogg",
    ".mp3",
    ".mp4",
    ".webm",
    ".html",
}
_TYPES = {".avif": "image/avif", ".bmp": "image/bmp", ".webp": "image/webp"}  # which not every system knows


def add(app: web.Application) -> None:
    """Add the routes."""
    routes = app.router
    routes.add_get("/api/runs", _runs)
    routes.add_get("/api/runs/{run}", _story)
    routes.add_post("/api/drops", _drop)
    routes.add_put("/api/drops/{drop}/{name:.+}", _file_of_drop)
    routes.add_post("/api/plan", _plan)
    routes.add_post("/api/runs", _order)
    routes.add_post("/api/runs/{run}/pause", _pause)
    routes.add_post("/api/runs/{run}/go", _go)
    routes.add_post("/api/runs/{run}/finish", _finish)
    routes.add_post("/api/runs/{run}/sooner", _sooner)
    routes.add_post("/api/runs/{run}/wish", _wish)
    routes.add_post("/api/runs/{run}/discard", _discard)
    routes.add_get("/files/{run}/{name:.+}", _file)
    routes.add_get("/drops/{drop}/{name:.+}", _dropped)


def _run(request: web.Request) -> tuple[Studio, Path]:
    studio = studio_of(request)
    return studio, studio.shelf.path(request.match_info["run"])


def shelf(studio: Studio) -> list[dict[str, Any]]:
    """Every run with what it does now; those that wait first."""
    waiting = [wanted.run for wanted in studio.jobs.waiting() if not holds_run(wanted.run)]
    begun = [run for run in studio.jobs.begun() if not holds_run(run) and run not in waiting]
    return [_card(studio, path) for path in (*waiting, *begun, *studio.shelf.runs())]


def _card(studio: Studio, path: Path) -> dict[str, Any]:
    return {**named(studio, path, studio.shelf.card(path)), **_doing(studio, path)}


def _doing(studio: Studio, path: Path) -> dict[str, Any]:
    """What a run does now. ``unstarted``: it could not be started; ``behind``: how many wait before it; ``own``: it lies among
    this folder's runs; ``ends``: it is being finished; ``here``: this studio has started what it does."""
    jobs = studio.jobs
    behind = next((k for k, wanted in enumerate(jobs.waiting()) if wanted.run.resolve() == path.resolve()), 0)
    own = path.resolve().parent == studio.shelf.place.runs.resolve()
    state, problem = jobs.state(path), jobs.problem(path)
    found = {"state": state, "problem": problem, "unstarted": jobs.unstarted(path), "behind": behind, "own": own}
    return {**found, "ends": jobs.ends(path), "here": jobs.here(path)}


async def _runs(request: web.Request) -> web.Response:
    return web.json_response({"runs": shelf(studio_of(request))})


async def _story(request: web.Request) -> web.Response:
    studio, path = _run(request)
    if not path.is_dir() and studio.jobs.state(path) == "still":  # one that still writes will say itself what is wrong
        studio.shelf.run(request.match_info["run"])
    story = await asyncio.to_thread(studio.shelf.story, path)
    return web.json_response({**named(studio, path, story), **_doing(studio, path), "said": studio.jobs.said(path)})


async def _drop(request: web.Request) -> web.Response:
    return web.json_response({"drop": studio_of(request).drops.new(str((await body(request)).get("title") or ""))})


async def _file_of_drop(request: web.Request) -> web.Response:
    studio = studio_of(request)
    if (request.content_length or 0) > MOST_BYTES:
        raise InputError("a drop holds 2 GiB at most; drop a part of it")
    await studio.known.wait()

    async def parts() -> AsyncIterator[bytes]:
        async for part in request.content.iter_chunked(2**16):
            yield part

    drop = request.match_info["drop"]
    path = await studio.drops.add(drop, request.match_info["name"], parts(), tuple(studio.suffixes))
    return web.json_response({"name": path.relative_to(studio.drops.path(drop)).as_posix()})


def _data(studio: Studio, asked: dict[str, Any]) -> Path | None:
    """The works that are meant: a drop, the folder of the command line, or those that ship."""
    if asked.get("drop"):
        return studio.drops.path(str(asked["drop"])).resolve()
    if asked.get("given"):
        if studio.data is None:
            raise InputError("the studio was begun without a folder to learn from; drop one")
        return studio.data
    return None


def _style(studio: Studio, asked: dict[str, Any]) -> Path | None:
    """The works of the style that are meant: a drop, or those that ship."""
    return studio.drops.path(str(asked["style"])).resolve() if asked.get("style") else None


async def _plan(request: web.Request) -> web.Response:
    """What a training would do, said before it starts."""
    studio, asked = studio_of(request), await body(request)
    folder, style = _data(studio, asked), _style(studio, asked)
    names = ("plugin", "task", "preset", "budget", "images", "sets")
    wanted = {name: asked.get(name) for name in names if asked.get(name)}
    wanted |= {"folder": str(folder) if folder else None, "style": str(style) if style else None}
    if studio.looking is not None and studio.looking.returncode is None:
        studio.looking.kill()  # a newer question has come
    look = (sys.executable, "-m", "artgen.studio.about", "look", json.dumps(wanted))
    studio.looking = process = await started(*look, stdout=asyncio.subprocess.PIPE)
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _TIMEOUT)
        return web.json_response(json.loads(out))
    except (TimeoutError, ValueError):
        return web.json_response({"problem": "the folder could not be looked through; see the window of the studio"})
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _order(request: web.Request) -> web.Response:
    studio, asked = studio_of(request), await body(request)
    if str(asked.get("plugin")) not in studio.plugins:
        raise InputError("no such plugin is installed")
    wanted = studio.jobs.order(asked, _data(studio, asked), _style(studio, asked))
    found = {"id": studio.shelf.id_of(wanted.run), "command": wanted.command, "state": studio.jobs.state(wanted.run)}
    return web.json_response(found)


async def _pause(request: web.Request) -> web.Response:
    studio, path = _run(request)
    stopped = studio.jobs.stop(path)
    return web.json_response({"stopped": stopped, "gone": not path.exists()})


async def _go(request: web.Request) -> web.Response:
    budget = (await body(request)).get("budget")
    studio, path = _run(request)
    return web.json_response({"command": studio.jobs.go_on(path, str(budget) if budget else None).command})


async def _finish(request: web.Request) -> web.Response:
    studio, path = _run(request)
    return web.json_response({"command": studio.jobs.finish(path).command})


async def _sooner(request: web.Request) -> web.Response:
    studio, path = _run(request)
    return web.json_response({"moved": studio.jobs.sooner(path)})


async def _wish(request: web.Request) -> web.Response:
    """Something that is asked of a run while it trains."""
    wish = read_wish((await body(request)).get("wish"))
    studio, path = _run(request)
    if studio.jobs.state(path) != "running":
        raise InputError("this run is not learning now")
    add_wish(path, wish)
    return web.json_response({"wish": str(wish)})


async def _discard(request: web.Request) -> web.Response:
    """Put a run away; nothing is deleted."""
    (studio, path), name = _run(request), request.match_info["run"]
    studio.jobs.check_discard(path)  # before anything is ended for it
    async with studio.leaving(name, path) as ended:
        place = studio.jobs.discard(path)
        studio.shelf.forget(name)
    found = place and place.relative_to(studio.shelf.place.folder).as_posix()
    return web.json_response({"place": found, "ended": ended})


async def _file(request: web.Request) -> web.StreamResponse:
    studio, _ = _run(request)
    return _sent(studio.shelf.file(request.match_info["run"], request.match_info["name"]), "save" in request.query)


async def _dropped(request: web.Request) -> web.StreamResponse:
    folder = studio_of(request).drops.path(request.match_info["drop"])
    return _sent(inside(folder, request.match_info["name"]), False)


def _sent(path: Path, save: bool) -> web.StreamResponse:
    """A file of a work; a page among them is shut off from the studio."""
    suffix = path.suffix.lower()
    if suffix not in SHOWN:
        raise InputError("no such file")
    kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    headers = {"Content-Type": kind}
    if suffix == ".html":
        headers["Content-Security-Policy"] = FOREIGN_POLICY
    if save:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(path.name)}"
    return web.FileResponse(path, headers=headers)
