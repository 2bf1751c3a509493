"""Promise: a decoder that spins, fills the memory or crashes costs its own file and nothing else."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import artgen
from artgen.contract.data import RawItem, Skipped
from artgen.data.scan import scan
from artgen.errors import InputError, PluginError
from artgen.host import Host
from artgen.host import bounded as module
from artgen.host.bounded import OverrunError, Tell, bounded
from artgen.host.resolve import resolve
from tests.conftest import TOY, install
from tests.forked import until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere decoders have no budget")


def spin(tell: Tell) -> Iterator[int]:
    tell("a")
    yield 1
    tell("b")
    while True:
        pass


def crash(tell: Tell) -> Iterator[int]:
    tell("c")
    os.kill(os.getpid(), signal.SIGSEGV)
    yield 1


def swell(tell: Tell) -> Iterator[int]:
    tell("d")
    yield len(np.ones(module.MEMORY // 4))


def test_what_overruns_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.3)
    for work, at, part in ((spin, "b", "takes more than"), (crash, "c", "crashed"), (swell, "d", "MiB to decode")):
        with pytest.raises(OverrunError) as caught:
            list(bounded(work))
        assert (caught.value.at, part in caught.value.reason) == (at, True)


def test_errors_come_over_and_the_fork_ends_with_its_reader() -> None:
    def wrong(tell: Tell) -> Iterator[int]:
        yield os.getpid()
        raise InputError("as it was", at="--sound", value=Path("a/b.wav"))

    with pytest.raises(InputError) as caught:
        list(bounded(wrong))
    assert (str(caught.value), caught.value.page) == (f"--sound {Path('a/b.wav')}: as it was", "“b.wav”: as it was")
    numbers = bounded(wrong)
    process = next(numbers)
    numbers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_an_end_in_the_middle_of_a_message_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(tell: Tell) -> Iterator[RawItem]:
        tell("big")
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
        yield RawItem(np.zeros(10_000_000, np.uint8), None, "big")  # more than the pipe holds

    others = set(psutil.Process().children())

    def late(message: bytes) -> tuple[str, object]:
        (decoder,) = set(psutil.Process().children()) - others
        until(lambda: decoder.status() == psutil.STATUS_ZOMBIE)  # it was killed with the message half on its way
        return read(message)

    read = module._read
    monkeypatch.setattr(module, "_read", late)
    with pytest.raises(OverrunError, match="big: its decoder crashed"):
        list(bounded(cut))


def test_the_fork_ends_while_a_plugin_is_imported(tmp_path: Path) -> None:
    """``os._exit`` is replaced then, in all threads."""

    def refused(status: int) -> None:
        raise SystemExit(status)

    here, leave = os.getpid(), os._exit
    os._exit = refused  # pyright: ignore[reportAttributeAccessIssue]
    try:
        numbers = bounded(lambda tell: iter([os.getpid()]))
        assert next(numbers) != here
        time.sleep(0.5)
        assert list(numbers) == []
    finally:
        os._exit = leave
        if os.getpid() != here:
            (tmp_path / "escaped").touch()
            leave(1)
    assert not (tmp_path / "escaped").exists()


BREAKS_OFF = """
def _several(file):
    file.path.stat()
    for number in range(2):
        yield artgen.RawItem(np.full(32, 200 + number, np.uint8), file.label, file.name)
    import os
    os.abort()
"""


def test_what_a_file_gave_before_it_broke_off_costs_no_other_file(site: Path, curves: Path, tmp_path: Path) -> None:
    text = (TOY / "toy_plugin.py").read_text()
    loop = "    for file in source.files:\n        try:\n            data = np.load"
    assert loop in text
    several = loop.replace(
        "        try:", "        if 'trap' in file.name:\n            yield from _several(file)\n        try:"
    )
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": text.replace(loop, several) + BREAKS_OFF})
    host = Host("toy")
    config = resolve(host.domain, {"plugin": "toy", "data": "x"}, None, None, ()).domain
    whole = [item.origin for item in host.prepare(scan(curves, host.domain.suffixes), config)]  # type: ignore[union-attr]
    (curves / "high" / "0-trap.npy").write_bytes(b"x")
    again = list(host.prepare(scan(curves, host.domain.suffixes), config))
    items = [item.origin for item in again if isinstance(item, RawItem)]
    assert [name for name in items if "trap" not in name] == whole
    assert items.count("high/0-trap.npy") == 2


SPINS = """
def _read(path):
    if path.name.startswith("trap"):
        while True:
            pass
    return np.load(path)
"""


def test_a_run_goes_on_without_the_file(
    site: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)
    text = (TOY / "toy_plugin.py").read_text()
    assert "np.load(file.path)" in text
    install(
        site,
        "artgen-toy",
        {"toy": "toy_plugin"},
        {"toy_plugin": text.replace("np.load(file.path)", "_read(file.path)") + SPINS},
    )
    (curves / "low" / "trap.npy").write_bytes(b"x")
    artgen.run("toy", data=curves, images="32", out=tmp_path / "run", device="cpu")
    (row,) = map(json.loads, (tmp_path / "run" / "skipped.jsonl").read_text().splitlines())
    assert row["name"] == "low/trap.npy"
    assert "takes more than" in row["reason"]


def test_a_plugin_that_never_opens_a_file_is_blamed(
    site: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.3)
    text = (TOY / "toy_plugin.py").read_text()
    head = "def artgen_prepare("
    body = text[text.index(head) :]
    first = body.index("\n", body.index(":\n")) + 1
    spins = body[:first] + "    while True:\n        pass\n" + body[first:]
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": text.replace(body, spins)})
    with pytest.raises(PluginError, match="artgen_prepare opened no file"):
        artgen.run("toy", data=curves, images="32", out=tmp_path / "run", device="cpu")


def test_a_plugin_may_take_all_paths_before_it_opens_one(site: Path, curves: Path) -> None:
    text = (TOY / "toy_plugin.py").read_text()
    loop = "    for file in source.files:\n        try:\n            data = np.load(file.path)"
    assert loop in text
    early = """    paths = {file.name: file.path for file in source.files}
    for file in source.files:
        try:
            data = _read(paths[file.name])"""
    crash = """


def _read(path):
    found = np.load(path)
    if len(found) == 31:
        import os
        os.abort()
    return found
"""
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": text.replace(loop, early) + crash})
    np.save(curves / "high" / "0-trap.npy", np.zeros(31, np.uint8))
    host = Host("toy")
    config = resolve(host.domain, {"plugin": "toy", "data": "x"}, None, None, ()).domain
    answers = list(host.prepare(scan(curves, host.domain.suffixes), config))
    assert [item.name for item in answers if isinstance(item, Skipped)] == ["high/0-trap.npy"]
