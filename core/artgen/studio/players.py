"""The processes that play: one for each opened run, one request at a time, the newest wish first."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError, InputError, StorageError
from artgen.runfolder.folder import RunFolder
from artgen.studio.processes import started
from artgen.studio.wire import length, unpack

Answer = tuple[dict[str, Any], bytes]
MOST = 2  # runs that are open at once
_LOOK = 0.05  # seconds between two looks whether newer weights are loaded
_REST = 6.0  # seconds until another process is made ready: the one that was taken loads its run first
_BEHIND = Path(__file__).parent / "behind.py"
_FALLS = 3  # of a player, one after the other, before it is left


class Lost(ArtgenError):
    """The process ended while it worked."""

    exit_code = 1


class Child:
    """A player process. ``warm``: torch is loaded before anyone asks; ``behind``: so it is too, see ``behind.py``."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, warm: bool = False, nice: int = 0, behind: bool = False) -> None:
        """Raises StorageError where the system starts no process."""
        program = ["-P", str(_BEHIND)] if behind else ["-m"]
        command = [sys.executable, *program, "artgen.studio.player", *(["--warm"] if warm else [])]
        streams = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        self._process = await started(*command, nice=nice, env=_quiet(), limit=2**20, **streams)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def options(self, request: dict[str, Any]) -> Answer:
        """One answer. Raises Lost where the process is gone, InputError for what it refuses."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise Lost("the player is not running")
        try:
            process.stdin.write(json.dumps(request, separators=(",", ":")).encode() + b"\n")
            await process.stdin.drain()
            message = await process.stdout.readexactly(length(await process.stdout.readexactly(4)))
        except (OSError, asyncio.IncompleteReadError, ValueError):
            await self.end()
            raise Lost("the player stopped") from None
        head, payload = unpack(message)
        if head.get("kind") == "error":
            raise InputError(str(head.get("message")))
        return head, payload

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def aside(path: Path, request: dict[str, Any], nice: int = 3) -> dict[str, Any]:
    """One request about a run to a process of its own, so that playing goes on, and before it by ``nice``. Raises ArtgenError."""
    child = Child()
    try:
        await child.start(nice=nice)
        await child.options({"op": "open", "path": str(path.resolve())})
        return (await child.options(request))[0]
    finally:
        await child.end()


@dataclass
class Wish:
    """A request that waits. ``key``: a newer wish of the same key takes its place."""

    request: dict[str, Any]
    future: asyncio.Future[Answer | None]
    key: str = ""
    urgent: bool = True


@dataclass
class Player:
    """Plays one run. ``tell``: hears when the process is lost and when the run is open again."""

    path: Path
    child: Child
    tell: Callable[[dict[str, Any]], None] = lambda _event: None
    spare: Callable[[], Child | None] = lambda: None  # a process that waits, for one that was lost
    facts: dict[str, Any] = field(default_factory=dict)
    used: float = 0.0
    _wishes: OrderedDict[str, Wish] = field(default_factory=OrderedDict)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.Task[None] | None = None
    _weights: float = 0.0
    _count: int = 0
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _works: bool = False  # on a wish
    _left: bool = False  # nobody grants wishes any more

    async def open(self) -> dict[str, Any]:
        """Open the run; the facts of it. Raises ArtgenError."""
        self._weights = self.age
        head, _ = await self.child.options({"op": "open", "path": str(self.path.resolve())})
        self.facts = head
        if self._loop is None:
            self._loop = asyncio.create_task(self._work())
        return head

    @property
    def age(self) -> float:
        """When its weights were written."""
        try:
            return RunFolder(self.path).checkpoint.stat().st_mtime
        except OSError:
            return 0.0

    @property
    def stale(self) -> bool:
        """Whether newer weights lie in the folder."""
        return self.age > self._weights

    def wish(self, request: dict[str, Any], key: str = "", urgent: bool = True) -> asyncio.Future[Answer | None]:
        """Ask for something; None comes back where a newer wish of the same key has taken its place, and where the run was
        closed."""
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        if self._left:
            future.set_result(None)
            return future
        self._count += 1
        key = key or f"#{self._count}"
        old = self._wishes.pop(key, None)
        if old is not None and not old.future.done():
            old.future.set_result(None)
        self._wishes[key] = Wish(request, future, key, urgent)
        self._some.set()
        return future

    async def granted(self, request: dict[str, Any]) -> Answer:
        """Ask for something and wait for it. Raises ArtgenError; InputError where the run is closed meanwhile."""
        answer = await self.wish(request)
        if answer is None:
            raise InputError("this run was closed meanwhile; open it again")
        return answer

    def forget(self, start: str) -> None:
        """Drop what waits under keys that begin with ``start``."""
        for key in [key for key in self._wishes if key.startswith(start)]:
            wish = self._wishes.pop(key)
            if not wish.future.done():  # whoever waited for it may have gone
                wish.future.set_result(None)

    async def renew(self) -> dict[str, Any]:
        """Load the newer weights, while the ones before play on: the facts, and ``turned``, directions that point the other way
        now. Raises ArtgenError."""
        async with self._renewing:
            self._weights = self.age
            while (answer := await self.wish({"op": "renew"}, "renew")) is not None and answer[0]["kind"] == "loading":
                await asyncio.sleep(_LOOK)
            if answer is not None:
                self.facts = answer[0]
            return self.facts

    async def close(self) -> None:
        """Close the run and end its process."""
        await self.leave()
        await self.child.end()

    async def leave(self) -> Child | None:
        """Close the run; its process, in which torch is loaded, for another one. None where it is at work: it ends."""
        works, self._left = self._works, True
        if self._loop is not None:
            self._loop.cancel()
        self.forget("")
        if not works:
            return self.child
        await self.child.end()
        return None

    async def _work(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            while wish := self._next():
                self._works = True
                try:
                    await self._grant(wish)
                finally:
                    self._works = False
                    if not wish.future.done():  # the run was closed meanwhile; nobody shall wait for ever
                        wish.future.set_result(None)

    def _next(self) -> Wish | None:
        """Urgent wishes in their order, then the others."""
        waiting = list(self._wishes.values())
        first = next((wish for wish in waiting if wish.urgent), waiting[0] if waiting else None)
        return self._wishes.pop(first.key) if first else None

    async def _grant(self, wish: Wish) -> None:
        for fall in range(1, _FALLS + 1):
            try:
                answer = await self.child.options(wish.request)
                if not wish.future.done():
                    wish.future.set_result(answer)
                return
            except Lost as error:
                self.tell({"kind": "lost", "message": "The player stopped. It starts again."})
                if fall == _FALLS or not await self._again():
                    self._fail(wish, error)
                    return
            except ArtgenError as error:
                self._fail(wish, error)
                return

    async def _again(self) -> bool:
        """Start the process anew and open the run."""
        for child in (self.spare(), Child()):
            try:
                if child is None:
                    continue
                self.child = child
                if not child.pid:
                    await child.start()
                await self.open()
                self.tell({"kind": "back"})
                return True
            except Lost:  # the one that waited had ended too
                continue
            except (ArtgenError, OSError):
                return False
        return False

    def _fail(self, wish: Wish, error: ArtgenError) -> None:
        if not wish.future.done():
            wish.future.set_exception(error)


class Players:
    """Opened runs; the one that was not used for longest leaves its process to the next. One process waits warm for a run."""

    def __init__(self, tell: Callable[[str, dict[str, Any]], None]) -> None:
        self._tell = tell
        self._open: dict[str, Player] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._warm: Child | None = None
        self._coming: Child | None = None  # will be the one that waits
        self._making: asyncio.Future[None] | None = None

    async def warm(self, behind: bool = False) -> None:
        """Have a process ready. ``behind``: someone plays, and must not be held up by it; it is taken when it is ready and not
        before, which is late where others leave little of the processor."""
        if self._warm is not None or self._coming is not None:
            return
        child = Child()
        if not behind:
            self._warm = child
            with contextlib.suppress(StorageError):  # a run that is opened says it
                await child.start(warm=True)
            return
        self._coming = child
        try:
            await child.start(behind=True)
            await child.options({"op": "ready"})
            self._warm = child
        except (Lost, StorageError):  # a run is opened without it
            pass
        finally:
            self._coming = None
            if self._warm is not child:
                await child.end()

    def _spare(self) -> Child | None:
        """The process that waits; another one will soon."""
        child, self._warm = self._warm, None
        asyncio.get_running_loop().call_later(_REST, self._again)
        return child

    def _again(self) -> None:
        self._making = asyncio.ensure_future(self.warm(behind=True))

    async def get(self, name: str, path: Path) -> Player:
        """The player of a run, opened where it is not. Raises ArtgenError."""
        async with self._opening.setdefault(name, asyncio.Lock()):
            player = self._open.get(name)
            if player is None:
                player = await self._started(name, path)
            player.used = asyncio.get_running_loop().time()
            return player

    async def _started(self, name: str, path: Path) -> Player:
        child = None
        if len(self._open) >= MOST:
            oldest = min(self._open, key=lambda key: self._open[key].used)
            child = await self._open.pop(oldest).leave()
        child = child or self._spare() or Child()
        player = Player(path, child, lambda event: self._tell(name, event), self._spare)
        try:
            if not child.pid:
                await child.start()
            await player.open()
        except Lost:  # the one that waited had ended
            await child.start()
            await player.open()
        except ArtgenError:
            await child.end()
            raise
        self._open[name] = player
        return player

    async def leave(self, name: str) -> None:
        """Close a run."""
        if (player := self._open.pop(name, None)) is not None:
            await player.close()

    def every(self) -> list[tuple[str, Player]]:
        """Runs that are open, with their ids."""
        return list(self._open.items())

    def opened(self, name: str) -> Player | None:
        """The player of a run that is open."""
        return self._open.get(name)

    async def close(self) -> None:
        for player in [*self._open.values()]:
            await player.close()
        self._open.clear()
        for child in (self._warm, self._coming):
            if child is not None:
                await child.end()


def _quiet() -> dict[str, str]:
    """One thread: works are small, and two threads that fight for a core cost more than they bring."""
    return {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"), "PYTHONUNBUFFERED": "1"}
