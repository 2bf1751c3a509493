"""What single families promise: growth without jumps, styles, reconstructions."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from artgen.nn import StyleGenerator
from artgen.types import Networks, Noise, SampleOptions
from artgen_image.autoencoder import Autoencoder
from artgen_image.progressive import Growing, Stage, stage_at

Make = Callable[..., Networks]
MakeDraws = Callable[..., Noise]


def test_growth_visits_every_level_in_order() -> None:
    stages = [stage_at(i / 1000, 4, 0.4) for i in range(1001)]
    assert stages[0] == Stage(0, 1.0)
    assert stages[-1] == Stage(3, 1.0)
    assert [level for i, (level, _) in enumerate(stages) if not i or level != stages[i - 1].level] == [0, 1, 2, 3]
    assert all(0 <= alpha <= 1 for _, alpha in stages)
    assert sum(stage == Stage(3, 1.0) for stage in stages) == pytest.approx(401, abs=2)
    for earlier, later in itertools.pairwise(stages):
        assert later.level > earlier.level or later.alpha >= earlier.alpha


@pytest.mark.parametrize("progress", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_a_single_level_never_grows(progress: float) -> None:
    assert stage_at(progress, 1, 0.3) == Stage(0, 1.0)


def grown(networks: Networks, progress: float, z: Tensor, x: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
    assert isinstance(networks.generator, Growing)
    assert isinstance(networks.discriminator, Growing)
    networks.generator.set_progress(progress)
    networks.discriminator.set_progress(progress)
    condition = torch.eye(3)[torch.arange(len(z)) % 3]
    return networks.generator(z, condition, noise), networks.discriminator(x, condition)


def test_growth_is_continuous(make_networks: Make, noise: MakeDraws) -> None:
    """Neither a picture nor a logit jumps where a fade begins, runs, or ends: 3 levels, phases of 0.2 each."""
    networks = make_networks("progressive", final_phase=0.2)
    z, x = torch.randn(4, networks.latent), torch.rand(4, 3, 16, 16)
    for boundary in (0.2, 0.3, 0.4, 0.6, 0.7, 0.8):
        before, after = (grown(networks, boundary + delta, z, x, noise(4)) for delta in (-1e-6, 1e-6))
        for a, b in zip(before, after, strict=True):
            assert torch.allclose(a, b, atol=1e-3), f"jump at {boundary}"
    early, late = grown(networks, 0.1, z, x, noise(4)), grown(networks, 0.9, z, x, noise(4))
    assert all((a - b).abs().max() > 1e-2 for a, b in zip(early, late, strict=True))


def test_an_early_picture_is_coarse_and_full_size(make_networks: Make, noise: MakeDraws) -> None:
    networks = make_networks("progressive")
    z = torch.randn(2, networks.latent)
    picture, _ = grown(networks, 0.0, z, torch.zeros(2, 3, 16, 16), noise(2))
    blocks = picture.reshape(2, 3, 4, 4, 4, 4)
    assert torch.equal(blocks, blocks[:, :, :, :1, :, :1].expand_as(blocks))
    assert picture.shape == (2, 3, 16, 16)


def test_growth_survives_saving_copying_and_averaging(make_networks: Make, noise: MakeDraws) -> None:
    networks, z = make_networks("progressive"), torch.randn(2, 6)
    wanted, _ = grown(networks, 0.37, z, torch.zeros(2, 3, 16, 16), noise(2))
    fresh = make_networks("progressive").generator
    fresh(z, torch.eye(3)[:2], noise(2))  # has looked at its stage before it is loaded
    fresh.load_state_dict(networks.generator.state_dict())
    copied = copy.deepcopy(networks.generator)
    for generator in (fresh, copied):
        assert torch.equal(generator(z, torch.eye(3)[:2], noise(2)), wanted)


@pytest.mark.parametrize("model", ["modern", "stylegan"])
def test_truncation_and_mixing_through_the_style(model: str, make_networks: Make, noise: MakeDraws) -> None:
    generator = make_networks(model, noise=False).generator
    assert isinstance(generator, StyleGenerator)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    w = generator.mapping(torch.randn(2, 6), torch.eye(3)[:2])
    picture = generator.synthesis(w, noise(2), SampleOptions())
    layered = w[:, None].repeat(1, generator.style_layers, 1)
    assert torch.allclose(generator.synthesis(layered, noise(2), SampleOptions()), picture, atol=1e-4), (
        "one w everywhere"
    )
    for layer in range(generator.style_layers):
        mixed = layered.clone()
        mixed[:, layer] = w.flip(0)
        assert (generator.synthesis(mixed, noise(2), SampleOptions()) - picture).abs().max() > 1e-3, (
            f"style layer {layer} has no effect"
        )
    middle = w.mean(0, keepdim=True)
    centered = generator.synthesis(middle + 0.0 * (w - middle), noise(2), SampleOptions())
    assert torch.allclose(centered[0], centered[1], atol=1e-4), "psi 0 is one picture"


@pytest.mark.parametrize("model", ["modern", "stylegan"])
def test_noise_comes_from_the_draws_alone(model: str, make_networks: Make, noise: MakeDraws) -> None:
    generator = make_networks(model, noise=True).generator
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    z, condition = torch.randn(2, 6), torch.eye(3)[:2]
    first, again, other = (generator(z, condition, noise(2, seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("model", ["autoencoder", "vae"])
def test_reconstruction(model: str, make_networks: Make, noise: MakeDraws) -> None:
    network = make_networks(model).generator
    assert isinstance(network, Autoencoder)
    x, condition = torch.rand(4, 3, 16, 16) * 2 - 1, torch.eye(3)[[0, 1, 2, 0]]
    rebuilt, kl = network.reconstruct(x, condition, noise(4))
    assert rebuilt.shape == x.shape
    assert kl.shape == (4,)
    assert bool((kl >= 0).all())
    assert bool((kl > 0).all()) == (model == "vae")
    mean, logvar = network.encode(x)
    assert (logvar is None) == (model == "autoencoder")
    assert mean.shape == (4, 6)
    network.eval()
    assert torch.equal(network.reconstruct(x, condition, noise(4))[0], network.decode(mean, condition, noise(4)))


def test_kl_is_zero_at_the_prior_and_agrees_with_torch(make_networks: Make, noise: MakeDraws) -> None:
    network = make_networks("vae").generator
    assert isinstance(network, Autoencoder)
    x, condition = torch.rand(4, 3, 16, 16), torch.eye(3)[[0, 1, 2, 0]]
    mean, logvar = network.encode(x)
    assert logvar is not None
    posterior = torch.distributions.Normal(mean, (logvar / 2).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(network.reconstruct(x, condition, noise(4))[1], expected, atol=1e-5)
    torch.nn.init.zeros_(network.code.weight)
    torch.nn.init.zeros_(network.code.bias)
    assert torch.equal(network.reconstruct(x, condition, noise(4))[1], torch.zeros(4))


def test_autoencoder_samples_where_its_codes_lie(make_networks: Make, noise: MakeDraws) -> None:
    network = make_networks("autoencoder").generator
    assert isinstance(network, Autoencoder)
    x, condition = torch.rand(64, 3, 16, 16), torch.eye(3)[torch.arange(64) % 3]
    for _ in range(600):
        network._observe(network.encode(x)[0].detach()) if _ else network.reconstruct(x, condition, noise(64))
    codes, _ = network.encode(x)
    assert torch.allclose(network.code_mean, codes.mean(0), atol=0.05)
    assert torch.allclose(network.code_std, codes.std(0), atol=0.05)
    before = network.code_mean.clone()
    network.eval().reconstruct(x + 1, condition, noise(64))
    assert torch.equal(network.code_mean, before), "evaluation leaves the statistics alone"


def test_few_steps_of_reconstruction_learn(make_networks: Make, noise: MakeDraws) -> None:
    """Sixteen flat colors through an autoencoder: the error falls to a fraction in 60 steps."""
    network = make_networks("autoencoder", base_channels=8).generator
    assert isinstance(network, Autoencoder)
    x = (torch.rand(16, 3, 1, 1) * 2 - 1).expand(16, 3, 16, 16)
    condition, optimizer = torch.eye(3)[torch.arange(16) % 3], torch.optim.Adam(network.parameters(), 3e-3)
    errors: list[float] = []
    for _ in range(60):
        loss = (network.reconstruct(x, condition, noise(16))[0] - x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
    assert errors[-1] < 0.25 * errors[0]


@pytest.mark.parametrize("model", ["autoencoder", "vae"])
def test_an_autoencoder_keeps_its_averages_in_float32(make_networks: Make, noise: MakeDraws, model: str) -> None:
    network = make_networks(model, (3, 16, 16), 0).generator.train()
    assert isinstance(network, Autoencoder)
    with torch.autocast("cpu", torch.bfloat16):
        network.reconstruct(torch.rand(2, 3, 16, 16) * 2 - 1, torch.zeros(2, 0), noise(2))
    assert all(buffer.dtype == torch.float32 for buffer in network.buffers())


def test_grain_reaches_every_pixel(make_networks: Make, noise: MakeDraws) -> None:
    """What is finer than a patch differs from draw to draw too: pixels of one patch do not all move together."""
    networks = make_networks("modern", grain=True)
    generator, z, condition = networks.generator, torch.randn(1, networks.latent), torch.eye(3)[:1]
    draws = noise(1)
    with torch.no_grad():
        assert torch.equal(generator(z, condition, draws), generator(z, condition, draws)), "it begins as nothing"
        for name, parameter in generator.named_parameters():
            if name.endswith("grain.strength"):
                parameter.fill_(0.5)
        change = generator(z, condition, draws) - generator(z, condition, draws)
    fine = change[..., ::2] - change[..., 1::2]
    assert fine.abs().mean() > 0.5 * change.abs().mean() > 0
