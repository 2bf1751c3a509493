"""The radio without a page: music without an end, as blocks of samples at the pace of the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from artgen.errors import ArtgenError
from artgen.live.frames import Counts
from artgen.live.radio import fade
from artgen.live.session import Session
from artgen.runfolder.state import State
from artgen.studio.players import Player
from artgen.studio.takes import Moment, Recorder, Sounding

BLOCK = 0.05  # seconds
_EARLY = (
    1.0,
    3.0,
)  # seconds before a piece has to begin when it is asked for: at least, and times what the last one took
_REST = 1.0


class Sounds:
    """Plays piece after piece of what the session says, each of the next seed. ``take`` gets blocks ``[n, channels]`` int16.

    A piece is asked for shortly before it begins, so a slider is heard with at most one piece of delay."""

    def __init__(
        self, session: Session, player: Player, take: Callable[[np.ndarray], None], recorder: Recorder | None = None
    ) -> None:
        self._session, self._player, self._take, self._recorder = session, player, take, recorder
        self._now = self._next = np.zeros((0, 1), np.float32)
        self._at, self._number, self._took = 0, 0, 0.5
        self._asking: asyncio.Task[None] | None = None
        self._moment = Moment(session.state)
        self._begins: list[tuple[float, State]] = []  # pieces that will begin, for the take
        self.rate = 0
        self.counts, self.trouble = Counts(), ""

    async def run(self, seconds: float | None = None) -> None:
        """Play, for ever or so long."""
        loop = asyncio.get_running_loop()
        await self._ask(0.0)
        start = before = loop.time()
        number = 0
        try:
            while seconds is None or number * BLOCK < seconds:
                await asyncio.sleep(max(0.0, start + number * BLOCK - loop.time()))
                moment = self._moment = self._session.tick(number * BLOCK)
                self._record(number * BLOCK)
                self._ahead(number * BLOCK)
                block = self._block(round((number + 1) * BLOCK * self.rate) - round(number * BLOCK * self.rate))
                self._take(np.zeros_like(block) if moment.dark else block)
                now = loop.time()
                self.counts.longest = max(self.counts.longest, now - before)
                self.counts.frames, before = self.counts.frames + 1, now
                number += 1
        finally:
            self._record(number * BLOCK)  # the last block sounds until here

    def _record(self, at: float) -> None:
        """Note it for the take, and a piece that begins. A disk that is full ends the take, not the music."""
        if self._recorder is None:
            return
        try:
            self._recorder.record(at, self._moment)
            while self._begins and self._begins[0][0] <= at:
                self._recorder.record(at, self._moment, Sounding(self._begins.pop(0)[1]))
        except ArtgenError as error:
            self.trouble, self._recorder = f"the take ends here: {error}", None

    def _left(self) -> float:
        """Seconds until the next piece has to begin."""
        length = len(self._now)
        return (length - self._at) / self.rate - fade(length / self.rate)

    def _ahead(self, at: float) -> None:
        if (
            not len(self._next)
            and (self._asking is None or self._asking.done())
            and self._left() < max(_EARLY[0], _EARLY[1] * self._took)
        ):
            self._asking = asyncio.ensure_future(self._ask(at + max(0.0, self._left())))

    async def _ask(self, begins: float) -> None:
        loop = asyncio.get_running_loop()
        state = self._session.state
        state = state.model_copy(update={"seed": state.seed + self._number, "loop": False})
        start = loop.time()
        try:
            answer = await self._player.wish({"op": "play", "state": state.model_dump()}, "live")
        except ArtgenError as error:
            self.trouble = str(error)
            await asyncio.sleep(_REST)
            return
        self._took, self.trouble = loop.time() - start, ""
        self.counts.works = [*self.counts.works[-999:], self._took]
        if answer is None:
            return
        head, data = answer
        self.rate = int(head["rate"])
        wave = np.frombuffer(data, np.int16).reshape(-1, head["channels"]).astype(np.float32)
        self._number += 1
        self.counts.fresh += 1
        if len(self._now):
            self._next = wave
        else:
            self._now = wave
        self._begins.append((begins, state))

    def _block(self, count: int) -> np.ndarray:
        """The next samples; where a piece is late, silence."""
        over = round(fade(len(self._now) / self.rate) * self.rate)
        first = len(self._now) - over  # where the next one begins
        out = np.zeros((count, self._now.shape[1]), np.float32)
        part = self._now[self._at : self._at + count]
        out[: len(part)] = part
        begin = self._at - first
        if len(self._next) and begin + count > 0:
            places = np.arange(max(0, begin), begin + count)
            turn = (places / max(1, over)).clip(0, 1)[:, None] * (np.pi / 2)
            out[count - len(places) :] *= np.cos(turn)
            heard = self._next[places[0] : places[-1] + 1]
            out[count - len(places) : count - len(places) + len(heard)] += heard * np.sin(turn[: len(heard)])
        self._at += count
        if len(self._next) and self._at >= len(self._now):
            self._at -= first
            self._now, self._next = self._next, np.zeros((0, self._now.shape[1]), np.float32)
        return out.round().clip(-32768, 32767).astype(np.int16)
