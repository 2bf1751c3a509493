"""Promise: a plugin that offers translate, colorize or style gets the whole game: trained, shown on held-out works, judged beside
baselines, applied to files of any size; and wrong wishes are refused in a line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import artgen
from artgen.cli import main
from artgen.contract.hookspecs import API
from artgen.contract.settings import TrainConfig
from artgen.data.pairs import pair_files
from artgen.data.scan import scan
from artgen.data.store import Store, cache_folder, write_store
from artgen.errors import InputError, PluginError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.inference.tiles import padded, tiled
from artgen.runfolder import checkpoint
from artgen.tasks.domain_costs import domain_costs
from artgen.tasks.style import patch_loss
from artgen.train.session import resume
from artgen.train.trainer import Trainer
from artgen.types import Networks, Opened, Skipped, Source, SourceFile, Task
from tests.conftest import TOY, install
from tests.core.test_trainer import CPU, digest, steps

SMALL = ["batch=8", "holdout=0.25"]
TASKS = ("translate", "colorize", "style")


@pytest.fixture
def waves(site: Path) -> Path:
    install(site, "artgen-waves", {"waves": "waves_plugin"}, {"waves_plugin": (TOY / "waves_plugin.py").read_text()})
    return site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folders ``pairs`` (the second channel is the first upside down), ``content`` and ``style`` of waves."""
    rng = np.random.default_rng(0)
    for name in ("pairs", "content", "style"):
        (tmp_path / name).mkdir()
    for number in range(24):
        wave = np.clip(128 + 60 * np.sin(np.arange(40) / 3 + rng.uniform(0, 6)) + rng.normal(0, 4, 40), 0, 255)
        np.save(tmp_path / "pairs" / f"{number:02d}.npy", np.stack([wave, 255 - wave]).astype(np.uint8))
        np.save(tmp_path / "content" / f"{number:02d}.npy", wave[None].astype(np.uint8))
        np.save(tmp_path / "style" / f"{number:02d}.npy", ((wave[None] > 128) * 200 + 20).astype(np.uint8))
    return tmp_path


def train(task: str, folder: Path, out: str = "run", images: str = "160", **wishes: object) -> artgen.Run:
    data = folder / ("content" if task == "style" else "pairs")
    if task == "style":
        wishes = {"style": folder / "style", **wishes}
    return artgen.run(
        "waves", task=task, data=data, out=folder / out, images=images, device="cpu", sets=SMALL, **wishes
    )


@pytest.mark.parametrize("task", TASKS)
def test_a_run_is_shown_judged_and_applied(waves: Path, folder: Path, task: str) -> None:
    run = train(task, folder)
    rows = [json.loads(line) for line in (run.folder / "samples" / "index.jsonl").read_text().splitlines()]
    item = rows[-1]["items"][0]
    sides = ["source", "files"] + ([] if task == "style" else ["target"])
    assert all((run.folder / name).is_file() for side in sides for name in item[side])
    assert ("target" in item) == (task != "style")
    figures = json.loads((run.folder / "quality.json").read_text())["figures"]
    assert {f["name"] for f in figures} >= ({"KID to the style", "correlation"} if task == "style" else {"PSNR", "KID"})
    assert all(f["baselines"] for f in figures)
    page = (run.folder / "report.html").read_text()
    assert "source" in page
    assert ("wanted" in page) == (task != "style")
    long = np.random.default_rng(1).integers(0, 256, (2 if task == "colorize" else 1, 333), dtype=np.uint8)
    np.save(folder / "long.npy", long)
    (folder / "bad.npy").write_text("no wave")
    done = artgen.load(run.folder, "cpu").apply([folder / "long.npy", folder / "bad.npy"], folder / "out")
    assert [path.name for path in done.written] == ["long.npy"]
    assert [skipped.name for skipped in done.skipped] == ["bad.npy"]
    assert np.load(folder / "out" / "long.npy").shape == long.shape
    assert np.array_equal(np.load(folder / "long.npy"), long)
    assert artgen.load(run.folder, "cpu").apply([folder / "long.npy"], folder / "out").before == 1
    with pytest.raises(InputError, match=r"bad\.npy: is a file, give a folder$"):
        artgen.load(run.folder, "cpu").apply([folder / "long.npy"], folder / "bad.npy")
    with pytest.raises(InputError, match="artgen apply"):
        run.sample([1])
    again = artgen.load(run.folder, "cpu").evaluate()
    assert {f["name"]: f["value"] for f in again["figures"]} == {f["name"]: f["value"] for f in figures}


def test_one_file_that_breaks_a_plugin_costs_one_file(
    waves: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a decoder or an encoder of a plugin raises for a file, the others are done; where nothing works, the plugin is
    blamed."""
    run = train("style", folder, images="16")
    for name in ("first", "odd", "last"):
        np.save(folder / f"{name}.npy", np.full((1, 99), 128, np.uint8))
    broken = {"odd"}

    def _open(self: Host, file: SourceFile, config: object) -> Opened:
        def write(parts: Iterator[np.ndarray], stem: Path, metadata: object) -> list[Path]:
            with self.guard.blaming("artgen_open", "write"):
                if stem.name in broken:
                    raise ValueError("no such layout")
                np.save(stem.with_name(f"{stem.name}.npy"), next(parts))
            return [stem.with_name(f"{stem.name}.npy")]

        return Opened(iter([np.load(file.path)]), write)

    monkeypatch.setattr(Host, "open", _open)
    given = [folder / f"{name}.npy" for name in ("first", "odd", "last")]
    done = artgen.load(run.folder, "cpu").apply(given, folder / "out")
    assert [path.name for path in done.written] == ["first.npy", "last.npy"]
    assert [(one.name, "no such layout" in one.reason) for one in done.skipped] == [("odd.npy", True)]
    with pytest.raises(SystemExit) as left:
        main(["apply", str(run.folder), *map(str, given), "--out", str(folder / "again")])
    assert (left.value.code, "1 file could not be used" in capsys.readouterr().err) == (2, True)
    (folder / "mine").mkdir()
    (folder / "mine" / "a note.txt").write_text("it lies beside")
    for name in ("first", "odd"):
        np.save(folder / "mine" / f"{name}.npy", np.full((1, 99), 128, np.uint8))
    with pytest.raises(SystemExit):
        main(["apply", str(run.folder), str(folder / "mine"), "--out", str(folder / "page")], page=True)
    said = capsys.readouterr()
    assert "skipped a note.txt" in said.out
    assert "1 file could not be used (odd.npy: " in said.err, "a page shows the reason of one that could have been used"
    broken |= {"first", "last"}
    with pytest.raises(PluginError, match="no such layout"):
        artgen.load(run.folder, "cpu").apply(given, folder / "none")


def test_training_on_pairs_beats_the_mean(waves: Path, folder: Path) -> None:
    figures = json.loads((train("translate", folder, images="1k").folder / "quality.json").read_text())["figures"]
    psnr = next(figure for figure in figures if figure["name"] == "PSNR")
    assert psnr["value"] > psnr["baselines"]["mean"] + 3


@pytest.mark.parametrize("task", TASKS)
def test_resume_is_bit_exact_and_the_heads_count(waves: Path, folder: Path, task: str) -> None:
    straight = trainer_of(task, folder)
    steps(straight, 4)
    before, state = {n: t.detach().clone() for n, t in straight.tensors().items()}, replace(straight.state)
    checkpoint.save(folder / "c.safetensors", header_of(straight), straight.tensors())
    steps(straight, 4)
    second = trainer_of(task, folder)
    fresh = {name: tensor.detach().clone() for name, tensor in second.tensors().items()}
    resume(second, folder / "c.safetensors")
    steps(second, 4)
    assert digest(second) == digest(straight)
    assert any(name.startswith("heads.") for name in before) == (task == "style")
    if task == "style":
        kept = {name: fresh[name] if name.startswith("heads.") else tensor for name, tensor in before.items()}
        second.restore(kept, replace(state))
        steps(second, 4)
        assert digest(second) != digest(straight)


def trainer_of(task: Task, folder: Path) -> Trainer:
    host = Host("waves")
    config = resolve(host.domain, {"plugin": "waves", "task": task}, sets=[*SMALL, "nce_identity=1"])

    def store(name: str) -> Store:
        source = scan(folder / name, (".npy",))
        return write_store(folder / f"store-{name}", host.prepare(source, config.domain), ())

    style = store("style") if task == "style" else None
    return Trainer(host, config, store("content" if task == "style" else "pairs"), CPU, style=style)


def header_of(trainer: Trainer) -> checkpoint.Header:
    return checkpoint.Header("waves", "artgen-waves", "1.2.3", API, trainer.config.plain(), (), trainer.spec.shape,
                             trainer.state.plain())  # fmt: skip


def test_wrong_wishes_are_refused(waves: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    base = ["run", "--plugin", "waves", "--data", str(folder / "content"), "--out", str(folder / "x"), "--task"]
    cases = (
        (["translate", "--style", str(folder / "style")], "takes none"),
        (["style"], "by --style"),
        (
            ["style", "--style", str(folder / "empty")],
            "holds no file that can be used; artgen reads files that end in .npy",
        ),
        (["style", "--style", str(folder / "none")], "does not exist"),
    )
    for words, message in cases:
        with pytest.raises(SystemExit) as left:
            main([*base, *words])
        said = capsys.readouterr().err
        assert (left.value.code, message in said, said.count("\n")) == (2, True, 1), said


def test_one_work_is_style_enough(waves: Path, folder: Path) -> None:
    run = train("style", folder, style=folder / "style" / "00.npy", images="64")
    assert run.config.run.style == "00.npy"
    shutil.rmtree(cache_folder())
    assert run.evaluate(count=8).figures, "the works and the one file are found again"
    (folder / "style" / "00.npy").unlink()
    shutil.rmtree(cache_folder())
    with pytest.raises(InputError, match=r"the prepared style 00\.npy is no longer in the cache; .* --style"):
        run.evaluate(count=8)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("source_channels=1", "source_channels=0", "source_channels=0 of 2 channels does not fit"),
        ("def part(", "def apart(", "needs a codec with part, take and give"),
        ("nn.Conv1d(width, 1, 3, padding=1)", "nn.Conv1d(width, 3, 3, padding=1)", r"made \[4, 16\] from a source"),
    ],
)
def test_a_misfit_is_blamed(site: Path, folder: Path, old: str, new: str, message: str) -> None:
    text = (TOY / "waves_plugin.py").read_text()
    assert old in text
    install(site, "artgen-waves", {"waves": "waves_plugin"}, {"waves_plugin": text.replace(old, new)})
    with pytest.raises(PluginError, match=message):
        train("translate", folder)


@pytest.mark.parametrize("size", [(7,), (64,), (333,), (40, 97), (5, 33, 70)])
def test_windows_leave_no_seam(size: tuple[int, ...]) -> None:
    """What acts at each place alone comes out the same however it is cut; so windows cover all, with weights that sum to one."""
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    cut = tiled(lambda part: part * 2 + 1, x, (32,) * len(size))
    assert torch.allclose(cut, x * 2 + 1, atol=1e-5)


def test_a_work_that_is_too_small_is_padded_and_cut_again() -> None:
    seen: list[tuple[int, ...]] = []

    def play(x: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(x.shape))
        return x

    x = torch.arange(24.0).reshape(1, 1, 4, 6)
    assert torch.equal(padded(play, x, (8, 5)), x)
    assert seen == [(1, 1, 8, 6)]


def test_the_patch_loss_is_that_of_the_equation() -> None:
    rng = torch.Generator().manual_seed(0)
    query, key = (torch.nn.functional.normalize(torch.randn(1, 4, 8, generator=rng), dim=2) for _ in range(2))
    expected = 0.0
    for place in range(4):
        scores = torch.exp(query[0, place] @ key[0].T / 0.07)
        expected -= float(torch.log(scores[place] / scores.sum())) / 4
    assert float(patch_loss(query, key, 0.07)) == pytest.approx(expected, rel=1e-4)
    assert float(patch_loss(key, key, 0.07)) < float(patch_loss(query, key, 0.07))


def test_what_a_domain_measures_itself_costs_by_its_weight() -> None:
    nets = Networks(
        torch.nn.Identity(), None, 0, flicker=lambda a, b: (b - a).abs().mean(), content_loss=lambda a, b: (a + b).sum()
    )
    source, result = torch.ones(2, 1), torch.full((2, 1), 3.0, requires_grad=True)
    total, figures = domain_costs(TrainConfig(flicker_weight=0.5, content_weight=2), nets, source, result)
    assert isinstance(total, torch.Tensor)
    assert (total.item(), {name: value.item() for name, value in figures.items()}) == (17, {"flicker": 2, "content": 8})
    assert not any(value.requires_grad for value in figures.values())
    total.backward()
    assert result.grad is not None
    assert result.grad.flatten().tolist() == [2.25, 2.25]
    assert domain_costs(TrainConfig(), nets, source, result) == (0.0, {})
    assert domain_costs(TrainConfig(content_weight=2), replace(nets, content_loss=None), source, result) == (0.0, {})


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("1 / 0", " failed: ZeroDivisionError"),
        ("0.5", ": expected a cost that is one number on the device, a tensor [], got float"),
        ("(b - a).abs().mean(2)", ": expected a cost that is one number on the device, a tensor [], got float32"),
    ],
)
@pytest.mark.parametrize(("name", "setting"), [("flicker", "flicker_weight=1"), ("content_loss", "content_weight=1")])
def test_a_cost_that_goes_wrong_is_blamed_on_the_plugin(
    site: Path, folder: Path, name: str, setting: str, cost: str, said: str
) -> None:
    text = (TOY / "waves_plugin.py").read_text()
    module = text.replace("window=(32,))", f"window=(32,), {name}=lambda a, b: {cost})")
    assert module != text
    install(site, "artgen-waves", {"waves": "waves_plugin"}, {"waves_plugin": module})
    wanted = {"data": folder / "content", "style": folder / "style", "out": folder / "run", "device": "cpu"}
    with pytest.raises(PluginError) as caught:
        artgen.run("waves", task="style", images="16", sets=[*SMALL, setting], **wanted)
    assert f"artgen_networks: {name}{said}" in str(caught.value)
    assert "waves_plugin.py, line" in str(caught.value)


def test_files_are_paired_by_name() -> None:
    def source(*names: str) -> Source:
        return Source(Path("/d"), tuple(SourceFile(Path("/d") / n, n, None) for n in names), ())

    found = list(pair_files(source("a/1.png", "a/2.png", "a/3.png", "b/1.jpg", "b/3.png", "b/x.png")) or [])
    pairs = [(one.name, two.name) for one, two in (pair for pair in found if isinstance(pair, tuple))]
    assert pairs == [("a/1.png", "b/1.jpg"), ("a/3.png", "b/3.png")]
    assert [skipped.name for skipped in found if isinstance(skipped, Skipped)] == ["a/2.png", "b/x.png"]
    assert pair_files(source("1.png", "2.png")) is None
