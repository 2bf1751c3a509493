"""Promise: a start from other classes keeps what was learned for those of the same name; widened networks draw what they drew."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import numpy as np
import pytest
from safetensors.torch import load_file

import artgen
from artgen.contract.settings import TrainConfig
from artgen.data.scan import scan
from artgen.data.store import Store
from artgen.runfolder import checkpoint
from artgen_image.plugin import artgen_domain
from tests.image.conftest import SMALL

TOOLS = Path(__file__).parents[2] / "plugins" / "image" / "tools"
DOMAIN = artgen_domain()
STILL = ["lr_g=1e-12", "lr_d=1e-12", "augment=off"]


def tool(name: str) -> ModuleType:
    """A script of the plugin's tools as a module."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_start_weights_leave_out_is_what_runs_hold_out() -> None:
    """The tools name the held-out pictures; a run finds them by number and order of the files."""
    assert DOMAIN.embedded is not None
    source = scan(DOMAIN.embedded, DOMAIN.suffixes)
    of = np.array([source.labels.index(file.label) for file in source.files if file.label is not None])
    every = np.arange(len(source.files))
    _, held = Store(np.zeros((len(every), 1), np.uint8), source.labels, of, every, ()).split(TrainConfig().holdout)
    assert {source.files[number].path.stem for number in held} == tool("build_embedded").HELD_OUT


def test_start_weights_learn_each_class_about_as_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops the tool while it copies gets whole folders the next time."""
    monkeypatch.syspath_prepend(TOOLS)
    balance, out = tool("train_start").balance, tmp_path / "embedded"
    with monkeypatch.context() as stopped:
        stopped.setattr(shutil, "copy", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            balance(out)
    assert not out.exists()
    balance(out)
    assert [place.name for place in tmp_path.iterdir()] == ["embedded"]
    files = {label: sorted((out / label).iterdir()) for label in ("animals", "buildings", "faces")}
    counts = [len(found) for found in files.values()]
    assert max(counts) < 1.3 * min(counts)
    motifs = {file.stem.rpartition("_")[0] for found in files.values() for file in found}
    assert DOMAIN.embedded is not None
    assert motifs == {file.stem for file in DOMAIN.embedded.rglob("*.webp")} - tool("build_embedded").HELD_OUT


def test_the_mixed_set_is_half_embedded_and_half_wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded classes keep their names, and no picture of a class stands in another one but for the animals."""
    monkeypatch.syspath_prepend(TOOLS)
    for name, count in {
        "own/animals": 4,
        "own/faces": 3,
        "wide/animals": 9,
        "wide/animals_flat": 10,
        "wide/faces": 3,
    }.items():
        folder = tmp_path / name
        folder.mkdir(parents=True)
        for number in range(count):
            (folder / f"{number}.webp").touch()
    (tmp_path / "wide" / "SOURCES.json").touch()
    tool("train_start").mix(tmp_path / "own", tmp_path / "wide", tmp_path / "out")
    counts = {folder.name: len(list(folder.iterdir())) for folder in (tmp_path / "out").iterdir()}
    assert counts == {"animals": 12, "faces": 9, "beasts": 9, "animals_flat": 10}


def test_classes_of_the_same_name_keep_their_embeddings(
    run: Path,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    for label, old in (("blue", "blue"), ("green", "red"), ("red", "red")):  # green is new, between the two
        shutil.copytree(folder / "data" / old, tmp_path / "data" / label)
    artgen.run(
        "image",
        data=tmp_path / "data",
        preset="tiny",
        images="4",
        out=tmp_path / "new",
        device="cpu",
        init=run,
        sets=SMALL + STILL,
    )
    old, new = (load_file(path / "checkpoints" / "last.safetensors") for path in (run, tmp_path / "new"))
    for name in ("ema.mapping.embed.weight", "discriminator.head.embed.weight"):
        assert np.allclose(new[name][:, [0, 2]], old[name], atol=1e-6), name
        assert not np.allclose(new[name][:, 1], old[name][:, 1], atol=1e-3), name
    assert np.allclose(new["generator.mapping.embed.weight"][:, 2], old["ema.mapping.embed.weight"][:, 1], atol=1e-6)


def test_widened_networks_draw_what_they_drew(run: Path, tmp_path: Path) -> None:
    tool("widen_start").widen(run / "checkpoints" / "last.safetensors", tmp_path / "wide.safetensors", (12, 6))
    before, after = (artgen.load(path).sample(range(4)) for path in (run, tmp_path / "wide.safetensors"))
    for old, new in zip(before, after, strict=True):
        assert np.abs(old.data.astype(int) - new.data).max() <= 1
    assert "widths" in artgen.load(tmp_path / "wide.safetensors").config.domain.model_dump()


def test_a_stage_that_was_stopped_goes_on_to_the_end_that_it_had(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    stages = tool("stages")
    wanted = {"data": folder / "data", "preset": "tiny", "init": "scratch", "sets": SMALL}
    run = stages.stage(tmp_path / "near", 16, "cpu", **wanted)
    (run / "report.html").unlink()  # as of one that was stopped before its end
    assert stages.stage(run, 16, "cpu", **wanted) == run
    assert checkpoint.read_header(stages.last_of(run)).state["seen"] == 16
    assert (run / "report.html").exists()
