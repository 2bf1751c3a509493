"""Promise: what is wished while a run trains is heard, logged, and taken at the same item by a run that is resumed or repeated,
which then has the same weights to the bit. A line that is no wish costs a warning."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

import artgen
from artgen.errors import InputError, Stopped
from artgen.runfolder.wishes import FILE, Wishes, add_wish, read_wish
from artgen.train.trainer import Trainer

SETS = ["batch=8", "augment=adaptive", "augment_items=100", "report_seconds=0.0001"]


def digest(run: Path) -> str:
    """SHA-256 over every tensor of the last checkpoint, and where the training stood."""
    found = hashlib.sha256()
    with safe_open(run / "checkpoints" / "last.safetensors", "pt") as file:
        for name in sorted(file.keys()):
            found.update(name.encode() + file.get_tensor(name).numpy().tobytes())
        state = json.loads(file.metadata()["artgen"])["state"]
    return found.hexdigest() + repr({name: value for name, value in state.items() if name != "seconds"})


@pytest.fixture
def train(toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    step = Trainer.step

    def trained(name: str, wishes: str = "", at: dict[int, Callable[[Path], object]] | None = None) -> Path:
        """A training of 96 items. ``wishes``: lines in its folder before. ``at``: what a person does after so many items."""
        out, acts = tmp_path / name, dict(at or {})

        def stepped(trainer: Trainer) -> None:
            step(trainer)
            if (act := acts.pop(trainer.state.seen, None)) is not None:
                act(out)

        monkeypatch.setattr(Trainer, "step", stepped)
        resume = out.exists()
        out.mkdir(exist_ok=True)
        if wishes:
            (out / FILE).write_text(wishes)
        more: dict[str, Any] = (
            {"resume": True} if resume else {"plugin": "toy", "data": curves, "images": "96", "sets": SETS}
        )
        artgen.run(out=out, device="cpu", **more)
        return out

    return trained


def wish(**words: object) -> Callable[[Path], None]:
    return lambda run: add_wish(run, read_wish(words))


def rows(run: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / name).read_text().splitlines()]


def test_wishes_are_taken_logged_and_repeated_to_the_bit(
    train: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    acts = {
        16: wish(lr=0.5),
        32: wish(gamma=2),
        40: wish(augment_strength=0.7),
        48: wish(snapshot=True),
        64: wish(images="32"),
    }
    first = train("first", at=acts)
    assert "wish after 16 items: learning rates times 0.5" in capfd.readouterr().err
    taken = [(row["taken"], row["at"]) for row in rows(first, FILE) if "taken" in row]
    assert taken == [(1, 16), (2, 32), (3, 40), (4, 48), (5, 64)]
    counts = {row["seen"]: row["values"].get("wishes", 0) for row in rows(first, "metrics.jsonl")}
    assert (counts[16], counts[24], counts[56], counts[128]) == (0, 1, 4, 5)
    assert max(counts) == 128, "a larger budget"
    assert "budget_items = 128" in (first / "config.toml").read_text()
    assert (first / "samples" / "000000048").is_dir()

    plain = train("plain")
    assert digest(plain) != digest(first)
    wishes = (first / FILE).read_text()
    assert digest(train("again", wishes)) == digest(first), "the same file, the same weights"
    for stops in ([24, 72], [48]):
        name = f"stopped-{len(stops)}"
        for number, stop in enumerate(stops):
            with pytest.raises(Stopped):
                train(name, "" if number else wishes, {stop: lambda _run: os.kill(os.getpid(), signal.SIGTERM)})
        assert digest(train(name)) == digest(first), "stopped and resumed"
    assert digest(train("empty", "\n")) == digest(plain), "without wishes as ever"


def test_lines_that_are_no_wishes_cost_a_warning(train: Callable[..., Path], capfd: pytest.CaptureFixture[str]) -> None:
    lines = [
        "nonsense",
        '{"lr": -1}',
        '{"lr": 1, "gamma": 2}',
        "[" * 3000,
        '{"budget": "5m"}',
        '{"budget": "later"}',
        '{"lr": 2, "at": 64}',
    ]
    run = train("odd", "\n".join(lines))
    told = capfd.readouterr().err
    for said in (
        "line 1: wish",
        "line 2: wish: lr",
        "asks for one of lr, gamma",
        "line 4",
        "counts items",
        "later: write a time",
    ):
        assert said in told, said
    assert "wish after 64 items: learning rates times 2" in told
    assert rows(run, "metrics.jsonl")[-1]["values"]["wishes"] == 7


def test_the_file_is_bounded(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"lr": 1}\n' * 200_000 + b"x")
    wishes = Wishes(tmp_path / FILE)
    wishes._read()
    assert 0 < len(wishes.rows) <= 2**20 // 10
    for given in (None, [], {}, {"lr": float("nan")}, {"lr": 1e9}, {"at": 5}, {"paint": 1}, {"snapshot": False}):
        with pytest.raises(InputError, match="wish"):
            read_wish(given)
