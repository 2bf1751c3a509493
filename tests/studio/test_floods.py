"""Promise: whatever is sent, in whatever amount, the studio stays small and alive."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
from collections.abc import Iterator

import aiohttp
import psutil
import pytest

from artgen.provenance.packet import PacketSearch, packet
from tests.conftest import made_once
from tests.e2e import test_bombs as bombs
from tests.patience import PATIENCE
from tests.studio.serving import Served, done

GROWN = 100 * 2**20  # bytes that the server may need more


@pytest.fixture
def small(served: Served) -> Iterator[None]:
    """The server has not grown by more than that after the test, and plays."""
    assert served.process is not None
    server = psutil.Process(served.process.pid)
    served.play(served.run("0001-image"), {"seed": 1})
    before = server.memory_info().rss
    yield
    head, _ = served.play(served.run("0001-image"), {"seed": 1})
    assert head["kind"] == "picture"
    assert server.memory_info().rss - before < GROWN


TOLD = {"plugin", "state", "renewed", "note"}  # to every open page, whoever asked


def spoken(served: Served, messages: list[str], sockets: int = 1, answers: int = 0) -> list[int]:
    """Send messages on so many sockets at once; how many answers came on each, else -1; 0: refused. They are read until so many
    ``answers`` are there and no other one comes for a second; where that is 0, nobody reads."""

    async def one(session: aiohttp.ClientSession, others: asyncio.Barrier) -> int:
        try:
            async with session.ws_connect(f"http://127.0.0.1:{served.port}/ws", max_msg_size=0) as line:
                await others.wait()
                for message in messages:
                    await asyncio.wait_for(line.send_str(message), PATIENCE if answers else 5)
                count = 0
                while answers:
                    try:
                        said = await asyncio.wait_for(line.receive(), PATIENCE if count < answers else 1)
                        told = said.type is aiohttp.WSMsgType.TEXT and json.loads(said.data).get("kind") in TOLD
                        count += not told
                    except TimeoutError:
                        break
                return count if answers else -1
        except TimeoutError:  # it is not heard any further
            return -1
        except aiohttp.WSServerHandshakeError:
            await others.wait()
            return 0

    async def every() -> list[int]:
        own = {"Origin": f"http://127.0.0.1:{served.port}", "Cookie": f"artgen-{served.port}={served.token}"}
        others = asyncio.Barrier(sockets)  # all of them are there at once, or refused
        async with aiohttp.ClientSession(headers=own) as session:
            return await asyncio.gather(*(one(session, others) for _ in range(sockets)))

    return done(every())


def test_a_flood_of_wishes(served: Served, small: None) -> None:
    run = served.run("0001-image")
    wish = lambda seed, **more: json.dumps({"op": "play", "run": run, "seq": seed, "state": {"seed": seed}, **more})  # noqa: E731
    (answers,) = spoken(served, [wish(seed) for seed in range(2000)], answers=1)
    assert 1 <= answers < 2000  # the newest wish wins, the others were never made
    spoken(served, [wish(seed, op="small", group="near", tag=seed) for seed in range(3000)])  # nobody reads
    assert spoken(
        served, ["[" * 60_000, "{}", "no json", json.dumps({"run": "x" * 60_000}), wish(1, group="other")], answers=5
    ) == [5]
    assert sum(found == 0 for found in spoken(served, [wish(1)], sockets=60)) >= 15


def test_a_large_drop_is_refused_before_it_comes(served: Served, small: None) -> None:
    drop = served.post("/api/drops")["drop"]
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    line.putrequest("PUT", f"/api/drops/{drop}/a.png", skip_host=True)
    for name, value in (("Host", f"127.0.0.1:{served.port}"), ("Origin", f"http://127.0.0.1:{served.port}"),
                        ("Cookie", f"artgen-{served.port}={served.token}"), ("Content-Length", str(3 * 2**30))):  # fmt: skip
        line.putheader(name, value)
    line.endheaders(b"x" * 1000)
    answer = line.getresponse()
    assert (answer.status, "2 GiB" in json.loads(answer.read())["problem"]) == (400, True)
    line.close()


def test_bombs_are_opened_by_another_process(
    served: Served, small: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The thirty-odd kinds themselves are tried in tests/e2e/test_bombs.py, in the process that opens them here too."""
    made = made_once(tmp_path_factory, "bombs-image", bombs.pictures)
    served.get("/api/hello")
    drop, names = served.post("/api/drops")["drop"], sorted(path.name for path in made.iterdir())
    for name in names:
        assert served.options("PUT", f"/api/drops/{drop}/{name}", (made / name).read_bytes())[0] == 200, name
    plan = served.post("/api/plan", {"plugin": "image", "drop": drop})
    lost = plan["unused"]
    assert plan["files"] + lost["unusable"] == len(names) >= 19
    assert all(bad["reason"] and len(bad["reason"].splitlines()) == 1 for bad in lost["rows"])
    assert (plan["items"] or 0) <= 32 * len(names)  # pages and frames of a file
    assert lost["unusable"] >= 3


def test_a_recipe_is_looked_for_in_little_memory_and_time(served: Served, small: None) -> None:
    start = packet({"recipe": "{}"}).partition(b" rdf:about")[0]
    hostile = (start + b"x" * 40) * (40 * 2**20 // (len(start) + 40))
    for body in (hostile, os.urandom(2**20) * 60, b"<x:xmpmeta" * 2**22):
        status, _, answer = served.options("POST", "/api/recipe", body)
        assert (status, json.loads(answer)) == (200, {"state": None})


@pytest.mark.parametrize("size", [1, 7, 36, 1000, 2**20])
def test_a_packet_is_found_wherever_the_parts_end(size: int) -> None:
    mine = packet({"recipe": '{"seed": 5}', "model": "abc"})
    for before, after in ((0, 0), (3, 9000), (12_345, 1), (20_001, 30_000)):
        data, search = b"y" * before + mine + b"z" * after, PacketSearch()
        for at in range(0, len(data), size):
            search.feed(data[at : at + size])
        assert search.end() == {"recipe": '{"seed": 5}', "model": "abc"}
    other = PacketSearch()
    other.feed(b"nothing of ours")
    assert other.end() is None
