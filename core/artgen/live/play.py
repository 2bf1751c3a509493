"""One performance without a page: everything that ``artgen live`` connects."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artgen.errors import ArtgenError, InputError
from artgen.live.frames import Counts, Frames
from artgen.live.midi_file import Event, read_midi, usual_rows
from artgen.live.mjpeg import Mjpeg
from artgen.live.osc import OscIn, OscOut, listen, needed, parse_place
from artgen.live.session import Session
from artgen.live.sinks import Pipe, Runner, say, sink_of
from artgen.live.sounds import Sounds
from artgen.media.calm import Calm
from artgen.runfolder import favorites
from artgen.runfolder.locate import find_checkpoint
from artgen.runfolder.state import State
from artgen.studio.modulation import FILE, load_matrix
from artgen.studio.parameters import parameters
from artgen.studio.players import Player, Players
from artgen.studio.takes import Head, Recorder

_LOOK = 0.25  # seconds between two looks at what went wrong
_CALM = 2.0  # seconds until a second player is made ready


@dataclass(frozen=True)
class Wishes:
    """What to connect; see ``artgen live --help``."""

    osc: str | None = None
    osc_out: str | None = None
    midi_file: Path | None = None
    mjpeg: int | None = None
    pipe: str | None = None
    sinks: tuple[str, ...] = ()
    fps: float = 30.0
    enlarge: int = 1
    matrix: Path | None = None
    take: Path | None = None
    seconds: float | None = None
    calm: bool = True
    smooth: float = 0.05
    glide: float = 0.0
    seed: int = 0
    follow: bool = True


def live(run: Path, wishes: Wishes) -> Counts:
    """Play until the time is over or a signal comes: what was done. Raises InputError for what cannot be connected, before
    anything is played."""
    if not 1 <= wishes.fps <= 120:
        raise InputError("give 1 to 120", at="--fps", value=f"{wishes.fps:g}")
    for flag, value, most in (("smooth", wishes.smooth, 10), ("glide", wishes.glide, 60)):
        if not 0 <= value <= most:
            raise InputError(f"--{flag} {value:g}: give 0 to {most}")
    if wishes.seed < 0 or wishes.seed >= 2**53:
        raise InputError("give 0 to 2^53 - 1", at="--seed", value=wishes.seed)
    for flag, place in (("--osc", wishes.osc), ("--osc-out", wishes.osc_out)):
        if place is not None:
            needed()
            parse_place(place, flag)
    if wishes.matrix is not None and not wishes.matrix.is_file():
        raise InputError("no such file", at="--matrix", value=wishes.matrix)
    find_checkpoint(run)
    midi = read_midi(wishes.midi_file) if wishes.midi_file else []
    runners = [Runner(sink_of(text), text.partition("=")[0], say) for text in wishes.sinks]
    if wishes.pipe is not None:
        runners.append(Runner(Pipe(wishes.pipe), f"pipe {wishes.pipe}", say, vital=wishes.pipe == "-"))
    return asyncio.run(_Performance(run, wishes, midi, runners).play())


class _Performance:
    def __init__(self, run: Path, wishes: Wishes, midi: list[Event], runners: list[Runner]) -> None:
        self._run, self._wishes, self._midi, self._runners = run, wishes, midi, runners
        self._home = run if run.is_dir() else run.parent
        self._mjpeg: Mjpeg | None = None
        self._heard: OscIn | None = None
        self._session: Session | None = None
        self._playing: Frames | Sounds | None = None
        self._stop = asyncio.Event()

    async def play(self) -> Counts:
        """Connect, play, and give everything back."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self._stop.set)
        async with contextlib.AsyncExitStack() as stack:
            players = Players(lambda _name, event: say(str(event.get("message", "The player is back."))))
            stack.push_async_callback(players.close)
            player = await players.get("run", self._run)
            session = self._session = self._begun(player, stack)
            recorder = self._recorder(player, stack)
            await self._connected(session, stack)
            for runner in self._runners:
                runner.start(self._wishes.fps, self._home.resolve().name)
                stack.callback(runner.stop)
            self._playing = await self._chosen(player, session, recorder)
            with contextlib.suppress(asyncio.CancelledError):
                await self._until_done(players, player)
            return self._playing.counts

    def _begun(self, player: Player, stack: contextlib.AsyncExitStack) -> Session:
        if not player.facts.get("plays"):
            raise InputError(f"{self._run}: changes works instead of making them, so it cannot be played: artgen apply")
        given = load_matrix(self._wishes.matrix or self._home / FILE)
        tell: Callable[[str, float], None] = lambda _address, _value: None  # noqa: E731
        if self._wishes.osc_out:
            out = OscOut(self._wishes.osc_out)
            stack.callback(out.close)
            tell = out.send
        matrix = usual_rows(given, parameters(player.facts)) if self._midi else given
        presets, start = favorites.read(self._home).presets, State(seed=self._wishes.seed)
        session = Session(player.facts, matrix, presets, start, self._wishes.smooth, tell)
        session.glide = self._wishes.glide
        return session

    def _recorder(self, player: Player, stack: contextlib.AsyncExitStack) -> Recorder | None:
        if self._wishes.take is None:
            return None
        head = Head(plugin=str(player.facts["plugin"]), model=str(player.facts.get("model", "")))
        return stack.enter_context(Recorder(self._wishes.take, head))

    async def _connected(self, session: Session, stack: contextlib.AsyncExitStack) -> None:
        if self._wishes.osc:
            transport, self._heard, port = await listen(self._wishes.osc, session.hear)
            stack.callback(transport.close)
            say(f"OSC on port {port}: {', '.join(session.addresses)}")
        if self._wishes.mjpeg is not None:
            self._mjpeg = Mjpeg(self._wishes.mjpeg, self.about)
            await self._mjpeg.start()
            stack.push_async_callback(self._mjpeg.stop)
            say(f"pictures at http://127.0.0.1:{self._mjpeg.port}/stage.mjpg")

    async def _chosen(self, player: Player, session: Session, recorder: Recorder | None) -> Frames | Sounds:
        """By what the run makes."""
        if self._wishes.enlarge != 1 and self._wishes.enlarge not in player.facts.get("enlarges", []):
            raise InputError(f"has no meaning for {player.facts['plugin']}", at="--enlarge", value=self._wishes.enlarge)
        first = {"op": "play", "state": session.state.model_dump(), "enlarge": self._wishes.enlarge}
        answer = await player.wish(first, "live")
        assert answer is not None
        kind = answer[0]["kind"]
        if kind == "sound":
            if self._mjpeg is not None or any(not isinstance(runner.sink, Pipe) for runner in self._runners):
                raise InputError("a run of music has no pictures; --pipe gives its samples", at="--mjpeg and --sink")
            return Sounds(session, player, self._offer, recorder)
        if kind not in ("picture", "film"):
            raise InputError(f"works of {player.facts['plugin']} are no pictures, films or sounds", at="artgen live")
        calm = Calm() if self._wishes.calm else None
        frames = Frames(
            session, player, self._wishes.fps, self._offer, enlarge=self._wishes.enlarge, calm=calm, recorder=recorder
        )
        frames.show(*answer)
        return frames

    def _offer(self, frame: np.ndarray) -> None:
        for runner in self._runners:
            if not runner.ended:
                runner.offer(frame)
        if self._mjpeg is not None:
            self._mjpeg.offer(frame)

    async def _follow(self, player: Player) -> None:
        """Go over to newer weights as soon as a training has written them; the ones before play until they are loaded."""
        assert self._playing is not None
        assert self._session is not None
        while True:
            await asyncio.sleep(_LOOK)
            if not player.stale:
                continue
            try:
                facts = await player.renew()
            except ArtgenError as error:  # the file that is being written is whole at the next look
                say(f"newer weights cannot be played: {error}")
                continue
            self._session.renewed(facts)
            self._playing.counts.renewed += 1
            if isinstance(self._playing, Frames):  # what stands is drawn again; music goes over with its next piece
                self._playing.renewed()
            say(f"newer weights, of {facts['seen']:,} items seen")

    async def _until_done(self, players: Players, player: Player) -> None:
        assert self._playing is not None
        assert self._session is not None
        work = asyncio.ensure_future(self._playing.run(self._wishes.seconds))
        parts = [
            _spare(players),
            _feed(self._midi, self._session),
            *([self._follow(player)] if self._wishes.follow else []),
        ]
        others = [asyncio.ensure_future(part) for part in parts]
        said = ""
        try:
            while not work.done() and not self._stop.is_set() and not any(r.ended and r.vital for r in self._runners):
                await asyncio.wait([work], timeout=_LOOK)
                if self._playing.trouble and self._playing.trouble != said:
                    say(self._playing.trouble)
                said = self._playing.trouble
            if work.done():
                work.result()
        finally:
            for task in (work, *others):
                task.cancel()
            await asyncio.gather(work, *others, return_exceptions=True)

    def about(self) -> dict[str, Any]:
        """What there is to play and what came, as plain values."""
        assert self._session is not None
        counts = self._playing.counts if self._playing else Counts()
        return {
            "addresses": [parameter.plain for parameter in self._session.known.values()],
            "received": self._heard.plain if self._heard else [],
            "refused": self._heard.refused if self._heard else 0,
            "state": self._session.state.model_dump(exclude_defaults=True),
            "frames": counts.frames,
            "renewed": counts.renewed,
            "longest": round(counts.longest, 4),
            "work": round(statistics.median(counts.works), 4) if counts.works else None,
        }


async def _spare(players: Players) -> None:
    """Have another process ready for the one that may be lost; after the first frames, which come before."""
    await asyncio.sleep(_CALM)
    await players.warm(behind=True)


async def _feed(events: list[Event], session: Session) -> None:
    """The events of a MIDI file at their times."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for at, source, value in events:
        await asyncio.sleep(max(0.0, start + at - loop.time()))
        session.source(source, value)
