"""Promise: a run ends with its work saved, whatever ends it, and goes on from there."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import artgen
from artgen.cli import main
from artgen.data.store import Store
from artgen.errors import InputError, PluginError, Stopped, StorageError, TrainingError
from artgen.judge.reference_sets import MOST_CLASSES, Reals, judged_labels
from artgen.runfolder import checkpoint
from artgen.studio.about import look
from artgen.studio.shelf import Place, Shelf
from artgen.tasks import Adversarial
from artgen.train import session, trainer
from artgen.types import Stats
from artgen.verbs.plan import TrainRequest, make_plan, restarted


def rows(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def done(toy: Path, curves: Path, out: Path) -> Path:
    artgen.run("toy", data=curves, out=out, images="64", sets=["batch=8"])
    return out


def test_a_thousand_classes_are_shown_and_judged_in_part() -> None:
    """A snapshot and a judgement stay bounded whatever the number of classes."""
    assert session.shown_seeds(3, final=False) == [0, 1, 2]
    assert session.shown_seeds(3, final=True) == [0, 1, 2, 3, 4, 5]
    assert (session.shown_seeds(0, final=False), len(session.shown_seeds(0, final=True))) == ([0, 1], 6)
    many = session.shown_seeds(1000, final=True)
    assert len(many) == 48
    assert {seed % 1000 for seed in many[:24]} == {seed % 1000 for seed in many[24:]} >= {0, 999}
    labels = tuple(f"{number:04d}" for number in range(1000))
    index = np.repeat(np.arange(1000), np.where(np.arange(1000) % 50 == 7, 3, 1))
    store = SimpleNamespace(labels=labels, label_index=index)
    reals = Reals(cast(Store, store), np.arange(len(index)), np.arange(4))
    judged = judged_labels(labels, reals)
    assert len(judged) == MOST_CLASSES
    assert {label for label in labels if int(label) % 50 == 7} <= set(judged)
    assert judged_labels((), reals) == (None,)
    assert judged_labels(labels[:2], reals) == labels[:2]


def test_the_last_report_says_that_the_budget_is_spent(
    toy: Path, curves: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the end comes while samples are written, too: else the studio offers to go on with a run that is done."""
    monkeypatch.setattr("artgen.verbs.train.judge", lambda _session: None)
    monkeypatch.setattr(session, "_FIRST_SNAPSHOT", 0.0)
    monkeypatch.setattr(session.Session, "snapshot", lambda _session, kind: kind == "snapshot" and time.sleep(1.5))
    artgen.run("toy", data=curves, out=out, budget="1s", sets=["batch=8"])
    assert rows(out)[-1]["progress"] == 1


def test_a_run_folder_has_everything(done: Path) -> None:
    names = {p.name for p in done.iterdir()}
    assert names >= {
        "config.toml",
        "metrics.jsonl",
        "skipped.jsonl",
        "samples",
        "checkpoints",
        "report.html",
        "tensorboard",
    }
    assert rows(done)[-1]["seen"] == 64
    assert rows(done)[-1]["progress"] == 1


def test_a_finished_run_goes_on_with_a_new_budget(done: Path) -> None:
    artgen.run(out=done, resume=True, images="32")
    assert rows(done)[-1]["seen"] == 96
    assert artgen.load(done, "cpu").seen == 96


def test_a_resumed_run_keeps_its_settings(done: Path) -> None:
    for wish in (
        {"sets": ["lr_g=0.1"]},
        {"sets": ["threads=1", "points=8"]},
        {"preset": "x"},
        {"init": "scratch"},
        {"config": "x.toml"},
    ):
        with pytest.raises(InputError, match="keeps its settings"):
            artgen.run(out=done, resume=True, **wish)


def test_a_resumed_run_takes_what_suits_the_machine(done: Path) -> None:
    before = tomllib.loads((done / "config.toml").read_text())
    artgen.run(out=done, resume=True, images="8", sets=["threads=1", "train.checkpoint_seconds=5"])
    after = tomllib.loads((done / "config.toml").read_text())
    assert after["train"] == before["train"] | {"threads": 1, "checkpoint_seconds": 5}
    assert after["domain"] == before["domain"]
    with pytest.raises(InputError, match=r"--set with --resume batch=9: .*threads, compile, .*start a new one"):
        artgen.run(out=done, resume=True, sets=["batch=9"])


def test_the_newest_run_goes_on_without_being_named(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``artgen run --resume`` of the README: neither folder nor plugin is said again."""
    monkeypatch.chdir(tmp_path)
    words = ["--images", "16", "--device", "cpu"]
    for more in (["--plugin", "toy", "--data", str(curves), "--set", "batch=8"], ["--resume"]):
        with pytest.raises(SystemExit) as left:
            main(["run", *words, *more])
        assert left.value.code == 0, capsys.readouterr().err
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["0001-toy"]
    assert rows(tmp_path / "runs" / "0001-toy")[-1]["seen"] == 32
    told = capsys.readouterr()
    assert "report: runs/0001-toy/report.html" in told.out
    assert "\r" not in told.err
    assert "%" not in told.err, "no bar where there is no terminal"


def test_a_refused_run_leaves_no_folder(toy: Path, curves: Path, out: Path) -> None:
    for wish in ({"sets": ["lr_g=nan"]}, {"images": "-1"}, {"task": "paint"}, {"data": out / "none"}):
        with pytest.raises(InputError):
            artgen.run("toy", **{"data": curves, "out": out, **wish})
        assert not out.exists()


def test_a_run_stopped_before_its_first_checkpoint_says_so(done: Path) -> None:
    (done / "checkpoints" / "last.safetensors").unlink()
    with pytest.raises(InputError, match="before its first checkpoint"):
        artgen.run(out=done, resume=True)


def test_samples_are_there_before_the_end(toy: Path, curves: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_FIRST_SNAPSHOT", 0.0)
    artgen.run("toy", data=curves, out=out, images="64", sets=["batch=8"])
    index = [json.loads(line) for line in (out / "samples" / "index.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in index][0 :: len(index) - 1] == ["snapshot", "final"]
    assert all((out / file).exists() for row in index for item in row["items"] for file in item["files"])


def poison(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Losses that are not numbers, from ``after`` items on."""
    count = [0]
    real = Adversarial.generator_loss

    def loss(self: Adversarial, *words: object) -> tuple[Tensor, dict[str, Tensor]]:
        value, figures = real(self, *words)  # type: ignore[arg-type]
        count[0] += 1
        return (value * float("nan") if count[0] > after else value), figures

    monkeypatch.setattr(Adversarial, "generator_loss", loss)


def test_a_training_that_diverges_leaves_the_last_good_state(
    toy: Path, curves: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, after=10)
    words = {"images": "100k", "sets": ["batch=8", "report_seconds=0.001"]}
    with pytest.raises(TrainingError, match=r"diverged after 3 rollbacks.*smaller lr_g") as ended:
        artgen.run("toy", data=curves, out=out, **words)
    assert ended.value.exit_code == 4
    assert rows(out)[-1]["values"]["skipped_steps"] >= 12  # type: ignore[index]
    assert artgen.load(out, "cpu").sample([1])
    assert (out / "report.html").exists()


def test_what_is_not_finite_never_reaches_a_checkpoint(
    toy: Path, curves: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running statistics are not guarded by the step: the run returns to its last good state before it saves."""
    real = trainer.Trainer.step
    count = [0]

    def step(self: trainer.Trainer) -> None:
        real(self)
        count[0] += 1
        if count[0] == 8:
            with torch.no_grad():
                next(self.ema.parameters()).fill_(float("nan"))

    monkeypatch.setattr(trainer.Trainer, "step", step)
    run = artgen.run("toy", data=curves, out=out, images="64", sets=["batch=8"])
    assert checkpoint.read_header(out / "checkpoints" / "last.safetensors").state["rollbacks"] == 1
    assert run.sample([1])
    assert artgen.load(out, "cpu").sample([1])


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Files cannot grow beyond ``size``: a portable full disk."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_said_and_costs_nothing_saved(done: Path) -> None:
    saved = done / "checkpoints" / "last.safetensors"
    before = saved.read_bytes()
    with disk_of(len(before) - 1000), pytest.raises(StorageError, match=r"last\.safetensors") as ended:
        artgen.run(out=done, resume=True, images="32")
    assert ended.value.exit_code == 5
    assert saved.read_bytes() == before
    artgen.run(out=done, resume=True, images="32")
    assert rows(done)[-1]["seen"] == 96


def test_a_full_disk_is_said_before_the_first_step(toy: Path, curves: Path, out: Path) -> None:
    with disk_of(1000), pytest.raises(StorageError, match="--out"):
        artgen.run("toy", data=curves, out=out, images="32")
    assert not (out / "metrics.jsonl").exists()


def test_the_python_api_works_beside_the_main_thread(toy: Path, curves: Path, out: Path) -> None:
    """Python takes signal handlers in the main thread only."""
    import threading

    made: list[artgen.Run] = []
    worker = threading.Thread(target=lambda: made.append(artgen.run("toy", data=curves, out=out, images="32")))
    worker.start()
    worker.join()
    assert made


def test_a_training_takes_the_threads_it_is_told(
    toy: Path, curves: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its steps alone, and never more than there are cores; a person's OMP_NUM_THREADS comes first."""
    taken: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", taken.append)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    artgen.run("toy", data=curves, out=out, images="32", sets=["batch=8", "threads=2"])
    assert taken == []
    monkeypatch.delenv("OMP_NUM_THREADS")
    for wish, most in (("threads=2", 2), ("threads=9", 3), ("threads=0", 3)):
        taken.clear()
        artgen.run("toy", data=curves, out=out.with_name(wish), images="32", sets=["batch=8", wish])
        assert taken[:3] == [3, most, 3]


def test_files_with_a_reason_are_listed(toy: Path, curves: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (curves / "low" / "bad.npy").write_text("no array")
    (curves / "a-note.txt").write_text("about these")
    before = look({"plugin": "toy", "folder": str(curves)})
    artgen.run("toy", data=curves, out=out, images="32")
    after = Shelf(Place(out.parent)).story(out)
    assert before["unused"] == after["unused"], "the studio says the same before a training and after it"
    assert (before["files"], before["items"]) == (80, 80)
    listed = [json.loads(line) for line in (out / "skipped.jsonl").read_text().splitlines()]
    assert [one["name"] for one in listed] == ["low/bad.npy", "a-note.txt"], "what can be mended is said first"
    assert listed[0]["reason"] == "not an array"
    assert [one["kind"] for one in listed] == ["unusable", "other"]
    said = capsys.readouterr().err
    assert "1 file could not be used (low/bad.npy: not an array), see" in said
    assert "1 other file of another kind is left out (a-note.txt: text or data, not a work), see" in said


def test_progress_never_raises_and_says_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    from artgen.runtime.progress import Bar, Quiet

    with Bar() as bar:
        bar.update(Stats(0, 0.0, 0.0, {}))
        bar.update(Stats(10, 60.0, 0.5, {"loss_d": 1.0, "items_per_second": 3.0}))
        bar.say("[red]not markup[/red]")
    assert "[red]not markup[/red]" in capsys.readouterr().err
    Quiet().update(Stats(0, 0.0, 0.0, {}))
    assert capsys.readouterr().err == ""


def test_a_batch_that_processes_cannot_share_is_refused(toy: Path, curves: Path, tmp_path: Path) -> None:
    from artgen.runtime.distributed import World
    from tests.core.test_trainer import CPU, Bench

    bench = Bench(curves, tmp_path)
    with pytest.raises(InputError, match=r"batch=8.*multiple of the 3 processes"):
        trainer.Trainer(bench.host, bench.config(), bench.store, CPU, World(0, 3))


def test_errors_carry_their_exit_codes() -> None:
    codes = {kind.__name__: kind.exit_code for kind in (InputError, PluginError, TrainingError, StorageError)}
    assert list(codes.values()) == [2, 3, 4, 5]
    assert Stopped("", signal.SIGINT).exit_code == 130
    assert Stopped("", signal.SIGTERM).exit_code == 143


def test_judging_that_is_stopped_keeps_the_run(
    toy: Path, curves: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_session: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("artgen.verbs.train.judge", stopped)
    run = artgen.run("toy", data=curves, out=out, images="32")
    assert run.sample([1])
    assert (out / "report.html").exists()
    assert not (out / "quality.json").exists()
    assert f"artgen evaluate {out}" in capsys.readouterr().err


def test_a_run_folder_may_have_any_name(
    toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is also a word of the files in it leaves the page whole."""
    monkeypatch.chdir(tmp_path)
    for name in ("final", "values", "low"):
        artgen.run("toy", data=curves, out=name, images="32", device="cpu")
        page = (tmp_path / name / "report.html").read_text()
        assert "About this page" not in page, name
        assert "seed0001-low" in page or "samples/final" in page, name


def test_a_process_started_anew_goes_on_whatever_was_asked(done: Path) -> None:
    again = restarted(TrainRequest(out=done, fresh=True, include_made=True, classes="none", sets=["batch=4"], seed=3))
    assert make_plan("toy", again).resume


def test_a_single_step_without_a_discriminator_is_a_training(tmp_path: Path) -> None:
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 255, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    sets = ["size=16", "batch=4", "model=autoencoder", "base_channels=4", "max_channels=8"]
    done = artgen.run(
        "image", task="reconstruct", data=tmp_path, images="4", out=tmp_path / "run", sets=sets, device="cpu"
    )
    assert done.seen == 4


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no Linux")
def test_a_run_that_has_ended_holds_its_folder_no_more(done: Path) -> None:
    gc.collect()
    held = [os.path.realpath(place) for place in Path("/proc/self/fd").iterdir()]
    assert str(done.resolve()) not in held
