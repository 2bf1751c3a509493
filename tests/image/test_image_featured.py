"""Promise: a discriminator with feature heads teaches its generator by both ways, keeps the frozen network out of training and
checkpoints, and starts from, or gives a start to, one without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from artgen.nn.features import Projections
from artgen.nn.lite0 import CHANNELS, SCALES, STRIDES, load_lite0
from artgen.runtime.penalized import penalized
from artgen.types import Networks
from artgen_image.featured import FeaturedDiscriminator

Make = Callable[..., Networks]
SHAPE = (3, 64, 64)


def built(make: Make, **settings: object) -> FeaturedDiscriminator:
    found = make("modern", SHAPE, 3, features="lite0", discriminator_patch=4, **settings).discriminator
    assert isinstance(found, FeaturedDiscriminator)
    return found


def items(b: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Smooth pictures in [-1, 1] and their classes."""
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.rand(b, 3, 6, 6, generator=rng) * 2 - 1
    x = torch.nn.functional.interpolate(coarse, SHAPE[1:], mode="bilinear")
    return x, torch.eye(3)[torch.arange(b) % 3]


def test_the_frozen_network_sees_at_three_levels() -> None:
    levels = load_lite0(torch.device("cpu"))(items()[0])
    assert [tuple(level.shape[1:]) for level in levels] == [
        (channels, 64 // stride, 64 // stride) for channels, stride in zip(CHANNELS, STRIDES, strict=True)
    ]
    for level, scale in zip(levels, SCALES, strict=True):
        assert 0.3 < level.square().mean().sqrt() / scale < 3


def test_the_frozen_network_tells_pictures_apart_and_pardons_a_small_shift() -> None:
    x, _ = items(2)
    levels = load_lite0(torch.device("cpu"))(torch.cat([x, x[:1].roll(2, 3)]))
    deep = levels[-1].mean((2, 3))
    assert (deep[0] - deep[2]).norm() < 0.7 * (deep[0] - deep[1]).norm()


def test_projections_are_the_same_in_every_process() -> None:
    one, two = Projections(), Projections()
    assert all(torch.equal(a, b) for a, b in zip(one.buffers(), two.buffers(), strict=True))
    assert one.state_dict() == {}


def test_checkpoints_hold_heads_but_not_the_frozen_network(make_networks: Make) -> None:
    names = built(make_networks).state_dict()
    assert any(name.startswith("heads.") for name in names)
    assert not any("layers." in name and "trunk" not in name for name in names)
    assert sum(t.numel() for t in built(make_networks).state_dict().values()) < 600_000


def test_weights_of_the_pixels_have_the_names_of_the_modern_discriminator(make_networks: Make) -> None:
    plain = make_networks("modern", SHAPE, 3, discriminator_patch=4).discriminator
    assert plain is not None
    assert set(plain.state_dict()) <= set(built(make_networks).state_dict())


def test_networks_say_whose_features_they_look_through(make_networks: Make) -> None:
    assert make_networks("modern", SHAPE, 3, features="lite0").feature_sources == ("EfficientNet-lite0 (ImageNet)",)
    assert make_networks("modern", SHAPE, 3).feature_sources == ()


def test_a_penalty_is_taken_of_the_pixels_alone(make_networks: Make) -> None:
    """Through the frozen network it would cost that network's backward pass twice."""
    network, (x, condition) = built(make_networks, feature_share=1.0), items()
    with penalized():
        network(x.requires_grad_(), condition).mean().backward()
    assert x.grad is None
    assert all(p.grad is not None for p in network.heads.parameters())
    network(x, condition).mean().backward()
    assert x.grad is not None, "what the generator shows gets its gradient while the heads learn"


def test_the_generator_hears_from_pixels_and_features(make_networks: Make) -> None:
    found = []
    for share in (1.0, 0.5):
        network, (x, condition) = built(make_networks, feature_share=share), items()
        network.joined.fill_(1)
        network(x.requires_grad_(), condition).mean().backward()
        found.append(x.grad)
    assert found[0].abs().sum() > 0
    assert not torch.allclose(found[0], found[1])


def test_the_heads_join_little_by_little_and_stay(make_networks: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgen.nn.features.RAMP", 8)
    network, (x, condition) = built(make_networks), items()
    spread = []
    for _ in range(6):
        spread.append(float(network(x, condition).detach().std(1).mean()))
    assert 0 < spread[0] < 0.2 * spread[2]
    assert spread[2] < spread[4]
    assert network.state_dict()["joined"] == 1
    network.requires_grad_(False)(x, condition)
    other = built(make_networks)
    other.load_state_dict(network.state_dict())
    assert float(other.eval()(x, condition).detach().std(1).mean()) > 0


@pytest.mark.parametrize(("share", "repeats"), [(1.0, 0), (0.5, 48), (0.25, 144)])
def test_the_share_is_that_of_the_mean_logit(make_networks: Make, share: float, repeats: int) -> None:
    network, (x, condition) = built(make_networks, feature_share=share).eval(), items()
    network.joined.fill_(1)
    logits = network(x, condition)
    assert logits.shape == (2, 48 + repeats)
    assert len(logits[0, 48:].unique()) == min(1, repeats)


def test_an_item_s_logits_depend_on_that_item_only(make_networks: Make) -> None:
    network, (x, condition) = built(make_networks).eval(), items(3)
    assert torch.allclose(network(x, condition)[:1], network(x[:1], condition[:1]), atol=1e-4)


def test_a_class_moves_the_heads(make_networks: Make) -> None:
    network, (x, _) = built(make_networks, feature_share=1.0).eval(), items(1)
    one, other = (network(x, torch.eye(3)[[k]]) for k in (0, 1))
    assert not torch.allclose(one, other)


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 32, 48), (3, 128, 128)])
def test_any_shape_is_brought_to_the_size_of_the_frozen_network(
    make_networks: Make, shape: tuple[int, int, int]
) -> None:
    network = make_networks("modern", shape, 0, features="lite0").discriminator
    assert network is not None
    assert network(torch.zeros(2, *shape), torch.zeros(2, 0)).shape == (2, 96)
