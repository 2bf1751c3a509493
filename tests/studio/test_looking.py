"""Promise: what a training would do is said soon: files are looked through without what only a training needs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgen.host import Host
from artgen.studio.about import about, look, main, sizes_of
from artgen.types import Task, TaskDefaults
from tests.conftest import TOY, install
from tests.testing.broken import swapped

LOOK = """
import json, sys
from artgen.studio.about import look
found = look({"plugin": sys.argv[1], "folder": sys.argv[2], "task": sys.argv[3]})
print(json.dumps([found["items"], sorted({"torch", "librosa", "matplotlib"} & set(sys.modules))]))
"""


@pytest.mark.parametrize("plugin", ["image", "music", "video"])
def test_sizes_are_those_of_what_is_learned_and_say_what_a_person_gets(plugin: str) -> None:
    domain = Host(plugin).domain
    tasks = {task["name"]: task["sizes"] for task in about(plugin)["tasks"]}
    names = [name for name, _ in tasks["generate"]]
    assert names[0] == domain.preset
    others = {own.preset for own in domain.defaults.values() if own.preset}
    assert not others & set(names), "presets of other tasks stand among the sizes"
    assert all(text != name for name, text in tasks["generate"]), "a name says nothing of what one gets"
    assert tasks["generate"][0][1].endswith("(usual)")
    own: dict[Task, list[str]] = {task: [name for name, _ in tasks[task]] for task in domain.tasks[1:]}
    assert all(found[0] == domain.of(task).preset for task, found in own.items())
    assert not any(set(found) & set(names) for found in own.values())


def test_a_plugin_that_names_no_sizes_offers_its_presets_but_for_those_of_its_tasks() -> None:
    presets = {name: Path(f"{name}.toml") for name in ("bold", "fine", "inked")}
    domain = replace(Host("image").domain, presets=presets, preset="fine", sizes={}, tasks=("generate", "style"),
                     defaults={"style": TaskDefaults(preset="inked")})  # fmt: skip
    assert sizes_of(domain, "generate") == [["fine", "fine (usual)"], ["bold", "bold"]]
    assert sizes_of(domain, "style") == [["inked", "as usual"]]
    assert sizes_of(replace(domain, preset=None), "generate")[0] == ["", "as usual"]


@pytest.mark.parametrize("sizes", ['{"tiny": "a hundred points"}', '("tiny", "small")'])
def test_sizes_that_are_none_are_the_fault_of_their_plugin_alone(
    site: Path, sizes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = swapped((TOY / "toy_plugin.py").read_text(), 'summary="curves"', f'summary="curves", sizes={sizes}')
    install(site, "artgen-aaa", {"toy": "aaa_plugin"}, {"aaa_plugin": text})
    main([])
    found = {said["name"]: said for said in map(json.loads, capsys.readouterr().out.splitlines())}
    assert "sizes is" in found.pop("toy")["problem"]
    assert set(found) >= {"image", "music", "video"}
    assert all(said["tasks"] for said in found.values())


def test_a_size_for_a_graphics_card_is_said_to_be_slow_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    found = look({"plugin": "image", "preset": "base"})
    assert (found["slow"], found["size"]) == (True, "128 pixels, for a graphics card")
    assert not look({"plugin": "image"})["slow"]
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    assert not look({"plugin": "image", "preset": "base"})["slow"]


def test_pictures_are_looked_through_without_torch(tmp_path: Path) -> None:
    for number in range(9):
        picture = np.random.default_rng(number).integers(0, 255, (80, 90, 3), np.uint8)
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    words = [sys.executable, "-c", LOOK, "image", str(tmp_path), "generate"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[9, []]", done.stderr
