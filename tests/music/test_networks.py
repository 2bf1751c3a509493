"""Promise: both designs make music of any length, in sections without breaks, and train as the core expects."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from artgen.inference.noise import PerSeedNoise
from artgen.types import DataSpec, Networks, SampleOptions
from artgen_music.augment import AugmentSound
from artgen_music.change_nets import lost_rhythm
from artgen_music.config import MusicConfig
from artgen_music.latent_nets import LatentDiscriminator
from artgen_music.networks import build_networks

CPU = torch.device("cpu")
SMALL = {
    "latent": ({"generator_widths": [16, 16, 8], "discriminator_widths": [8, 8, 16]}, (12, 32)),
    "spectrogram": ({"generator_widths": [16, 16, 8, 8], "discriminator_widths": [8, 8, 16, 16]}, (1, 128, 64)),
}


@pytest.fixture(params=list(SMALL))
def nets(request: pytest.FixtureRequest) -> tuple[Networks, tuple[int, ...]]:
    settings, shape = SMALL[request.param]
    torch.manual_seed(0)
    config = MusicConfig.model_validate({"model": request.param, "latent": 8, "style": 8, "patch": 4, **settings})
    return build_networks(config, DataSpec(shape, ("a", "b"))), shape


def play(nets: Networks, seeds: list[int], options: SampleOptions | None = None) -> Tensor:
    noise = PerSeedNoise(seeds, CPU)
    condition = torch.eye(2)[torch.tensor(seeds) % 2]
    return nets.generator(noise.normal(nets.latent), condition, noise, options or SampleOptions())


def test_shapes_and_logits(nets: tuple[Networks, tuple[int, ...]]) -> None:
    networks, shape = nets
    x = play(networks, [0, 1, 2, 3])
    assert x.shape == (4, *shape)
    assert isinstance(networks.discriminator, nn.Module)
    logits = networks.discriminator(x, torch.eye(2)[[0, 1, 0, 1]])
    assert logits.dim() == 2
    assert len(logits) == 4


@pytest.mark.parametrize("steps", [24, 40, 16])  # patch=8 with three, five and two seconds
def test_the_discriminator_halves_odd_numbers_of_steps(steps: int) -> None:
    settings = {"latent": 8, "style": 8, "patch": 8, "discriminator_widths": [8, 8, 8, 8]}
    nets = build_networks(MusicConfig.model_validate(settings), DataSpec((12, steps), ("a", "b")))
    assert isinstance(nets.discriminator, LatentDiscriminator)
    lengths = list[int]()
    for block in nets.discriminator.blocks:
        block.register_forward_hook(lambda _block, _given, made: lengths.append(made.shape[-1]))
    assert nets.discriminator(torch.randn(2, 12, steps), torch.eye(2)).isfinite().all()
    assert lengths == [steps // 2, steps // 4, steps // 8, steps // 16]


@pytest.mark.parametrize("seconds", [0.5, 2.0, 30.0])
def test_any_length(nets: tuple[Networks, tuple[int, ...]], seconds: float) -> None:
    networks, shape = nets
    per_second = 62.5 / (4 if len(shape) == 2 else 1)
    assert play(networks, [0], SampleOptions(seconds)).shape[-1] == math.ceil(seconds * per_second), (
        "never shorter than asked"
    )
    assert play(networks, [0], SampleOptions(seconds, loop=True)).shape[-1] >= round(seconds * per_second)


def test_a_sample_does_not_depend_on_its_neighbors(nets: tuple[Networks, tuple[int, ...]]) -> None:
    networks, _ = nets
    assert torch.allclose(play(networks, [5, 6, 7])[1], play(networks, [6])[0], atol=1e-5)


def test_no_step_stands_out_in_a_long_piece(nets: tuple[Networks, tuple[int, ...]]) -> None:
    """Sections change smoothly: the largest change from step to step is no outlier among the others."""
    networks, _ = nets
    x = play(networks, [1], SampleOptions(40.0)).detach().flatten(1, -2)[0]
    changes = x.diff(dim=1).norm(dim=0)
    assert float(changes.max()) < 4 * float(changes.quantile(0.9))


def test_the_seam_of_a_loop_is_a_step_like_any_other(nets: tuple[Networks, tuple[int, ...]]) -> None:
    networks, _ = nets
    x = play(networks, [1], SampleOptions(8.0, loop=True)).detach().flatten(1, -2)[0]
    changes = torch.cat([x, x[:, :1]], 1).diff(dim=1).norm(dim=0)
    assert float(changes[-1]) <= float(changes.max())
    assert float(changes[-1]) < 3 * float(changes.median())


def test_gradients_reach_every_parameter(nets: tuple[Networks, tuple[int, ...]]) -> None:
    networks, _ = nets
    assert networks.discriminator is not None
    condition = torch.eye(2)[[0, 1, 0, 1]]
    x = play(networks, [0, 1, 2, 3])
    networks.discriminator(x, condition).square().mean().backward()
    for network in (networks.generator, networks.discriminator):
        silent = [n for n, p in network.named_parameters() if p.grad is None or not bool(p.grad.any())]
        assert silent == []


def test_the_discriminator_can_be_differentiated_twice(nets: tuple[Networks, tuple[int, ...]]) -> None:
    networks, shape = nets
    assert networks.discriminator is not None
    x = torch.randn(4, *shape, generator=torch.Generator().manual_seed(0), requires_grad=True)
    logits = networks.discriminator(x, torch.eye(2)[[0, 1, 0, 1]])
    (gradient,) = torch.autograd.grad(logits.mean(1).sum(), x, create_graph=True)
    gradient.square().sum().backward()
    assert any(p.grad is not None and bool(p.grad.any()) for p in networks.discriminator.parameters())


def test_without_classes(nets: tuple[Networks, tuple[int, ...]]) -> None:
    _, shape = nets
    model = "latent" if len(shape) == 2 else "spectrogram"
    config = MusicConfig.model_validate({"model": model, "latent": 8, "style": 8, **SMALL[model][0]})
    networks = build_networks(config, DataSpec(shape, ()))
    assert networks.discriminator is not None
    noise = PerSeedNoise([0, 1], CPU)
    x = networks.generator(noise.normal(8), torch.zeros(2, 0), noise)
    assert bool(networks.discriminator(x, torch.zeros(2, 0)).isfinite().all())


def test_a_latent_generator_that_strays_cannot_explode() -> None:
    torch.manual_seed(0)
    config = MusicConfig.model_validate(SMALL["latent"][0])
    networks = build_networks(config, DataSpec(SMALL["latent"][1], ("a", "b")))
    with torch.no_grad():
        for parameter in networks.generator.parameters():
            parameter.mul_(10)
    assert float(play(networks, [0, 1]).detach().abs().max()) <= 3.0


def test_what_judges_a_style_is_not_kept_from_what_an_equalizer_changes() -> None:
    """That is the style; and there are no classes within which works could be mixed."""
    spec = DataSpec((1, 128, 64), ())
    nets = build_networks(MusicConfig().for_task("style"), spec)
    assert isinstance(nets.augment, AugmentSound)
    assert nets.augment.kinds == ("gain", "pitch", "stretch", "mask")
    assert nets.content_loss is lost_rhythm
    x = torch.rand(4, *spec.shape) - 0.5
    seen = nets.augmented(x, 1.0, torch.Generator().manual_seed(0), torch.zeros(4, 0))
    assert (seen.shape, torch.equal(seen, x)) == (x.shape, False)
    styled = MusicConfig(augment_kinds=("equalizer", "mix")).for_task("style")
    assert build_networks(styled, spec).augment is None
