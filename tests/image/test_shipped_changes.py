"""Promise: colors and pairs start from weights that ship, and these change works that no training has seen for the better."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from artgen.contract.settings import TrainConfig
from artgen.data.scan import scan
from artgen.data.store import Store
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.inference.noise import PerSeedNoise
from artgen.types import RawItem, Task
from artgen.verbs.plan import TrainRequest, make_plan
from artgen_image.change import ColorizeCodec, PairCodec
from artgen_image.prepare import prepare
from tests.image.conftest import as_shipped
from tests.image.test_image_start import TOOLS, tool

SHIPPED: dict[Task, str] = {"colorize": "colorize64", "translate": "translate64"}
NOTHING = torch.zeros(1, 0)


def error(result: Tensor, truth: Tensor) -> float:
    """Mean squared difference of bytes."""
    return float((result.float() - truth.float()).square().mean())


def held_out(task: Task) -> list[RawItem]:
    """The items that a run on the embedded works holds out."""
    host = Host("image")
    config: Any = resolve(host.domain, {"plugin": "image", "task": task}, started=True).domain
    domain = host.domain.of(task)
    assert domain.embedded is not None
    items = [one for one in prepare(scan(domain.embedded, domain.suffixes), config) if isinstance(one, RawItem)]
    labels = sorted({one.label for one in items if one.label is not None})
    of = np.array([-1 if one.label is None else labels.index(one.label) for one in items])
    store = Store(np.zeros((len(items), 1), np.uint8), tuple(labels), of, np.arange(len(items)), ())
    return [items[number] for number in store.split(TrainConfig().holdout)[1]]


@pytest.fixture(params=list(SHIPPED))
def task(request: pytest.FixtureRequest) -> Task:
    found: Task = request.param
    return found


def test_new_works_are_changed_for_the_better(task: Task) -> None:
    """Nearer to the truth than their source is, and than the mean of all truths, before any training of one's own."""
    (path,) = Host("image").domain.of(task).starts
    assert path.stem == SHIPPED[task]
    assert path.stat().st_size < 4_000_000
    items = torch.from_numpy(np.stack([item.data for item in held_out(task)]))
    codec, generator = as_shipped(task, items.shape[1])
    assert isinstance(codec, ColorizeCodec | PairCodec)
    given, truth = codec.part(items)
    assert truth is not None
    results = []
    for one in given.split(1):
        with torch.no_grad():
            results.append(codec.give(one, generator(codec.take(one), NOTHING, PerSeedNoise([0], one.device))))
    found = torch.cat(results)
    assert error(found, truth) < 0.8 * error(given, truth)
    assert error(found, truth) < 0.9 * error(truth.float().mean(0, keepdim=True), truth)


def test_photographs_that_colors_are_learned_from_are_not_those_that_runs_hold_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The tool names the works; a run finds them by number and order of the files."""
    monkeypatch.syspath_prepend(TOOLS)
    named = tool("train_change").HELD_OUT
    held = [PurePath(str(item.origin)).stem for item in held_out("colorize")]
    assert sorted(stem.partition("_")[2] for stem in held) == sorted(named)


def test_a_new_run_starts_from_them(task: Task, tmp_path: Any) -> None:
    """On one's own works too; ``--init scratch`` from nothing."""
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    ways: dict[str, dict[str, Any]] = {"mine": {"data": tmp_path}, "ships": {}, "nothing": {"init": "scratch"}}
    plans = {way: make_plan("image", TrainRequest(task=task, out=tmp_path / way, **more)) for way, more in ways.items()}
    stems = {way: [start.path.stem for start in plan.starts] for way, plan in plans.items()}
    assert stems == {"mine": [SHIPPED[task]], "ships": [SHIPPED[task]], "nothing": []}
