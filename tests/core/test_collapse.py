"""Promise: a collapse is noticed within two reports and undone, a healthy training never disturbed; what was done is written.

Ten trainings (four of curves, three of pictures, three of music) are watched while they are healthy and then broken: half by a
latent that no longer varies, half by learning rates a hundred times too high. Pictures and music are computed in float32 on every
processor, and keep twice the diversity below which a collapse is suspected. A training of pictures that did not (seed 1: 0.03 to
0.06 of the real items' for twenty steps, after which it came back) was healthy or not by how a processor rounds.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from benchmarks.collapse import collapse, watched
from torch import Tensor

import artgen
from artgen.data.scan import scan
from artgen.data.store import Store, cache_folder, fingerprint, open_store, write_store
from artgen.errors import TrainingError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.nn import StyleGenerator
from artgen.train.collapse import REPORTS, CollapseWatch
from artgen.train.rollback import Rollback
from artgen.train.trainer import Trainer
from tests.core.test_trainer import CPU, Bench

IMAGE = ["batch=16", "size=16", "base_channels=8", "max_channels=16", "widths=[32,16]", "discriminator_widths=[32,16]"]
MUSIC = ["batch=8", "seconds=1.0", "components=16", "latent=8", "style=8", "generator_widths=[16, 16, 8]",
         "discriminator_widths=[8, 8, 16]"]  # fmt: skip
TOTAL = 200  # steps of the budget that the schedules go by


@cache
def embedded(plugin: str) -> tuple[Host, Store]:
    host = Host(plugin)
    config = resolve(host.domain, {"plugin": plugin}, "tiny", sets=IMAGE if plugin == "image" else MUSIC)
    assert host.domain.embedded is not None
    whole = scan(host.domain.embedded, host.domain.suffixes)
    source = replace(whole, files=whole.files[:: 8 if plugin == "image" else 4])
    folder = cache_folder() / fingerprint(source, config.domain, str(host.found))
    return host, open_store(folder) or write_store(folder, host.prepare(source, config.domain), source.labels)


@pytest.mark.parametrize("how", ["latent", "rates x 100"])
@pytest.mark.parametrize("seed", [0, 1])
def test_curves(toy: Path, curves: Path, tmp_path: Path, seed: int, how: str) -> None:
    bench = Bench(curves, tmp_path)
    found = bench.config("batch=32")
    config = found.model_copy(update={"run": found.run.model_copy(update={"seed": seed})})
    judge_training(Trainer(bench.host, config, bench.store, CPU), how, healthy=20)


@pytest.mark.parametrize(
    ("plugin", "seed", "how"),
    [("image", 0, "latent"), ("image", 3, "rates x 100"), ("image", 2, "latent"),
     ("music", 0, "rates x 100"), ("music", 1, "latent"), ("music", 2, "rates x 100")],
)  # fmt: skip
def test_pictures_and_music(plugin: str, seed: int, how: str) -> None:
    host, store = embedded(plugin)
    looks = plugin == "image" and not seed  # through frozen features, which takes most of a step
    few = [*IMAGE, "batch=8" if looks else "features=none"]
    sets = [*(few if plugin == "image" else MUSIC), "precision=float32"]
    config = resolve(host.domain, {"plugin": plugin, "seed": seed}, sets=sets)
    judge_training(Trainer(host, config, store, CPU), how, healthy=8 if looks else 12)


def judge_training(trainer: Trainer, how: str, healthy: int) -> None:
    watch = CollapseWatch(trainer.config.train.loss)
    assert watched(trainer, watch, healthy, TOTAL) is None, "flagged while it was healthy"
    collapse(trainer, how)
    found = watched(trainer, watch, 4, TOTAL)
    assert found is not None
    assert found <= REPORTS + (how == "rates x 100"), "of rates too high, the first steps are still sound"


def test_limits() -> None:
    def looks(*shares: float, margin: float = 0.0, loss: str = "hinge") -> list[bool]:
        watch = CollapseWatch(loss)
        rows = [{"diversity": s, "diversity_real": 1.0, "d_margin": margin} for s in shares]
        return [watch.look(row) is not None for row in rows]

    assert looks(0.5, 0.09, 0.09) == [False, False, True], "two in a row"
    assert not any(looks(0.5, 0.09, 0.2, 0.09, 0.2)), "not two at times"
    assert not any(looks(0.11, 0.11, 0.05, 0.05)), "a fall from little is no fall"
    assert not any(looks(0.32, 0.13, 0.06, 0.21)), "one that comes back within twenty steps, in reports of sixteen"
    assert not any(looks(*[0.01] * 5)), "networks that start alike have time to part"
    assert looks(*[0.01] * 7)[-1]
    assert looks(1.0, 1.0, margin=-150.0) == [False, True]
    assert not any(looks(1.0, 1.0, margin=150.0, loss="wgan-gp"))
    assert CollapseWatch("hinge").look({"loss_g": 1.0}) is None, "a game without these figures"


def test_an_autoencoder_that_loses_what_it_had_learned_is_noticed() -> None:
    """As the image plugin's did once: its output saturated, without a gradient and without an explosion."""
    watch = CollapseWatch("relativistic")
    for error in (0.64, 0.15, 0.096, 0.12, 0.2):
        assert watch.look({"reconstruction": error}) is None
    assert [watch.look({"reconstruction": 0.48}) is not None for _ in range(REPORTS)] == [False, True]
    watch.forget()
    assert watch.look({"reconstruction": 0.5}) is None, "an earlier state may be worse than the best"


def test_the_way_back_skips_a_state_that_went_wrong_and_strengthens_the_penalty(
    toy: Path, curves: Path, tmp_path: Path
) -> None:
    trainer = Bench(curves, tmp_path).trainer()
    rollback = Rollback(trainer)
    marks = []
    for _ in range(2):
        trainer.step()
        assert rollback.keep()
        marks.append(trainer.tensors()["generator.net.0.weight"].detach().clone())
    for mark in (marks[1], marks[0], marks[0]):
        trainer.step()
        rollback.back(collapsed=True)
        assert torch.equal(trainer.tensors()["generator.net.0.weight"], mark)
    assert (trainer.state.gamma_scale, trainer.state.lr_scale, trainer.state.collapses) == (8.0, 0.125, 3)
    assert trainer._moment("d").gamma == 8 * replace_gamma(trainer)
    with pytest.raises(TrainingError, match="collapsed after 3 rollbacks"):
        rollback.back(collapsed=True)


def replace_gamma(trainer: Trainer) -> float:
    state = trainer.state
    trainer.state = replace(state, gamma_scale=1.0)
    found = trainer._moment("d").gamma
    trainer.state = state
    return found


def rows(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line)["values"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def constant_from(monkeypatch: pytest.MonkeyPatch, first: int, last: int) -> None:
    """Between these two calls the toy's generator makes the same curve for every latent."""
    real, count = StyleGenerator.forward, [0]

    def forward(self: StyleGenerator, z: Tensor, condition: Tensor, noise: Any, options: Any = None) -> Tensor:
        count[0] += 1
        made = real(self, z, condition, noise, options)
        return made * 0 + made.mean(0, keepdim=True) if first < count[0] < last else made

    monkeypatch.setattr(StyleGenerator, "forward", forward)


SOON = {"images": "2k", "sets": ["batch=8", "report_seconds=0.0001", "checkpoint_seconds=0.05"]}


def test_a_collapse_is_undone_and_written_down(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    constant_from(monkeypatch, 100, 108)
    run = artgen.run("toy", data=curves, out=tmp_path / "run", **{**SOON, "images": "1k"})
    assert rows(tmp_path / "run")[-1]["collapses"] >= 1
    assert run.sample([1])
    assert "collapse: the samples of a class are all alike" in capsys.readouterr().err
    assert " collapse" in (tmp_path / "run" / "report.html").read_text()


def test_a_collapse_that_comes_again_ends_the_run_with_the_last_good_state(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    constant_from(monkeypatch, 100, 10_000)
    with pytest.raises(TrainingError, match="collapsed after 3 rollbacks") as ended:
        artgen.run("toy", data=curves, out=tmp_path / "run", **SOON)
    assert ended.value.exit_code == 4
    assert artgen.load(tmp_path / "run", "cpu").sample([1])
