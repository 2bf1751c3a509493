"""Promise: what a page asked for is found by the page that takes its place, until one has shown it; a run takes it with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from artgen.errors import InputError
from artgen.studio.beside import Beside
from tests.studio.serving import done

NAME = "0123-4567-89ab"


def test_a_job_is_told_until_it_was_seen() -> None:
    heard: list[dict[str, Any]] = []
    beside, free = Beside(heard.append), asyncio.Event()

    async def work() -> dict[str, Any]:
        await free.wait()
        return {"files": ["a"]}

    async def asked() -> None:
        task = asyncio.create_task(beside.as_job("run", "walk", NAME, work()))
        await asyncio.sleep(0)
        mine = {"job": NAME, "run": "run", "of": "walk", "problem": ""}
        assert beside.told() == [{**mine, "answer": None}]
        free.set()
        assert await task == {"files": ["a"]}
        assert beside.told() == [{**mine, "answer": {"files": ["a"]}}]
        assert heard == [{"kind": "made", **beside.told()[0]}]
        beside.seen(NAME)
        beside.seen("unknown")
        assert beside.told() == []
        for name in (None, 7, "x", "/" * 12, "a" * 99):  # a script waits for it, and a wrong name is none
            assert await beside.as_job("run", "walk", name, work())
        assert beside.told() == []

    done(asked())


def test_a_job_that_failed_says_why_and_one_that_was_ended_is_none() -> None:
    heard: list[dict[str, Any]] = []
    beside = Beside(heard.append)

    async def bad() -> dict[str, Any]:
        raise InputError("the sound is silent")

    async def asked() -> None:
        with pytest.raises(InputError):
            await beside.as_job("run", "soundtrack", NAME, bad())
        assert [one["problem"] for one in beside.told()] == [one["problem"] for one in heard] == ["the sound is silent"]
        beside.seen(NAME)
        task = asyncio.create_task(beside.as_job("run", "walk", NAME, asyncio.sleep(1000, {})))
        await asyncio.sleep(0)
        task.cancel()  # as when the studio ends
        await asyncio.wait([task])
        assert (beside.told(), len(heard)) == ([], 1)

    done(asked())


def test_what_was_made_goes_with_its_run(tmp_path: Path) -> None:
    """And many that nobody looks at are not kept for ever."""
    beside = Beside(lambda _: None)

    async def work() -> dict[str, Any]:
        return {"files": []}

    async def asked() -> None:
        for number in range(99):
            await beside.as_job(f"run-{number % 2}", "walk", f"{NAME}-{number}", work())
        assert len(beside.told()) == 50
        await beside.end("run-1")
        assert {one["run"] for one in beside.told()} == {"run-0"}

    done(asked())
