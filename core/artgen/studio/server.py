"""The server of the studio: one folder of runs, one page, child processes. It never imports torch."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from artgen.errors import ArtgenError, InputError, StorageError
from artgen.host import discover
from artgen.runfolder.folder import RunFolder
from artgen.runtime.disk import write_atomic
from artgen.studio import live_routes, made_routes, play_routes, train_routes
from artgen.studio.beside import Beside, clear
from artgen.studio.drops import Drops
from artgen.studio.guard import JSON_LIMIT, Guard
from artgen.studio.jobs import Jobs
from artgen.studio.opening import Opening, ends_of
from artgen.studio.players import Child, Player, Players, aside
from artgen.studio.processes import started
from artgen.studio.shelf import Shelf
from artgen.studio.takes import Recorder

PAGE = Path(__file__).parent / "page"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
# Modules that the page needs before it can show anything
_FIRST_VIEW = ("dom", "home", "keys", "main", "net", "sight", "zone")
_FIRST, _BREATH = 1.5, 0.15  # seconds: until a page has asked, and until it stands then
_CALM = 2.0  # seconds after a run was opened until it is measured: its first works come before
_WATCH = 1.5  # seconds between two looks at the weights of opened runs


Stages = weakref.WeakKeyDictionary[web.WebSocketResponse, asyncio.Task[None]]


@dataclass
class Studio:
    """What all requests share. ``first``: the run to open, where one was named; ``data``: the works that were."""

    shelf: Shelf
    guard: Guard
    first: Path | None = None
    data: Path | None = None
    sockets: weakref.WeakSet[web.WebSocketResponse] = field(default_factory=weakref.WeakSet)
    stages: Stages = field(default_factory=weakref.WeakKeyDictionary)  # and who sends to each
    takes: dict[web.WebSocketResponse, Recorder] = field(default_factory=dict)  # that pages record
    shown: bytes | None = None  # the work that stages show
    plugins: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    measuring: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # by the ids of the runs
    looking: asyncio.subprocess.Process | None = None  # at the works that a training would learn from

    def __post_init__(self) -> None:
        place = self.shelf.place
        self.jobs, self.drops, self.beside = Jobs(place), Drops(place.own / "drops"), Beside(self.tell)
        self.players = Players(lambda run, event: self.tell({"run": run, **event}))
        self.plugins = {found.name: {"name": found.name, "problem": found.problem} for found in discover()}
        self.known = asyncio.Event()  # all plugins have answered
        self.stands = asyncio.Event()  # a page does

    @property
    def suffixes(self) -> set[str]:
        """Endings that some plugin reads."""
        return {suffix for plugin in self.plugins.values() for suffix in plugin.get("suffixes", ())}

    def tell(self, event: dict[str, Any]) -> None:
        """Say something to every open page."""
        for page in list(self.sockets):
            if not page.closed:
                self.soon(_sent(page, event))

    def soon(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside the request."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def learn(self) -> None:
        """Ask every installed plugin what it is, in a process of its own; after the page, which comes first."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stands.wait(), _FIRST)
        # where no process can be started nobody is to wait for ever
        with contextlib.suppress(StorageError, OSError):
            ask = (sys.executable, "-m", "artgen.studio.about")
            process = await started(*ask, stdout=asyncio.subprocess.PIPE, limit=2**22)
            assert process.stdout is not None
            async for line in process.stdout:
                with contextlib.suppress(ValueError):
                    found = json.loads(line)
                    for number, start in enumerate(found.get("starts", [])):
                        if start["look"]:
                            start["sheet"] = f"/looks/{found['name']}/{number}"
                    self.plugins[found["name"]] = found
                    self.tell({"kind": "plugin", "plugin": found})
            await process.wait()
        self.known.set()
        await self.players.warm()
        await self._look_ahead()

    async def _look_ahead(self) -> None:
        """A sheet of works for weights that ship without a picture of them, made once and kept, so that the page shows what they
        make. The first of every plugin comes first."""
        starts = [
            (k, name, start)
            for name, found in self.plugins.items()
            for k, start in enumerate(found.get("starts", []))
            if "sheet" not in start
        ]
        child = Child()
        try:
            for _, name, start in sorted(starts, key=lambda one: one[0]):
                with contextlib.suppress(ArtgenError, OSError):
                    run = self.shelf.start(name, Path(start["path"]))
                    sheet = run / "samples" / "sheet.png"
                    if not newer(sheet, RunFolder(run).checkpoint):
                        while self.jobs.training:  # which needs the processor more
                            await asyncio.sleep(_WATCH)
                        if not child.pid:
                            await child.start(nice=15)
                        await child.options({"op": "open", "path": str(run.resolve())})
                        await child.options({"op": "sheet", "file": str(sheet.resolve())})
                    start["sheet"] = f"/files/{self.shelf.id_of(run)}/samples/sheet.png"
                    self.tell({"kind": "plugin", "plugin": self.plugins[name]})
        finally:
            await child.end()

    async def watch(self) -> None:
        """Draw anew with newer weights while a run trains, and measure its directions when it is done."""
        before: dict[str, str] = {}
        while True:
            await asyncio.sleep(_WATCH)
            for name, player in self.players.every():
                with contextlib.suppress(ArtgenError, OSError):
                    state = self.jobs.state(player.path)
                    if player.stale and self.sockets:
                        self.tell({"run": name, **await player.renew(), "kind": "renewed"})
                    if before.get(name, state) != state:
                        self.tell({"run": name, "kind": "state", "state": state})
                        self.measure_new(name, player)
                    before[name] = state

    def measure_new(self, name: str, player: Player) -> None:
        """Measure what the directions of a run change, where nobody has and nobody trains it. A file that is there already may
        hold names that a person gave, and stays."""
        facts, path = player.facts, player.path
        fresh = path.is_dir() and not (path / "directions.safetensors").exists()
        if facts.get("directions") and not facts.get("measured") and fresh and self.jobs.state(path) == "still":
            self.measure(name, path)

    def measure(self, name: str, path: Path) -> None:
        """Measure what directions change, unless that is being done."""
        if name not in self.measuring:
            self.measuring[name] = task = self.soon(self._measure(name, path))
            task.add_done_callback(lambda _: self.measuring.pop(name))  # one that is cancelled at once runs no line

    async def _measure(self, name: str, path: Path) -> None:
        """Measure the directions in a process of its own, and tell the page their names."""
        try:
            await asyncio.sleep(_CALM)
            if not path.is_dir():  # it was thrown away meanwhile
                return
            await aside(path, {"op": "measure"}, nice=10)
            player = self.players.opened(name)
            if player is not None:
                self.tell({"run": name, **await player.renew(), "kind": "renewed"})
        except ArtgenError as error:
            self.tell({"run": name, "kind": "note", "message": error.page})

    @contextlib.asynccontextmanager
    async def leaving(self, name: str, path: Path) -> AsyncIterator[list[str]]:
        """Within, a run is closed and nothing writes in its folder, so that it can be moved away: what was ended for that."""
        with self.beside.left(name):
            if (task := self.measuring.get(name)) is not None:
                task.cancel()
                await asyncio.wait([task])
            ended = [*await live_routes.leave(self, path), *await self.beside.end(name)]
            await self.players.leave(name)
            clear(path)
            yield ended

    def last(self) -> dict[str, Any]:
        """Where the page was in each run, for a page that comes back."""
        try:
            found = json.loads((self.shelf.place.own / "last.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep_last(self, name: str, state: dict[str, Any]) -> None:
        """Remember where the page is."""
        rows = {**self.last(), name: state}
        self.shelf.place.own.mkdir(parents=True, exist_ok=True)
        write_atomic(self.shelf.place.own / "last.json", json.dumps(rows).encode())


def newer(sheet: Path, weights: Path) -> bool:
    """Whether a sheet shows these weights, and not those of an earlier version of the plugin."""
    return sheet.is_file() and sheet.stat().st_mtime_ns >= weights.stat().st_mtime_ns


def studio_of(request: web.Request) -> Studio:
    """The studio that a request speaks to."""
    return request.app[STUDIO]


STUDIO: web.AppKey[Studio] = web.AppKey("studio", Studio)


def build(studio: Studio) -> web.Application:
    """The application: the page, and the routes of playing and training."""
    app = web.Application(middlewares=[studio.guard.middleware(), _plain_errors], client_max_size=JSON_LIMIT)
    app[STUDIO] = studio
    app.router.add_get("/", _index)
    app.router.add_get("/stage", _index)
    app.router.add_get("/icon.svg", _icon)
    app.router.add_get("/page/{name}", _page)
    app.router.add_get("/looks/{plugin}/{number:[0-9]{1,3}}", _look)
    app.router.add_get("/api/hello", _hello)
    play_routes.add(app)
    live_routes.add(app)
    train_routes.add(app)
    made_routes.add(app)
    app.cleanup_ctx.append(_life)
    return app


@web.middleware
async def _plain_errors(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    """What a person can act on as one line; anything else as one line too, with its place in the log of the studio."""
    try:
        return await handler(request)
    except InputError as error:
        return web.json_response({"problem": error.page}, status=400)
    except StorageError as error:
        return web.json_response({"problem": error.page}, status=507)
    except ArtgenError as error:
        return web.json_response({"problem": error.page}, status=500)
    except OSError as error:
        return web.json_response({"problem": f"the disk or the system refused: {error.strerror or error}"}, status=507)


async def _life(app: web.Application) -> AsyncIterator[None]:
    studio = app[STUDIO]
    for work in (studio.learn(), studio.jobs.watch(), studio.watch()):
        studio.soon(work)
    yield
    for page in list(studio.sockets):
        await page.close()
    for task in list(studio.tasks):
        task.cancel()
    await asyncio.gather(*studio.tasks, return_exceptions=True)
    await studio.players.close()


async def _index(request: web.Request) -> web.StreamResponse:
    guard = studio_of(request).guard
    if given := request.query.get("token"):
        answer: web.StreamResponse = web.HTTPSeeOther(request.path)
        if guard.matches(given):
            answer.set_cookie(guard.cookie, guard.token, httponly=True, samesite="Strict", path="/")
        return answer
    if request.path == "/stage":
        return _sent_file(PAGE / "stage.html")
    modules = "".join(f'<link rel="modulepreload" href="/page/{name}.js">\n' for name in _FIRST_VIEW)
    text = (PAGE / "index.html").read_text(encoding="utf-8").replace("</head>", f"{modules}</head>")  # all at once
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def _icon(_request: web.Request) -> web.StreamResponse:
    return _sent_file(PAGE / "icon.svg")


async def _page(request: web.Request) -> web.StreamResponse:
    path = PAGE / request.match_info["name"]
    if path.parent != PAGE or path.suffix not in _TYPES or not path.is_file():
        raise web.HTTPNotFound(reason="no such page")
    return _sent_file(path)


async def _look(request: web.Request) -> web.StreamResponse:
    """The picture of works that ships beside the weights of a plugin."""
    starts = studio_of(request).plugins.get(request.match_info["plugin"], {}).get("starts", [])
    number = int(request.match_info["number"])
    if number >= len(starts) or not starts[number].get("look"):
        raise web.HTTPNotFound(reason="no such picture")
    return web.FileResponse(starts[number]["look"], headers={"Content-Type": "image/webp"})


def _sent_file(path: Path) -> web.Response:
    return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8")


async def _hello(request: web.Request) -> web.Response:
    """What the page shows first."""
    studio = studio_of(request)
    asyncio.get_running_loop().call_later(_BREATH, studio.stands.set)
    first = studio.first
    return web.json_response(
        {
            "folder": studio.shelf.place.folder.resolve().name or "/",
            "sealed": not os.access(studio.shelf.place.folder, os.W_OK),
            "plugins": list(studio.plugins.values()),
            "runs": train_routes.shelf(studio),
            "first": studio.shelf.id_of(first) if first else None,
            "data": {"name": studio.data.name, "ends": ends_of(studio.data)} if studio.data else None,
        }
    )


async def _sent(page: web.WebSocketResponse, event: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        await page.send_json(event)


async def serve(opening: Opening, sock: socket.socket) -> None:
    """Serve what was opened on a socket of ``opening.listen`` until SIGINT or SIGTERM."""
    studio = Studio(opening.shelf, Guard(opening.token, sock.getsockname()[1]), opening.first, opening.data)
    runner = web.AppRunner(build(studio), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        await runner.cleanup()
