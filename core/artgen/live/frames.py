"""A steady rate: a frame at each tick, the last one again where no newer is ready, whatever becomes of the player."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from artgen.errors import ArtgenError
from artgen.live.session import Session
from artgen.media.calm import Calm
from artgen.studio.players import Player
from artgen.studio.takes import Moment, Recorder

_HUNG = 20.0  # seconds that a player may take for a work
_REST = 1.0  # seconds before one that failed is asked again

Take = Callable[[np.ndarray], None]


@dataclass
class Counts:
    """What a performance did. ``longest``: seconds between two frames; ``late``: frames more than a tick late; ``fresh``: frames
    that showed a new work; ``works``: seconds that each took, the last thousand; ``renewed``: how often newer weights came."""

    frames: int = 0
    fresh: int = 0
    late: int = 0
    longest: float = 0.0
    works: list[float] = field(default_factory=list)
    renewed: int = 0


class Frames:
    """Asks the player for the newest moment and gives its picture on, ``fps`` times a second.

    - ``take``: gets every frame ``[h, w, 3]`` uint8.
    - ``enlarge``: how many times as large the player makes works.
    - ``calm``: limits flashes; None: as they are.
    """

    def __init__(self, session: Session, player: Player, fps: float, take: Take, *, enlarge: int = 1,
                 calm: Calm | None = None, recorder: Recorder | None = None) -> None:  # fmt: skip
        self._session, self._player, self._fps, self._take = session, player, fps, take
        self._enlarge, self._calm, self._recorder = enlarge, calm, recorder
        self._work: np.ndarray | None = None  # [t, h, w, 3]
        self._rate = 1.0  # frames a second of a film
        self._asked: Moment | None = None
        self._asking: asyncio.Task[None] | None = None
        self._place = 0.0  # in a film, in its frames
        self.counts, self.trouble = Counts(), ""
        self._new = False

    async def run(self, seconds: float | None = None) -> None:
        """Play, for ever or so long."""
        loop = asyncio.get_running_loop()
        start = before = loop.time()
        number, moment = 0, Moment(self._session.state)
        try:
            while seconds is None or number < seconds * self._fps:
                await asyncio.sleep(max(0.0, start + number / self._fps - loop.time()))
                now = loop.time()
                moment = self._session.tick(number / self._fps)
                self._record(number / self._fps, moment)
                self._wish(moment)
                if (frame := self._frame(moment, number / self._fps)) is not None:
                    if self.counts.frames:
                        self.counts.longest = max(self.counts.longest, now - before)
                        self.counts.late += now - before > 2 / self._fps
                    self.counts.frames += 1
                    before = now
                    self._take(frame)
                number = max(
                    number + 1, int((loop.time() - start) * self._fps)
                )  # ticks that were slept through are gone
        finally:
            self._record(number / self._fps, moment)  # the last frame was shown until here

    def _record(self, at: float, moment: Moment) -> None:
        """Note it for the take. A disk that is full ends the take, not the show."""
        if self._recorder is None:
            return
        try:
            self._recorder.record(at, moment)
        except ArtgenError as error:
            self.trouble, self._recorder = f"the take ends here: {error}", None

    def _wish(self, moment: Moment) -> None:
        """Ask for a moment, when the one before has been answered."""
        if self._asking is not None and not self._asking.done():
            return
        lit = Moment(moment.state, moment.between)
        if lit != self._asked:
            self._asked = lit
            self._asking = asyncio.ensure_future(self._ask(lit))

    async def _ask(self, moment: Moment) -> None:
        wanted: dict[str, Any] = {"op": "play", "state": moment.state.model_dump(), "enlarge": self._enlarge}
        if moment.between is not None:
            wanted["between"] = moment.between.model_dump()
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            answer = await asyncio.wait_for(self._player.wish(wanted, "live"), _HUNG)
            if answer is not None:
                self.show(*answer)
            self.counts.works = [*self.counts.works[-999:], loop.time() - start]
            self.trouble = ""
        except (ArtgenError, TimeoutError) as error:
            self.trouble = str(error) or "the player does not answer"
            if isinstance(error, TimeoutError):
                await self._player.child.end()
            await asyncio.sleep(_REST)
            self._asked = None

    def renewed(self) -> None:
        """The run has newer weights: what stands is drawn again with them."""
        self._asked = None

    def show(self, head: dict[str, Any], data: bytes) -> None:
        """A work of the player: its head and its bytes."""
        if head["kind"] not in ("picture", "film"):
            self.trouble = "works of this run are no pictures or films"
            return
        shape = (head.get("frames", 1), head["height"], head["width"], 3)
        self._work, self._rate = np.frombuffer(data, np.uint8).reshape(shape), float(head.get("rate", 1.0))
        self._new = True

    def _frame(self, moment: Moment, at: float) -> np.ndarray | None:
        if self._work is None:
            return None
        self.counts.fresh += self._new
        self._new = False
        if not self._session.frozen:
            self._place += self._rate * self._session.speed / self._fps
        frame = self._work[int(self._place) % len(self._work)]
        frame = np.zeros_like(frame) if moment.dark else frame
        return frame if self._calm is None else self._calm.frame(frame, at)
