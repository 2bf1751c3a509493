"""Promise: whatever a plugin's object does wrong is blamed on that object, in training and in playing alike, with its line."""

from __future__ import annotations

import copy
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import artgen
from artgen.errors import InputError, PluginError, StorageError
from artgen.host.guarded import NETWORK, WRITER, Guard
from artgen.judge.judging import judge_run
from artgen.types import Judge, Sample
from tests.conftest import TOY, install

GOOD = (TOY / "toy_plugin.py").read_text()
GUARD = Guard("plugin mine (artgen-mine 1)", Path(__file__))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


def test_a_network_stays_what_it_was_and_names_itself() -> None:
    net = Net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    same = GUARD.guarded(net, "artgen_networks", NETWORK, "generator")
    twin = copy.deepcopy(same)
    assert same is net
    assert isinstance(twin, Net)
    assert all(torch.equal(before[name], tensor) for name, tensor in twin.state_dict().items())
    with torch.no_grad():
        twin.layer.weight.zero_()
    assert float(same(torch.ones(1, 2)).abs().sum()) > float(twin(torch.zeros(1, 2)).abs().sum()) - 10  # two networks
    with pytest.raises(
        PluginError, match=r"artgen_networks: generator failed: RuntimeError.*test_guarded.py, line \d+"
    ):
        twin(torch.ones(1, 3))


class Full:
    def write(self, *_: object) -> list[Path]:
        raise OSError(errno.ENOSPC, "No space left on device", "a.png")

    def sheet(self, *_: object) -> Path:
        Path(__file__).with_name("a-file-of-the-plugin-that-is-missing").read_bytes()
        return Path()


def test_a_full_disk_is_the_disks_fault_and_a_missing_file_the_plugins() -> None:
    writer = GUARD.guarded(Full(), "artgen_writer", WRITER)
    with pytest.raises(StorageError, match="No space left"):
        writer.write(Sample(np.zeros(1, np.uint8), 0, None), Path("a"), {})
    with pytest.raises(PluginError, match="artgen_writer: sheet failed: FileNotFoundError"):
        writer.sheet([], Path("a"))


@dataclass(frozen=True)
class Still:
    """Classes that refuse changes, and methods that need no object, are as good as any."""

    suffix: str = ".txt"

    @staticmethod
    def write(sample: Sample, stem: Path, metadata: object) -> list[Path]:
        path = stem.with_suffix(".txt")
        path.touch()
        return [path]

    @classmethod
    def sheet(cls, samples: object, path: Path, columns: int | None = None) -> Path:
        path.touch()
        return path


def test_frozen_classes_and_static_methods_work_as_before(tmp_path: Path) -> None:
    writer = GUARD.guarded(Still(), "artgen_writer", WRITER)
    assert writer.write(Sample(np.zeros(1, np.uint8), 0, None), tmp_path / "a", {}) == [tmp_path / "a.txt"]
    assert writer.sheet([], tmp_path / "b") == tmp_path / "b"
    with pytest.raises(PluginError, match="artgen_writer: write failed: TypeError"):
        writer.write()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "options):",
            "options):\n        assert self.training",
            "artgen_networks: generator.synthesis failed: AssertionError",
        ),
        (
            "def decode(self, x):",
            "def decode(self, x):\n        1 / 0",
            "artgen_codec: decode failed: ZeroDivisionError",
        ),
    ],
)
def test_what_fails_while_sampling_is_no_fault_of_the_writer(
    toy: Path, curves: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    artgen.run("toy", data=curves, images="32", out=tmp_path / "run", device="cpu")
    if old not in GOOD:
        pytest.fail(f"the toy plugin has no {old}")
    install(toy, "artgen-toy2", {}, {})
    (toy / "toy_plugin.py").write_text(GOOD.replace(old, new))
    import sys

    del sys.modules["toy_plugin"]
    with pytest.raises(PluginError, match=message):
        artgen.load(tmp_path / "run", "cpu").sample([1], out=tmp_path / "made")


def test_a_judge_that_the_training_looked_through_is_refused(toy: Path, curves: Path, tmp_path: Path) -> None:
    run = artgen.run("toy", data=curves, images="32", out=tmp_path / "run", device="cpu")
    from dataclasses import replace

    from artgen.judge.features import EncodedFeatures
    from artgen.judge.real_items import reals_of

    judge = Judge(EncodedFeatures(run.model.codec.encode), feature_source="lite0")
    reals = reals_of(run.host, run.config, None, None)
    assert judge_run(run.model, judge, reals, 8)[0].figures
    with pytest.raises(InputError, match="looked through these features"):
        judge_run(replace(run.model, feature_sources=("lite0",)), judge, reals, 8)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: x, "expected \\(items, divergence of each code\\), got float32"),
        (lambda x: (x[:, :2], x[:, 0]), r"expected items \[4, 3\], got float32\[4, 2\]"),
        (lambda x: (x, x), r"expected a divergence \[4\], got float32\[4, 3\]"),
    ],
)
def test_what_reconstruct_answers_is_looked_at(answer: Callable[[Tensor], object], said: str) -> None:
    class Generator(nn.Module):
        def reconstruct(self, x: Tensor, condition: object, noise: object) -> object:
            return answer(x)

    guarded = Guard("plugin p").guarded(Generator(), "artgen_networks", NETWORK, "generator")
    with pytest.raises(PluginError, match=f"artgen_networks: generator.reconstruct: {said}"):
        guarded.reconstruct(torch.zeros(4, 3), None, None)
