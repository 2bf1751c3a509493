"""Promise: newer weights, and a process that is made ready, take nothing from what is played meanwhile."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artgen.errors import InputError
from artgen.runfolder.state import read_state
from artgen.studio.player import Player
from artgen.studio.players import Child
from artgen.studio.playing import Opened
from tests.studio.serving import run_of, train_on

WORK = {"op": "play", "state": {"seed": 3, "moves": {"s1": 1.0}}}
PATIENCE = 60.0  # seconds


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of(tmp_path, "mine", "image")


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
def test_a_process_that_waits_is_made_ready_behind_everything_else() -> None:
    async def priorities() -> tuple[set[int], int]:
        child = Child()
        await child.start(warm=True, behind=True)
        tasks, seen = Path(f"/proc/{child.pid}/task"), set[int]()
        end = time.monotonic() + PATIENCE
        while 15 not in seen and time.monotonic() < end:
            seen |= {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks.iterdir()}
            await asyncio.sleep(0.01)
        usual = os.getpriority(os.PRIO_PROCESS, child.pid)
        await child.end()
        return seen, usual

    seen, usual = asyncio.run(priorities())
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert seen == {own, 15}, "torch is loaded with what is left of the processor"
    assert usual == own, "and works are made as ever"
