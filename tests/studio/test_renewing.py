"""Promise: newer weights, and a process that is made ready, take nothing from what is played meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from artgen.errors import InputError
from artgen.runfolder.state import read_state
from artgen.studio.player import Player
from artgen.studio.players import Child, Players
from artgen.studio.playing import Opened
from tests.patience import PATIENCE
from tests.studio.serving import run_of, train_on

WORK = {"op": "play", "state": {"seed": 3, "moves": {"s1": 1.0}}}
T = TypeVar("T")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of(tmp_path, "mine", "image")


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns, in a thread of its own: this one has a loop already where tests of a browser ran before."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, work).result()


def renewed(player: Player) -> dict[str, Any]:
    """The facts of the newer weights, asked for until they are there."""
    end = time.monotonic() + PATIENCE
    while (head := player.answer({"op": "renew"})[0])["kind"] == "loading" and time.monotonic() < end:
        time.sleep(0.01)
    return head


def test_the_weights_before_play_until_the_newer_ones_are_loaded(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may, load = threading.Event(), Opened.newer
    monkeypatch.setattr(Opened, "newer", lambda opened: may.wait(PATIENCE) and load(opened))
    player = Player()
    opened, _ = player.answer({"op": "open", "path": str(run)})
    _, before = player.answer(WORK)
    train_on(run)
    for _ in range(3):
        assert player.answer({"op": "renew"})[0] == {"kind": "loading"}
        assert player.answer(WORK)[1] == before, "it plays as if nothing was being loaded"
    may.set()
    facts = renewed(player)
    assert (facts["kind"], facts["turned"]) == ("opened", [])
    assert facts["model"] != opened["model"]
    _, after = player.answer(WORK)
    assert after != before
    assert after == Opened(run).view(read_state(WORK["state"]))[1]


def test_what_cannot_be_loaded_leaves_the_weights_before(run: Path) -> None:
    player = Player()
    player.answer({"op": "open", "path": str(run)})
    _, before = player.answer(WORK)
    (run / "checkpoints" / "last.safetensors").write_bytes(b"half a file")
    with pytest.raises(InputError, match=r"last\.safetensors"):
        renewed(player)
    assert player.answer(WORK)[1] == before


def test_directions_that_point_the_other_way_are_named(run: Path) -> None:
    before = Opened(run)
    newer = before.newer()
    assert newer.turned(before) == []
    first = newer._known[0]
    newer._known[0] = replace(first, vector=-first.vector)
    assert newer.turned(before) == [first.name]


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own there")
def test_a_process_that_waits_is_made_ready_with_what_others_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no thread of its libraries stays behind, for which its works would wait on a busy machine."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    async def followed() -> tuple[set[int], set[int], float]:
        child = Child()
        await child.start(behind=True)
        tasks, seen = Path(f"/proc/{child.pid}/task"), dict[int, int]()
        ready = asyncio.ensure_future(child.options({"op": "ready"}))
        while not ready.done():
            for task in tasks.iterdir():
                with contextlib.suppress(OSError):  # it has ended
                    seen[int(task.name)] = os.sched_getscheduler(int(task.name))
            await asyncio.sleep(0.01)
        own, every = (processor(Path(f"/proc/{child.pid}/{name}stat")) for name in (f"task/{child.pid}/", ""))
        assert seen.pop(child.pid) == os.SCHED_OTHER, "works are made as ever"
        end = asyncio.get_running_loop().time() + PATIENCE  # a thread that has ended is listed for a moment
        while len(left := {os.sched_getscheduler(int(task.name)) for task in tasks.iterdir()}) > 1:
            if asyncio.get_running_loop().time() > end:
                break
            await asyncio.sleep(0.05)
        await child.end()
        return set(seen.values()), left, own / every

    policies, left, share = finished(followed())
    assert policies == {os.SCHED_IDLE}
    assert left == {os.SCHED_OTHER}
    assert share < 0.3, "nothing that takes long is loaded before that"


def processor(stat: Path) -> int:
    """Ticks of the processor that a process or a thread has used."""
    fields = stat.read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_one_that_is_not_ready_keeps_nobody_waiting() -> None:
    async def taken() -> Child | None:
        players = Players(lambda _run, _event: None)
        making = asyncio.ensure_future(players.warm(behind=True))
        while players._coming is None or not players._coming.pid:
            await asyncio.sleep(0.01)
        try:
            return players._spare()
        finally:
            await players.close()
            await making

    assert finished(taken()) is None
