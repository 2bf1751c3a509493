"""Promise: the eye that ships with the plugin tells pictures from noise and blur; its descriptors mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.judge.distances import kernel_distance
from artgen.nn import MobileNetFeatures, load_mobilenet
from artgen_image.judge import statistics
from artgen_image.plugin import HERE


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    """Every fourth embedded picture at 32 px: ``[b, 3, 32, 32]``."""
    files = sorted((HERE / "embedded").glob("*/*.*"))[::4]
    images = [Image.open(f).convert("RGB").resize((32, 32), Image.Resampling.LANCZOS) for f in files]
    return torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(0, 3, 1, 2)


@pytest.fixture(scope="module")
def features(pictures: torch.Tensor) -> torch.Tensor:
    return MobileNetFeatures()(pictures)


def test_what_looks_worse_is_farther_away(pictures: torch.Tensor, features: torch.Tensor) -> None:
    even, odd = features[::2], pictures[1::2]
    look = MobileNetFeatures()
    rng = torch.Generator().manual_seed(0)
    speckle = 40 * torch.randn(odd.shape, generator=rng)
    blurred = torch.nn.functional.avg_pool2d(odd.float(), 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
    floor = kernel_distance(even, features[1::2])
    worse = [kernel_distance(even, look(x.clamp(0, 255).to(torch.uint8))) for x in (odd + speckle, blurred)]
    noise = kernel_distance(even, look(torch.randint(0, 256, odd.shape, generator=rng, dtype=torch.uint8)))
    assert floor < 0.3
    assert all(5 * max(floor, 0.1) < w < noise for w in worse), (floor, worse, noise)


def test_features_are_a_trained_networks(features: torch.Tensor) -> None:
    """Weights that were read in a wrong order saturate: nearly all features at 0 or 6."""
    assert features.shape[1] == 1280
    assert 0.1 < features.mean() < 1.0
    assert ((features > 5.9).float().mean()) < 0.01


def test_gray_pictures_are_judged_too(pictures: torch.Tensor) -> None:
    gray = pictures[:2, :1]
    assert torch.equal(MobileNetFeatures()(gray), MobileNetFeatures()(gray.expand(-1, 3, -1, -1)))


def test_descriptors_mean_what_they_say() -> None:
    flat = torch.full((1, 3, 16, 16), 255, dtype=torch.uint8)
    checks = (torch.arange(16)[:, None] + torch.arange(16)[None]) % 2 * 255
    board = checks.to(torch.uint8).expand(1, 3, 16, 16)
    red = torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
    red[:, 0, :, :8] = 255
    found = statistics(torch.cat([flat, board, red]))
    assert found["brightness"].tolist() == pytest.approx([1.0, 0.5, 0.1495], abs=1e-3)
    assert found["colorfulness"][0] == found["colorfulness"][1] == 0 < found["colorfulness"][2]
    assert found["detail"].argmax() == 1
    assert found["contrast"][0] < 1e-6
    assert found["symmetry"][2] < 0


def test_the_network_rests_without_gradients() -> None:
    assert not any(p.requires_grad for p in load_mobilenet(torch.device("cpu")).parameters())
