"""Routes of what takes a while and is made beside the playing: walks, films with a sound, takes as films, works that are changed
or looked for.

Each is a job that a page finds again after it was loaded anew, until a page has shown what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from artgen.data.names import as_file, shown
from artgen.errors import InputError
from artgen.runfolder.state import read_state
from artgen.studio.beside import command, exports, room
from artgen.studio.play_routes import body, dumped, links, projected
from artgen.studio.players import aside
from artgen.studio.request import studio_of
from artgen.studio.takes import take_of
from artgen.studio.train_routes import SHOWN

if TYPE_CHECKING:
    from artgen.studio.server import Studio

_FILMS = (".mp4", ".webm", ".wav", ".flac", ".ogg", ".mp3")


def add(app: web.Application) -> None:
    """Add the routes."""
    routes = app.router
    routes.add_get("/api/made", _list)
    routes.add_post("/api/made/{job}/seen", _seen)
    routes.add_post("/api/runs/{run}/walk", _walk)
    routes.add_post("/api/runs/{run}/soundtrack", _soundtrack)
    routes.add_post("/api/runs/{run}/film", _film)
    routes.add_post("/api/runs/{run}/project", _project)
    routes.add_post("/api/runs/{run}/apply", _apply)


async def _list(request: web.Request) -> web.Response:
    """What is being made, and what no page has shown yet."""
    return web.json_response({"jobs": studio_of(request).beside.told()})


async def _seen(request: web.Request) -> web.Response:
    studio_of(request).beside.seen(request.match_info["job"])
    return web.json_response({})


async def _made(
    request: web.Request, kind: str, asked: dict[str, Any], work: Coroutine[Any, Any, dict[str, Any]]
) -> web.Response:
    """Answer with what ``work`` makes, as a job under the name that the page gave it."""
    beside = studio_of(request).beside
    return web.json_response(await beside.as_job(request.match_info["run"], kind, asked.get("job"), work))


async def _walk(request: web.Request) -> web.Response:
    """Write the way from work to work, in a process of its own, so that playing goes on."""
    asked, studio, name = await body(request), studio_of(request), request.match_info["run"]
    path, states = studio.shelf.run(name), dumped(asked.get("states"))
    wanted = {"op": "walk", "states": states, "steps": asked.get("steps"), "loop": asked.get("loop") is True}

    async def walk() -> dict[str, Any]:
        made = aside(path, wanted | {"folder": str(exports(path))})
        head = await studio.beside.make(name, path, "the walk", made)
        return {"files": links(name, path, head["files"])}

    return await _made(request, "walk", asked, walk())


async def _soundtrack(request: web.Request) -> web.Response:
    """A film whose motion follows a dropped sound, by ``artgen sample --soundtrack``."""
    asked, studio, name = await body(request), studio_of(request), request.match_info["run"]
    path, sound = studio.shelf.run(name), _first(studio.drops.path(str(asked.get("drop"))), "a sound")
    state = read_state(asked.get("state")).model_copy(update={"loop": False, "motion": None, "seconds": None})
    words = ["sample", str(path), *state.words(), "--soundtrack", str(sound)]
    film = _written(studio, name, "soundtrack", lambda out: [*words, "--out", str(out)])
    return await _made(request, "soundtrack", asked, film)


async def _film(request: web.Request) -> web.Response:
    """A take as a film, or of a run of music as a piece, by ``artgen perform``."""
    asked, studio, name = await body(request), studio_of(request), request.match_info["run"]
    path = studio.shelf.run(name)
    take = take_of(path, str(asked.get("take")))
    words = ["perform", str(path), str(take), *(["--flashes"] if asked.get("flashes") is True else [])]
    if asked.get("enlarge") is not None:
        words += ["--enlarge", str(asked["enlarge"])]
    if asked.get("radio") is not None:
        words += ["--sound", str(studio.shelf.run(str(asked["radio"])))]
    film = _written(studio, name, "film", lambda out: [*words, "--out", str(out / f"{take.stem}.mp4")])
    return await _made(request, "film", asked, film)


async def _written(studio: Studio, name: str, folder: str, words: Callable[[Path], list[str]]) -> dict[str, Any]:
    """The film or piece that a command writes into ``RUN/samples/<folder>-<number>``. ``words``: the command for that folder."""
    path = studio.shelf.run(name)

    async def written() -> tuple[Path, int, str]:
        with room(path, folder) as out:
            return out, *await command(*words(out), nice=3)

    out, code, said = await studio.beside.make(name, path, "the film", written())
    made = sorted(str(file) for file in out.glob("*") if file.suffix in _FILMS) if out.is_dir() else []
    if code or not made:
        raise InputError(said or "no film was made")
    return {"files": links(name, path, made)}


async def _project(request: web.Request) -> web.Response:
    """Find a work of one's own in the space of the run, by ``artgen project``."""
    asked, studio, name = await body(request), studio_of(request), request.match_info["run"]
    path, file = studio.shelf.run(name), _first(studio.drops.path(str(asked.get("drop"))), "a file")

    async def found() -> dict[str, Any]:
        before = set(projected(path))
        search = command("project", str(path), str(file), nice=3)
        code, said = await studio.beside.make(name, path, "the search for your work", search)
        if code:
            raise InputError(said or "the file could not be found in this space")
        names = projected(path)
        return {
            "projected": names,
            "name": next((n for n in names if n not in before), names[-1]),
            "file": file.name,
        }

    return await _made(request, "project", asked, found())


def _first(drop: Path, what: str) -> Path:
    """The file of a drop. Raises InputError for an empty one."""
    files = sorted(file for file in drop.rglob("*") if file.is_file())
    if not files:
        raise InputError(f"the drop is empty; drop {what}")
    return files[0]


async def _apply(request: web.Request) -> web.Response:
    """Send dropped files through a run that changes works: each before and after."""
    asked, studio, name = await body(request), studio_of(request), request.match_info["run"]
    drop = str(asked.get("drop"))
    path, folder = studio.shelf.run(name), studio.drops.path(drop)

    async def changed() -> tuple[Path, int, str]:
        with room(path, "changed") as out:
            return out, *await command("apply", str(path), str(folder), "--out", str(out), nice=3)

    async def pairs() -> dict[str, Any]:
        out, code, said = await studio.beside.make(name, path, "changing your works", changed())
        found = pairs_of(folder, out, f"/drops/{drop}/", f"/files/{name}/", path.resolve())
        if not found:
            raise InputError(said or "nothing was written")
        return {"pairs": found, "said": said if code else ""}

    return await _made(request, "apply", asked, pairs())


def pairs_of(folder: Path, out: Path, before: str, after: str, run: Path) -> list[dict[str, str | None]]:
    """The files of a drop that have a result, with the addresses of both; None for a file that no browser shows. ``before``,
    ``after``: how these begin; ``run``: the folder in which results lie."""
    results = sorted(file for file in out.glob("*") if file.is_file()) if out.is_dir() else []
    pairs: list[dict[str, str | None]] = []
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = as_file(shown(file.relative_to(folder).with_suffix("").as_posix()))
        mine = [result for result in results if result.stem == name and result.suffix.lower() in SHOWN]
        if mine:
            source, result = file.relative_to(folder).as_posix(), mine[0].relative_to(run).as_posix()
            there = before + quote(source) if file.suffix.lower() in SHOWN else None
            pairs.append({"name": file.name, "before": there, "after": after + quote(result)})
    return pairs
