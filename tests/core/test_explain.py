"""Promise: an explanation points at the place that decides, names the unit that carries a class, for a stranger's domain too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import artgen
from artgen.cli import main
from artgen.explain.dream import dream
from artgen.explain.saliency import Look
from artgen.explain.units import carriers
from artgen.inference.model import Model
from artgen.inference.noise import PerSeedNoise
from artgen.judge.features import EncodedFeatures
from tests.core.test_trainer import Bench


class _Corner(nn.Module):
    """A discriminator that looks at one corner only, and likes it dark."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return -x[:, :, :8, :8].square().mean((1, 2, 3))[:, None] + 0 * self.conv(x).mean()


class _Plain(nn.Module):
    """A codec that does nothing."""


def test_saliency_points_at_the_corner_that_decides() -> None:
    x = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 0.2
    x[:, :, :8, :8] += 0.7
    found = Look(_Plain(), _Corner())(x, torch.zeros(1, 0))  # type: ignore[arg-type]
    assert float(found.gradient[:8, :8].mean()) > 20 * float(found.gradient[10:, 10:].mean())
    assert float(found.occlusion[2:6, 2:6].min()) > 0.05, "covering the bright corner makes it less fake"
    assert float(found.occlusion[14:, 14:].abs().max()) < 1e-6


def test_a_dream_climbs_and_repeats() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 64, 1))
    net.forward = lambda x, _c, f=net.forward: f(x)  # type: ignore[method-assign,assignment,misc]
    x = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 0.3
    one, two = (dream(net, x, torch.zeros(1, 0), None, 20) for _ in range(2))
    assert one.grew > 1.5
    assert torch.equal(one.x, two.x)


def test_the_unit_that_carries_a_class_is_found(bench: Bench) -> None:
    """A unit is planted that only works of one class switch on, and that only the output reads."""
    trainer = bench.trainer()
    model = trainer.model()
    model.generator.eval()
    first, last = model.generator.net[0], model.generator.net[2]
    mapped = [
        model.latents(_draws(model), model.condition({label: 1.0}).expand(64, -1)).mean(0)
        for label in model.spec.labels
    ]
    with torch.no_grad():
        apart = mapped[0] - mapped[1]
        first.weight[5, : len(apart)] = 30 * apart / apart.norm() ** 2
        first.weight[5, len(apart) :] = 0
        first.bias[5] = -30 * float((mapped[0] + mapped[1]) @ apart) / 2 / float(apart.norm() ** 2)
        last.weight[:, 5] = 0.2
    features = EncodedFeatures(model.codec.encode)
    found = carriers(model, features)
    assert [row.label for row in found] == list(model.spec.labels)
    assert (found[0].units[0].layer, found[0].units[0].number) == ("net.0", 5)
    one = found[0].steps[0]
    assert one.count == 1
    assert one.moved > 0.5 > 0.1 > abs(one.random)
    assert found[0].few == one


def _draws(model: Model) -> PerSeedNoise:
    """64 seeds."""
    return PerSeedNoise(range(64), model.device)


def test_explain_and_dream_from_the_command_line(toy: Path, curves: Path, tmp_path: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    run = artgen.run("toy", data=curves, images="64", out=tmp_path / "run", device="cpu").folder
    mine = tmp_path / "mine.npy"
    np.save(mine, np.full(16, 90, np.uint8))

    def call(*words: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    code, said = call("explain", run, mine)
    assert code == 0, said
    page = (run / "explain.html").read_text()
    for words in ("your file mine.npy", "What carries a class", "Nearest training items", "Collapse and diversity"):
        assert words in page
    assert page.count("data:image/png") == 5
    assert 'src="http' not in page
    code, said = call("dream", run, mine, "--steps", 5, "--out", tmp_path / "dream")
    assert code == 0, said
    assert (tmp_path / "dream" / "mine-dream.npy").exists()
    (tmp_path / "text.txt").write_text("no curve")
    for wrong in (("explain", run, tmp_path / "text.txt"), ("explain", tmp_path / "none"), ("dream", run, mine, "--layer", 99),
                  ("dream", run, mine, "--steps", 0), ("dream", run, tmp_path / "none.npy")):  # fmt: skip
        assert call(*wrong)[0] == 2, wrong
