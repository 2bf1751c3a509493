"""Promise: broken checkpoints, settings, indexes and media are answered, never a bug: a short, repeatable part of the fuzzing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fuzz.mutate import mutate
from fuzz.targets import TARGETS, Target

from fuzz import run

COUNTS = {
    "live": 500,
    "studio": 1000,
    "checkpoint": 400,
    "config": 150,
    "shards": 200,
    "image": 250,
    "music": 100,
    "video": 60,
}


@pytest.mark.parametrize("name", TARGETS)
def test_broken_inputs_are_answered(name: str) -> None:
    count, found = run.fuzz(name, COUNTS[name])
    assert count == COUNTS[name]
    assert [(finding.number, finding.what) for finding in found] == []


def test_the_good_examples_are_good(tmp_path: Path) -> None:
    """Or the fuzzing would only ever see the first check."""
    from fuzz.targets import _host

    from artgen.types import RawItem, Source, SourceFile

    for name, small in (("image", {"size": 16}), ("music", {"seconds": 1.0}), ("video", {"size": 16, "frames": 4})):
        host = _host(name)
        for number, data in enumerate(TARGETS[name].seeds()):
            suffix = {"image": ".png", "music": ".wav", "video": ".gif" if number < 3 else ".mp4"}[name]
            path = tmp_path / f"{name}{number}{suffix}"
            path.write_bytes(data)
            source = Source(tmp_path, (SourceFile(path, path.name, None),), ())
            items = list(host.prepare(source, host.domain.config.model_validate(small)))
            assert all(isinstance(item, RawItem) for item in items), (name, number, items)


def test_a_bug_is_found_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same one, whether inputs come alone or together."""

    def answer(*paths: Path) -> None:
        assert not any(b"\xff\xff\xff\xff" in path.read_bytes() for path in paths)

    found = []
    for together in (1, 1, 10):
        monkeypatch.setitem(run.TARGETS, "config", Target(TARGETS["config"].seeds, answer, (".x",), together))
        found.append([(f.number, f.data) for f in run.fuzz("config", 105)[1]])
    assert found[0]
    assert found[0] == found[1] == found[2]
    assert mutate(random.Random(1), [b"abc" * 50]) != mutate(random.Random(2), [b"abc" * 50])
