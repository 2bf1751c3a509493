"""Promise: what is measured on real items and noise is measured once for the same data and judge, and never believed blindly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from artgen.judge.kept import KnownReals
from artgen.judge.long_works import WORKS
from artgen.judge.quality import evaluate
from artgen.judge.reference_sets import Meter, Reals, held_out, real_items, real_sets
from artgen.runfolder.records import Quality
from artgen.runtime.distributed import World
from artgen.runtime.progress import tell_share
from artgen.types import Judge
from tests.core.test_trainer import Bench

COUNT = 16


class Counting:
    """Features that count the items that they are asked about."""

    name = "counting"

    def __init__(self, scale: float = 1.0) -> None:
        self.scale, self.items = scale, 0

    def __call__(self, raw: Tensor) -> Tensor:
        self.items += len(raw)
        x = raw.float().flatten(1)[:, None] * self.scale
        return torch.nn.functional.adaptive_avg_pool1d(x, 8)[:, 0]


@pytest.fixture
def reals(bench: Bench) -> Reals:
    return held_out(bench.store, 0.2)


def judged(bench: Bench, reals: Reals, judge: Judge) -> Quality:
    return evaluate(bench.trainer().model(), judge, reals, COUNT)[0]


def test_the_second_run_measures_its_samples_alone_and_scores_the_same(bench: Bench, reals: Reals) -> None:
    first, second = Counting(), Counting()
    one = judged(bench, reals, Judge(first, lambda raw: {"level": raw.float().mean(1)}))
    two = judged(bench, reals, Judge(second, lambda raw: {"level": raw.float().mean(1)}))
    assert one == two
    samples = 2 * COUNT  # of two classes
    assert second.items == samples + 1  # one real item, to see that the judge still says the same
    assert first.items > 4 * samples


def test_a_judge_that_changed_is_not_answered_from_memory(bench: Bench, reals: Reals) -> None:
    judged(bench, reals, Judge(Counting()))
    changed = Counting(scale=2.0)
    found = judged(bench, reals, Judge(changed))
    assert changed.items > 8 * COUNT
    assert found.figures[0].real == pytest.approx(judged(bench, reals, Judge(Counting(2.0))).figures[0].real)


def test_a_damaged_file_is_measured_anew(bench: Bench, reals: Reals) -> None:
    one = judged(bench, reals, Judge(Counting()))
    assert reals.store.folder is not None
    (kept,) = reals.store.folder.glob("judge-*.safetensors")
    kept.write_bytes(kept.read_bytes()[:100])
    assert judged(bench, reals, Judge(Counting())) == one


def test_a_domain_may_ship_what_was_measured(bench: Bench, reals: Reals, tmp_path: Path) -> None:
    first, shipped = Counting(), tmp_path / "shipped.safetensors"
    known = KnownReals(bench.trainer().model(), Judge(first), reals, COUNT, World())
    known.measure(Meter())
    known.write(shipped, torch.float16)
    nowhere = replace(reals, store=replace(reals.store, folder=None))
    second = Counting()
    judged(bench, nowhere, Judge(second, kept=shipped))
    assert second.items == 2 * COUNT + 1
    other = replace(nowhere, floor=nowhere.floor[:-1])  # other data: measured
    third = Counting()
    judged(bench, other, Judge(third, kept=shipped))
    assert third.items > 8 * COUNT


def test_a_listener_hears_the_share_that_is_done(bench: Bench, reals: Reals) -> None:
    shares: list[float] = []
    evaluate(bench.trainer().model(), Judge(Counting()), reals, COUNT, tell=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 4
    assert shares[-1] == 1.0


def test_a_progress_of_ones_own_needs_no_bar_for_the_judging() -> None:
    """``artgen.run(progress=...)`` took objects with two methods before there was a third."""

    class Own:
        def update(self, stats: object) -> None: ...

        def say(self, text: str) -> None: ...

    class More(Own):
        heard: ClassVar[list[tuple[str, float]]] = []

        def share(self, title: str, share: float) -> None:
            self.heard.append((title, share))

    tell_share(Own(), "judging", 0.5)
    tell_share(More(), "judging", 0.5)
    assert More.heard == [("judging", 0.5)]


def test_a_count_that_rounds_to_one_more_is_still_the_same_judge(bench: Bench, reals: Reals) -> None:
    """Features are multiplied in another order for one item than for many, so that a count, such as of onsets, may differ by
    one: what is kept must not be thrown away for that, or every run measures everything again."""

    def counts(features: Counting, off: float) -> Judge:
        return Judge(features, lambda raw: {"peaks": (raw.float().abs().amax(1) / 1000).round() + off})

    judged(bench, reals, counts(Counting(), 0.0))
    every = real_items(bench.trainer().codec, reals.store, reals.reference, torch.Generator().manual_seed(0))
    spread = float(every.float().abs().amax(1).div(1000).round().std())
    near, far = Counting(), Counting()
    judged(bench, reals, counts(near, 0.3 * spread))
    assert near.items == 2 * COUNT + 1
    judged(bench, reals, counts(far, 2 * spread + 1))
    assert far.items > 8 * COUNT


def test_long_works_of_real_music_are_measured_once(bench: Bench, reals: Reals) -> None:
    works: list[int] = []

    def measured(raw: Tensor) -> dict[str, Tensor]:
        works.append(len(raw))
        return {"peak": raw.float().abs().flatten(1).amax(1)}

    judge = Judge(Counting(), long_statistics=measured, joined=lambda items: items[0], long_seconds=1.0)
    one = judged(bench, reals, judge)
    first, works[:] = sum(works), []
    assert judged(bench, reals, judge) == one
    assert sum(works) < first
    assert sum(works) == 2 * WORKS + 1  # of two classes, and one real work to see that the judge still says the same


def test_white_noise_is_never_wider_than_the_items(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole numbers of eight bytes, of films, were the most that a run held at once; the draws are the same."""
    sizes: list[int] = []
    real = torch.randint

    def draw(*words: Any, **options: Any) -> Tensor:
        drawn = real(*words, **options)
        sizes.append(drawn.nbytes)
        return drawn

    monkeypatch.setattr(torch, "randint", draw)
    reference, _, noise = real_sets(bench.trainer().model(), held_out(bench.store, 0.3), None, COUNT)
    assert (noise.dtype, sizes[-1]) == (reference.dtype, reference.nbytes)
    rng = torch.Generator().manual_seed(0)
    assert torch.equal(noise, real(0, 256, noise.shape, generator=rng).to(torch.uint8))
