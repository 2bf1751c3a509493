"""Routes of playing: open a run, play states, favorites, exports, recipes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from artgen.errors import ArtgenError, InputError
from artgen.provenance.packet import PacketSearch
from artgen.runfolder import favorites
from artgen.runfolder.state import State, read_between, read_recipe, read_state, read_states
from artgen.runtime.typed import typed
from artgen.studio import live_routes
from artgen.studio.beside import exports
from artgen.studio.naming import named
from artgen.studio.players import Player
from artgen.studio.request import studio_of
from artgen.studio.takes import takes_of
from artgen.studio.wire import pack

if TYPE_CHECKING:
    from artgen.studio.server import Studio

_GROUPS = ("", "near", "fav", "stop", "radio")  # of works that a page waits for
MOST_SMALL = 64  # thumbnails that a page may wait for
_LARGEST_FILE = 2**28  # bytes of a file that is asked for its recipe
_MOST_PAGES = 40
_MOST_ANSWERS = 200  # that are on their way to a page
_MESSAGE = 2**16  # bytes of a message on the socket


def add(app: web.Application) -> None:
    """Add the routes."""
    routes = app.router
    routes.add_get("/ws", _socket)
    routes.add_post("/api/play", _play)
    routes.add_post("/api/starts", _start)
    routes.add_post("/api/recipe", _recipe)
    routes.add_post("/api/runs/{run}/open", _open)
    routes.add_post("/api/runs/{run}/place", _place)
    routes.add_post("/api/runs/{run}/command", _command)
    routes.add_post("/api/runs/{run}/measure", _measure)
    routes.add_get("/api/runs/{run}/favorites", _favorites)
    routes.add_post("/api/runs/{run}/favorites", _star)
    routes.add_delete("/api/runs/{run}/favorites/{work}", _unstar)
    routes.add_put("/api/runs/{run}/presets/{key}", _preset)
    routes.add_put("/api/runs/{run}/stops", _stops)
    routes.add_post("/api/runs/{run}/save", _save)


def _run(request: web.Request) -> tuple[Studio, str, Path]:
    studio, name = studio_of(request), request.match_info["run"]
    return studio, name, studio.shelf.run(name)


async def body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. Raises InputError for anything else."""
    try:
        given = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise InputError("the request is no JSON") from None
    if not isinstance(given, dict):
        raise InputError("the request is no JSON object")
    return given


async def _player(studio: Studio, name: str) -> Player:
    return await studio.players.get(name, studio.shelf.run(name))


async def _open(request: web.Request) -> web.Response:
    """Open a run to be played: its facts, its favorites and where the page was."""
    studio, name, path = _run(request)
    if not (card := studio.shelf.card(path))["ready"]:  # it has nothing to play yet
        return web.json_response(card)
    player = await _player(studio, name)
    state = studio.jobs.state(path)
    facts = player.facts
    studio.measure_new(name, player)
    return web.json_response(
        {
            **facts,
            **named(studio, path, {**card, "plugin": facts["plugin"]}),
            "title": _title(studio, facts["plugin"], path),
            "state": state,
            "last": studio.last().get(name),
            "favorites": _starred(path),
            **_kept(path),
            "projected": projected(path),
            "measuring": name in studio.measuring,
            "modulation": live_routes.kept_matrix(path),
            "takes": takes_of(path),
        }
    )


def _title(studio: Studio, plugin: str, path: Path) -> str | None:
    """What weights that ship are called, which lie in a folder that is named after their file; None for any other run, and for
    those that have no title and are the plugin's only ones, which are called by what the plugin makes."""
    starts = studio.plugins.get(plugin, {}).get("starts", [])
    told = [start for start in starts if len(starts) > 1 or start["title"] != start["name"]]
    return next((start["title"] for start in told if path.name == f"{plugin}-{Path(start['path']).stem}"), None)


async def _start(request: web.Request) -> web.Response:
    """A run of the weights that ship with a plugin."""
    studio, asked = studio_of(request), await body(request)
    await studio.known.wait()
    starts = studio.plugins.get(str(asked.get("plugin")), {}).get("starts", [])
    number = asked.get("number", 0)
    if not isinstance(number, int) or not 0 <= number < len(starts):
        raise InputError("no weights ship with this plugin; start a training first")
    path = studio.shelf.start(str(asked["plugin"]), Path(starts[number]["path"]))
    return web.json_response({"id": studio.shelf.id_of(path)})


async def _place(request: web.Request) -> web.Response:
    """Remember what is played."""
    state = read_state((await body(request)).get("state"))
    studio, name, _ = _run(request)
    studio.keep_last(name, state.model_dump(exclude_defaults=True))
    return web.json_response({})


async def _command(request: web.Request) -> web.Response:
    """The command line that makes the same work."""
    state = read_state((await body(request)).get("state"))
    studio, name, path = _run(request)
    player = studio.players.opened(name)
    usual = player.facts["usual"]["seconds"] if player is not None else None
    if state.seconds is None and usual:  # the command line has another usual length
        state = state.model_copy(update={"seconds": usual})
    return web.json_response({"command": typed("artgen", "sample", _short(path), *state.words())})


async def _measure(request: web.Request) -> web.Response:
    studio, name, path = _run(request)
    studio.measure(name, path)
    return web.json_response({})


async def _play(request: web.Request) -> web.Response:
    """The work of a state without a socket, for scripts: the same answer."""
    studio, asked = studio_of(request), await body(request)
    player = await _player(studio, str(asked.get("run")))
    state = read_state(asked.get("state"))
    answer = await player.granted({"op": "play", "state": state.model_dump(), "small": asked.get("small") is True})
    return web.Response(body=pack(*answer), content_type="application/octet-stream")


# ---- the socket of a page


async def _socket(request: web.Request) -> web.WebSocketResponse:
    studio = studio_of(request)
    if len(studio.sockets) >= _MOST_PAGES:
        raise InputError(f"{_MOST_PAGES} pages are open already; close some")
    page = web.WebSocketResponse(heartbeat=20, max_msg_size=_MESSAGE, compress=False)
    await page.prepare(request)
    studio.sockets.add(page)
    me = f"{id(page):x}"
    used: set[str] = set()
    flying: set[asyncio.Task[None]] = set()
    try:
        async for message in page:
            if message.type == WSMsgType.TEXT:
                await _hear(studio, page, me, message.data, used, flying)
            while len(flying) >= _MOST_ANSWERS:  # a page that does not read is not heard any further
                await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        studio.sockets.discard(page)
        live_routes.end(studio, page)
        for name in used:
            if (player := studio.players.opened(name)) is not None:
                player.forget(f"{me}:")
    return page


async def _hear(
    studio: Studio, page: web.WebSocketResponse, me: str, text: str, used: set[str], flying: set[asyncio.Task[None]]
) -> None:
    """One message of a page. A wrong one is answered in a line and changes nothing."""
    seq: Any = None
    name = ""
    try:
        asked = json.loads(text)
        if not isinstance(asked, dict):
            raise InputError("the message is no JSON object")
        seq, name = asked.get("seq"), str(asked.get("run"))[:40]
        if asked.get("op") in live_routes.OPS:
            await live_routes.hear(studio, page, asked)
            return
        group = str(asked.get("group", ""))[:20]
        player = await _player(studio, name)
        used.add(name)
        if asked.get("op") == "forget":
            player.forget(f"{me}:{group}:")
            return
        state = read_state(asked.get("state"))
        small = asked.get("op") == "small"
        if group not in _GROUPS:
            raise InputError("no such group of works")
        tag = int(asked.get("tag", 0)) % MOST_SMALL
        key = f"{me}:{group}:{tag}" if small else f"{me}:{group}"
        wanted: dict[str, Any] = {"op": "play", "state": state.model_dump(), "small": small}
        if not small:
            wanted["enlarge"] = asked.get("enlarge")
        if (between := read_between(asked.get("between"))) is not None:
            wanted["between"] = between.model_dump()
        future = player.wish(wanted, key, urgent=not small)
        about = {"run": name, "seq": seq, "group": group, "tag": tag, "small": small}
        task = studio.soon(_answer(studio, page, future, about))
        flying.add(task)
        task.add_done_callback(flying.discard)
    except (ArtgenError, ValueError, TypeError, RecursionError) as error:
        said = error.page if isinstance(error, ArtgenError) else str(error)
        await page.send_json(
            {"kind": "error", "run": name, "seq": seq if isinstance(seq, int) else None, "message": said[:300]}
        )


async def _answer(
    studio: Studio, page: web.WebSocketResponse, future: asyncio.Future[Any], about: dict[str, Any]
) -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        try:
            answer = await future
        except ArtgenError as error:
            await page.send_json({"kind": "error", **about, "message": error.page})
            return
        if answer is not None:
            message = pack({**answer[0], **about}, answer[1])
            await page.send_bytes(message)
            if not about["small"] and about["group"] == "":
                live_routes.show(studio, message)


# ---- favorites and files


async def _favorites(request: web.Request) -> web.Response:
    _, _, path = _run(request)
    return web.json_response({"favorites": _starred(path)})


async def _star(request: web.Request) -> web.Response:
    asked = await body(request)
    studio, name, path = _run(request)
    seen = asked.get("seen", 0)
    favorites.star(path, asked.get("state"), seen if isinstance(seen, int) else 0)
    return _told(studio, name, {"favorites": _starred(path)})


async def _unstar(request: web.Request) -> web.Response:
    studio, name, path = _run(request)
    favorites.unstar(path, request.match_info["work"])
    return _told(studio, name, {"favorites": _starred(path)})


def _told(studio: Studio, name: str, kept: dict[str, Any]) -> web.Response:
    """Answer with what is kept of a run now, and tell every other page that plays it."""
    studio.tell({"run": name, "kind": "kept", **kept})
    return web.json_response(kept)


def _starred(path: Path) -> list[dict[str, Any]]:
    try:
        works = favorites.read(path).works
    except InputError:
        return []
    return [{"id": w.id, "note": w.note, "state": w.state.model_dump(exclude_defaults=True)} for w in works]


def _kept(path: Path) -> dict[str, Any]:
    """Presets and the stops of a walk."""
    try:
        found = favorites.read(path)
    except InputError:
        found = favorites.Favorites()
    presets = {key: state.model_dump(exclude_defaults=True) for key, state in found.presets.items()}
    return {"presets": presets, "stops": [state.model_dump(exclude_defaults=True) for state in found.stops]}


async def _preset(request: web.Request) -> web.Response:
    state = (await body(request)).get("state")
    studio, name, path = _run(request)
    favorites.preset(path, request.match_info["key"], state)
    return _told(studio, name, {"presets": _kept(path)["presets"]})


async def _stops(request: web.Request) -> web.Response:
    states = (await body(request)).get("states")
    _, _, path = _run(request)
    favorites.stops(path, states)
    return web.json_response(_kept(path))


def projected(path: Path) -> list[str]:
    """Names of the works of one's own that were found in the space of a run."""
    return sorted(file.stem for file in (path / "projections").glob("*.safetensors"))


async def _save(request: web.Request) -> web.Response:
    """Export works: files with label, mark and recipe, and the links under which the page fetches them."""
    asked = await body(request)
    studio, name, path = _run(request)
    wanted = {"op": "save", "states": dumped(asked.get("states")), "enlarge": asked.get("enlarge")}
    player = await _player(studio, name)
    saved = player.granted(wanted | {"folder": str(exports(path))})
    head, _ = await studio.beside.make(name, path, "saving", saved)
    return web.json_response({"files": links(name, path, head["files"])})


async def _recipe(request: web.Request) -> web.Response:
    """The state that an exported file carries."""
    search, size = PacketSearch(), 0
    async for part in request.content.iter_chunked(2**18):
        size += len(part)
        if size > _LARGEST_FILE:
            raise InputError("the file is larger than 256 MiB")
        search.feed(part)
    fields = search.end()
    if not fields or not fields.get("recipe"):
        return web.json_response({"state": None})
    state: State = read_recipe(fields["recipe"])
    return web.json_response(
        {"state": state.model_dump(exclude_defaults=True), "model": fields.get("model"), "plugin": fields.get("plugin")}
    )


def dumped(given: Any) -> list[dict[str, Any]]:
    """States that a page gave, checked, for the process of a player. Raises InputError."""
    return [state.model_dump() for state in read_states(given, favorites.MOST_STOPS)]


def links(name: str, path: Path, files: list[str]) -> list[dict[str, str]]:
    """Files of a run as a page shows them. ``name``: the id of the run, whose folder ``path`` is."""
    root = path.resolve()
    inner = [Path(file).resolve().relative_to(root).as_posix() for file in files]
    return [
        {"href": f"/files/{name}/{file}", "name": Path(file).name, "path": f"{_short(path)}/{file}"} for file in inner
    ]


def _short(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path.resolve())
