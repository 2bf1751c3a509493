"""Promise: a decoder that spins, fills the memory or crashes costs its own file and nothing else."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import artgen
from artgen.errors import InputError, PluginError
from artgen.host import bounded as module
from artgen.host.bounded import OverrunError, Tell, bounded
from tests.conftest import TOY, install

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
        raise InputError("as it was")

    with pytest.raises(InputError, match="as it was"):
        list(bounded(wrong))
    numbers = bounded(wrong)
    process = next(numbers)
    numbers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


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
    start = time.monotonic()
    artgen.run("toy", data=curves, images="32", out=tmp_path / "run", device="cpu")
    assert time.monotonic() - start < 60
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
