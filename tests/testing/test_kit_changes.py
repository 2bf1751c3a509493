"""Promise: the checks of tasks that change works pass an honest plugin and reject one that is broken in just that way."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from artgen.testing import all_checks, check_plugin
from artgen.testing.case import Case
from tests.conftest import TOY, install
from tests.testing.broken import swapped

GOOD = (TOY / "waves_plugin.py").read_text() + '''

@artgen.hookimpl
def artgen_judge(config):
    baselines = {"mean": lambda source, works: works.float().mean(0).to(works.dtype).expand(len(source), *works[0].shape)}
    return artgen.Judge(Features(), closeness=near, content=near, baselines=baselines)


def near(result, other):
    return {"near": -(result.float() - other.float()).abs().mean((1, 2))}


class Features:
    name = "points"

    def __call__(self, raw):
        return raw.float().flatten(1)
'''  # fmt: skip


swap = partial(swapped, GOOD)
TAKE = "return raw[:, :1].float() / 127.5 - 1"
GIVE = "return torch.cat([raw[:, :1], self.decode(x)], 1) if"
BROKEN = {
    "works-come-back-at-their-size": [
        ("colorize", swap(GIVE, "return self.decode(x) if")),
        ("translate", swap(GIVE, "x = x[..., : 2 * self.points]\n        " + GIVE)),
        ("translate", swap("return raw[:, :1], raw[:, 1:]", "return raw[:, :1], None")),
    ],
    "works-are-seen-as-in-training": [
        ("translate", swap(TAKE, "return 1 - raw[:, :1].float() / 127.5")),
        ("style", swap(TAKE, TAKE.replace("[:, :1]", "[:, :1, 1:]"))),
    ],
    "windows-keep-their-size": [
        ("style", swap("window=(32,)", "window=(32, 32)")),
        ("translate", swap("torch.tanh(self.last(self.features(x)[-1]))", "torch.tanh(self.last(self.features(x)[-1]))[..., :16]",
                           "window=(32,)", "window=(64,)")),
    ],
    "style-generators-show-their-features": [
        ("style", swap("return [x, torch.relu(self.first(x))]", "return [x[..., ::2], torch.relu(self.first(x))]")),
        ("style", swap("torch.relu(self.first(x))]", "torch.relu(self.first(x)).detach()]")),
        ("style", swap("def features(", "def seen(", "self.features(", "self.seen(")),
    ],
    "a-file-is-changed-and-read-again": [
        ("translate", swap('        return artgen.Skipped(file.name, "no wave")\n    return artgen.Opened',
                           "        data = np.zeros((1, 40), np.uint8)\n    return artgen.Opened")),
        ("style", swap("np.save(path, sample.data)", "np.save(path, sample.data[0])")),
    ],
    "the-judge-knows-what-changed": [
        ("translate", swap('{"near": -(', '{"near": (')),
        ("style", swap(".mean((1, 2))", ".mean()")),
        ("colorize", swap("works.float().mean(0)", "works[:, :1].float().mean(0)", "*works[0].shape", "*works[0, :1].shape")),
    ],
}  # fmt: skip
CASES = [pytest.param(name, *text, id=f"{name}-{i}") for name, texts in BROKEN.items() for i, text in enumerate(texts)]
LEARN = [
    swap("self.first, self.last =", "self.idle = nn.Conv1d(1, 1, 1)\n        self.first, self.last ="),
    swap("self.features(x)[-1]", "self.features(x)[-1].detach()"),
]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Folders ``pairs`` (the second channel is the first upside down) and ``style`` of waves."""
    rng = np.random.default_rng(0)
    for name in ("pairs", "style"):
        (tmp_path / name).mkdir()
    for number in range(24):
        wave = np.clip(128 + 60 * np.sin(np.arange(40) / 3 + rng.uniform(0, 6)) + rng.normal(0, 4, 40), 0, 255)
        np.save(tmp_path / "pairs" / f"{number:02d}.npy", np.stack([wave, 255 - wave]).astype(np.uint8))
        np.save(tmp_path / "style" / f"{number:02d}.npy", wave[None].astype(np.uint8))
    return tmp_path


def lay(site: Path, text: str) -> None:
    install(site, "artgen-waves", {"waves": "waves_plugin"}, {"waves_plugin": text})


def folder_of(data: Path, task: str) -> Path:
    return data / ("style" if task == "style" else "pairs")


@pytest.mark.parametrize("task", ["translate", "colorize", "style"])
def test_an_honest_plugin_passes_them_all(site: Path, data: Path, task: str) -> None:
    lay(site, GOOD)
    asked = [
        check.name for check in all_checks() if task == "translate" or check.name != "import-is-quiet"
    ]  # of no task
    results = check_plugin("waves", data=folder_of(data, task), task=task, only=asked)
    assert [r for r in results if not r.ok] == []
    passed = {r.name for r in results if r.status == "passed"}
    assert passed >= set(BROKEN) - ({"style-generators-show-their-features"} if task != "style" else set())


@pytest.mark.parametrize(("name", "task", "text"), CASES)
def test_a_broken_plugin_is_rejected(site: Path, data: Path, name: str, task: str, text: str) -> None:
    lay(site, text)
    (result,) = check_plugin("waves", data=folder_of(data, task), task=task, only=[name])
    assert result.status == "failed", result
    assert result.detail


@pytest.mark.parametrize("text", LEARN)
def test_a_translator_that_does_not_learn_is_rejected(site: Path, data: Path, text: str) -> None:
    lay(site, text)
    (result,) = check_plugin("waves", data=data / "pairs", only=["gradients-reach-every-parameter"])
    assert result.status == "failed"
    assert "no gradient reaches" in result.detail


def test_every_task_of_the_embedded_data_is_asked(site: Path, data: Path) -> None:
    """A fault in one task is found without asking for it."""
    home = f"__import__('pathlib').Path({str(data)!r})"
    embedded = f"embedded={home} / 'pairs', defaults={{\"style\": artgen.TaskDefaults({home} / 'style'), "
    own = swap("defaults={", embedded)
    lay(site, own.replace("self.net(x)", "self.net(x) if x.shape[1] == 2 or len(x) < 3 else self.net(x) / 0"))
    (result,) = check_plugin("waves", only=["networks-have-the-shapes"])
    assert result.status == "failed"
    assert "task style" in result.detail


def test_translate_is_asked_of_embedded_files_in_pairs() -> None:
    """A plugin that reads two folders with matching names needs no pairs of its own to be checked."""
    assert [case.task for case in Case("image").tasks] == [
        "generate",
        "reconstruct",
        "colorize",
        "enlarge",
        "style",
        "translate",
    ]
