"""Promise: distances are zero between equal sets and grow with the difference; a foreign extractor is taken, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from torch import nn

from artgen.errors import InputError
from artgen.judge.distances import cover, frechet_distance, kernel_distance
from artgen.judge.features import fit_input, named_features
from artgen.judge.memorization import nearest
from artgen.judge.quality import wasserstein
from artgen.media import structural_similarity
from tests.bare import Bare


@pytest.fixture
def cloud() -> torch.Tensor:
    return torch.randn(400, 10, generator=torch.Generator().manual_seed(0))


def test_kernel_distance_is_unbiased_and_grows(cloud: torch.Tensor) -> None:
    a, b = cloud.split(200)
    same, shifted, far = (kernel_distance(a, b + d) for d in (0, 0.5, 2))
    assert abs(same) < 0.05
    assert same < shifted < far


def test_frechet_distance_of_shifted_normals_is_the_squared_shift(cloud: torch.Tensor) -> None:
    assert frechet_distance(cloud, cloud) == pytest.approx(0, abs=1e-3)
    assert frechet_distance(cloud, cloud + 3) == pytest.approx(10 * 9, rel=1e-3)


@pytest.mark.parametrize("items", [40, 12])  # more than there are features, and fewer
def test_frechet_distance_is_that_of_torchmetrics(items: int) -> None:
    from torchmetrics.image.fid import FrechetInceptionDistance

    rng = torch.Generator().manual_seed(1)
    a, b = torch.randn(items, 20, generator=rng), torch.randn(items + 5, 20, generator=rng) * 2 + 1

    class Known(nn.Identity):
        num_features = 20

    metric = FrechetInceptionDistance(Known())
    metric.update(a, real=True)
    metric.update(b, real=False)
    assert frechet_distance(a, b) == pytest.approx(float(metric.compute()), rel=1e-4)


@pytest.mark.parametrize("others", [40, 29])
def test_kernel_distance_is_that_of_torchmetrics(others: int) -> None:
    from torchmetrics.image.kid import KernelInceptionDistance

    rng = torch.Generator().manual_seed(2)
    a, b = torch.randn(40, 20, generator=rng), torch.randn(others, 20, generator=rng) * 1.5 + 0.5
    center, spread = a.mean(0), (a - a.mean(0)).square().mean().sqrt()
    metric = KernelInceptionDistance(nn.Identity(), subsets=200, subset_size=others)
    metric.update((a - center) / spread, real=True)
    metric.update((b - center) / spread, real=False)
    mean, deviation = (float(value) for value in metric.compute())
    assert kernel_distance(a, b) == pytest.approx(mean, rel=1e-4, abs=4 * deviation / 200**0.5)


def test_structural_similarity_is_that_of_torchmetrics() -> None:
    from torchmetrics.functional.image import structural_similarity_index_measure

    rng = torch.Generator().manual_seed(3)
    one = torch.randint(0, 256, (3, 3, 24, 20), generator=rng, dtype=torch.uint8)
    two = (one.float() * 0.8 + 20 * torch.randn(one.shape, generator=rng)).clamp(0, 255).to(torch.uint8)
    theirs = structural_similarity_index_measure(two.float(), one.float(), reduction="none", data_range=255.0)
    assert torch.allclose(structural_similarity(two, one), torch.as_tensor(theirs), atol=1e-5)
    assert structural_similarity(one, one).tolist() == pytest.approx([1, 1, 1])


def test_the_distance_of_statistics_is_that_of_scipy() -> None:
    """Of unequal numbers, and where values are the same."""
    rng = np.random.default_rng(0)
    for one, other in (
        (rng.normal(0, 1, 50), rng.normal(1, 3, 7)),
        (rng.integers(0, 4, 20), rng.integers(0, 4, 90)),
        (np.full(5, 2.0), np.full(9, -1.0)),
    ):
        assert wasserstein(one, other) == pytest.approx(wasserstein_distance(one, other), rel=1e-12)
    assert wasserstein(np.ones(3), np.ones(4)) == 0


def test_judging_never_loads_a_library_of_metrics(bare: Bare) -> None:
    """It brings plots and signal processing along: three seconds of a core before the first figure."""
    code = (
        "import sys, torch\n"
        "from artgen.judge.distances import kernel_distance\n"
        "from artgen.judge.quality import wasserstein\n"
        "from artgen.media import structural_similarity\n"
        "kernel_distance(torch.ones(3, 2), torch.zeros(3, 2))\n"
        "wasserstein(torch.ones(3).numpy(), torch.zeros(2).numpy())\n"
        "structural_similarity(torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16))\n"
        "print([name for name in ('torchmetrics', 'matplotlib', 'scipy.signal', 'scipy.stats') if name in sys.modules])"
    )
    done = bare(code)
    assert done.stdout == "[]\n", done.stderr


def test_cover_tells_missing_variety_from_missing_fidelity(cloud: torch.Tensor) -> None:
    real, good = cloud.split(200)
    same, narrow, off = cover(real, good), cover(real, real[:1] + 0.01 * good), cover(real, good * 5)
    assert min(same.precision, same.recall, same.coverage) > 0.8
    assert same.density == pytest.approx(1, abs=0.3)
    assert narrow.precision == 1.0
    assert narrow.recall < 0.05, "one point copied many times covers nothing"
    assert narrow.coverage < 0.2
    assert off.precision < 0.3


def test_copies_are_found_and_new_items_are_not(cloud: torch.Tensor) -> None:
    train, new = cloud.split(200)
    found = nearest(train, torch.cat([train[7:8] + 1e-4, new[:50]]))
    assert found.item[0] == 7
    assert found.closeness[0] < 0.01
    assert nearest(train, new).copied < 0.1
    assert nearest(train, train).copied == 1.0


def test_a_users_own_onnx_network_is_used(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper

    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["y"])]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", 3, 24, 24])]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", 3, 1, 1])]
    model = helper.make_model(helper.make_graph(nodes, "mean", given, made), ir_version=10,
                              opset_imports=[helper.make_opsetid("", 17)])  # fmt: skip
    onnx.save(model, tmp_path / "mean.onnx")
    features = named_features(str(tmp_path / "mean.onnx"), download=False)
    assert features.name.startswith("mean.onnx")
    raw = torch.full((2, 1, 8, 8), 51, dtype=torch.uint8)
    assert torch.allclose(features(raw), torch.full((2, 3), 0.2), atol=1e-5), "gray became color, resized, in [0, 1]"
    with pytest.raises(InputError, match="does not take"):
        features(torch.zeros(2, 100, dtype=torch.int16))


def test_a_users_own_torchscript_is_used(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Flatten()), tmp_path / "flat.pt")
    features = named_features(str(tmp_path / "flat.pt"), download=False)
    assert features(torch.full((2, 6), -32768, dtype=torch.int16)).tolist() == [[-1.0] * 6] * 2


@pytest.mark.parametrize("name", ["nothing", "inception", "file.txt", "file.onnx", "file.pt"])
def test_other_extractors_are_refused_in_one_line(name: str, tmp_path: Path) -> None:
    word = name
    if name.startswith("file"):
        (tmp_path / name).write_text("no network")
        word = str(tmp_path / name)
    with pytest.raises(InputError, match="--features") as caught:
        named_features(word, download=False)
    assert "\n" not in str(caught.value)


def test_foreign_networks_get_sound_between_minus_one_and_one() -> None:
    assert fit_input(torch.tensor([[-32768, 0, 16384]], dtype=torch.int16), []).tolist() == [[-1.0, 0.0, 0.5]]
