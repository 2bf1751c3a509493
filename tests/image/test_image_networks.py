"""Every model alike: shapes, range, gradients, double backward, classes, independence of the items of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from artgen.nn import unpatch
from artgen.types import Networks, Noise
from artgen_image.autoencoder import Autoencoder
from artgen_image.config import Model
from artgen_image.modern import ResidualBlock
from artgen_image.progressive import Growing

MODELS = get_args(Model)
GANS = tuple(model for model in MODELS if model not in ("autoencoder", "vae"))
Make = Callable[..., Networks]
MakeDraws = Callable[..., Noise]


def wake(network: nn.Module) -> None:
    """Move every parameter off zero, where residual branches and noise strengths start and cut gradients off."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))


def inputs(networks: Networks, b: int = 4, classes: int = 3) -> tuple[Tensor, Tensor]:
    """Latents and one-hot classes."""
    return torch.randn(b, networks.latent), torch.eye(classes)[torch.arange(b) % classes] if classes else torch.zeros(
        b, 0
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 28, 28), (3, 12, 32), (3, 20, 36)])
@pytest.mark.parametrize("classes", [0, 3])
def test_shapes(model: str, shape: tuple[int, int, int], classes: int, make_networks: Make, noise: MakeDraws) -> None:
    networks = make_networks(model, shape, classes)
    z, condition = inputs(networks, classes=classes)
    x = networks.generator(z, condition, noise(4))
    assert x.shape == (4, *shape)
    assert x.dtype == torch.float32
    assert bool(x.isfinite().all())
    if networks.discriminator is not None:
        logits = networks.discriminator(x, condition)
        assert logits.shape == (4, 1)
        assert bool(logits.isfinite().all())


@pytest.mark.parametrize("model", [m for m in MODELS if m != "progressive"])
def test_output_is_bounded(model: str, make_networks: Make, noise: MakeDraws) -> None:
    networks = make_networks(model)
    z, condition = inputs(networks)
    wake(networks.generator)
    assert networks.generator(100 * z, condition, noise(4)).abs().max() <= 1


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_gets_a_gradient(model: str, make_networks: Make, noise: MakeDraws) -> None:
    networks = make_networks(model, noise=True)
    z, condition = inputs(networks)
    generator, discriminator = networks.generator, networks.discriminator
    wake(generator)
    if isinstance(generator, Autoencoder):
        x, kl = generator.reconstruct(torch.rand(4, 3, 16, 16), condition, noise(4))
        (x.square().mean() + kl.mean()).backward()
    else:
        assert discriminator is not None
        wake(discriminator)
        for progress in (0.0, 0.3, 1.0):  # every parameter at some time, where the networks grow
            for network in (generator, discriminator):
                if isinstance(network, Growing):
                    network.set_progress(progress)
            discriminator(generator(z, condition, noise(4)), condition).square().sum().backward()
        check_gradients(discriminator)
    check_gradients(generator)


def check_gradients(network: nn.Module) -> None:
    dead = [name for name, p in network.named_parameters() if p.grad is None or not bool((p.grad != 0).any())]
    assert not dead, dead
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)


@pytest.mark.parametrize("model", GANS)
def test_discriminator_differentiates_twice(model: str, make_networks: Make) -> None:
    """R1 reaches the weights, and agrees with a difference quotient of the logits' gradient norm."""
    discriminator = make_networks(model).discriminator
    assert discriminator is not None
    wake(discriminator)
    discriminator.double()
    x, condition = (
        torch.rand(4, 3, 16, 16, dtype=torch.float64, requires_grad=True),
        torch.eye(3, dtype=torch.float64)[[0, 1, 2, 0]],
    )

    def r1() -> Tensor:
        (grad,) = torch.autograd.grad(discriminator(x, condition).sum(), x, create_graph=True)
        return grad.square().flatten(1).sum(1).mean()

    weight = max(discriminator.parameters(), key=lambda p: p.numel())
    (slope,) = torch.autograd.grad(r1(), weight)
    assert float(slope.norm()) > 0
    direction, step = torch.randn_like(slope), 1e-6
    with torch.no_grad():
        weight.add_(direction, alpha=step)
    above = r1().item()
    with torch.no_grad():
        weight.sub_(direction, alpha=2 * step)
    assert (above - r1().item()) / (2 * step) == pytest.approx(float((slope * direction).sum()), rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_a_sample_depends_on_itself_only(model: str, make_networks: Make, noise: MakeDraws) -> None:
    networks = make_networks(model, noise=False)
    generator = networks.generator.eval()
    z, condition = inputs(networks, b=6)
    whole = generator(z, condition, noise(6))
    alone = torch.cat([generator(z[i : i + 1], condition[i : i + 1], noise(1)) for i in range(6)])
    assert torch.allclose(whole, alone, atol=1e-4)


@pytest.mark.parametrize("model", ["modern", "mlp"])
def test_a_logit_depends_on_its_item_only(model: str, make_networks: Make) -> None:
    discriminator = make_networks(model).discriminator
    assert discriminator is not None
    wake(discriminator)
    x, condition = torch.rand(5, 3, 16, 16), torch.eye(3)[[0, 1, 2, 0, 1]]
    alone = torch.cat([discriminator(x[i : i + 1], condition[i : i + 1]) for i in range(5)])
    assert torch.allclose(discriminator(x, condition), alone, atol=1e-5)


@pytest.mark.parametrize("model", ["stylegan", "progressive"])
def test_reals_and_fakes_in_one_batch_do_not_mix(model: str, make_networks: Make) -> None:
    """Minibatch standard deviation groups neighbors, so the logits of the first eight ignore what follows."""
    discriminator = make_networks(model).discriminator
    assert discriminator is not None
    x, condition = torch.rand(16, 3, 16, 16), torch.eye(3)[torch.arange(16) % 3]
    assert torch.allclose(discriminator(x, condition)[:8], discriminator(x[:8], condition[:8]), atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_the_class_matters(model: str, make_networks: Make, noise: MakeDraws) -> None:
    networks = make_networks(model)
    wake(networks.generator)
    z = torch.randn(1, networks.latent).expand(3, -1)
    x = networks.generator.eval()(z, torch.eye(3), noise(3))
    assert (x[0] - x[1]).abs().max() > 1e-4
    if networks.discriminator is not None:
        same = torch.rand(1, 3, 16, 16).expand(3, -1, -1, -1)
        wake(networks.discriminator)
        logits = networks.discriminator(same, torch.eye(3))
        assert len(set(logits.flatten().tolist())) == 3


def test_the_documents_layers(make_networks: Make) -> None:
    networks = make_networks(
        "mlp", (1, 28, 28), 0, latent=100, mlp_generator=(1024, 1024), mlp_discriminator=(1024, 1024, 512)
    )
    assert networks.discriminator is not None
    sizes = [
        [layer.in_features for layer in network.modules() if isinstance(layer, nn.Linear)]
        for network in (networks.generator, networks.discriminator)
    ]
    assert sizes == [[100, 1024, 1024], [784, 1024, 1024, 512]]
    slopes = {layer.negative_slope for layer in networks.generator.modules() if isinstance(layer, nn.LeakyReLU)}
    assert slopes == {0.2}


@pytest.mark.parametrize("model", MODELS)
def test_same_seed_same_weights(model: str, make_networks: Make) -> None:
    first, second = make_networks(model).generator.state_dict(), make_networks(model).generator.state_dict()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize(("side", "channels"), [(16, [6, 4]), (32, [8, 6, 4]), (64, [8, 8, 6, 4]), (8, [4])])
def test_widths_are_counted_from_the_finest_level(make_networks: Make, side: int, channels: list[int]) -> None:
    """So that a preset's suit other sizes."""
    generator = make_networks("modern", (3, side, side), widths=(8, 6, 4)).generator
    assert [level[0].layers[0].weight.shape[0] for level in generator.net.levels] == channels  # pyright: ignore


def test_bottleneck_starts_as_the_identity_and_groups_channels(make_networks: Make) -> None:
    networks = make_networks("modern", block="bottleneck", base_channels=16, max_channels=32, blocks=2)
    groups = {m.groups for m in networks.generator.modules() if isinstance(m, nn.Conv2d)}
    assert groups == {1, 2, 4}
    block = next(m for m in networks.generator.modules() if isinstance(m, ResidualBlock))
    x = torch.randn(2, 32, 4, 4)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize("patch", [2, 4])
def test_the_pixel_shuffle_leaves_no_grid(patch: int) -> None:
    """Flat channels of any size shuffle to a flat map, whatever the patch; nothing brighter or darker at the borders."""
    x = torch.randn(2, 3 * patch**2, 1, 1).expand(-1, -1, 5, 6)
    smooth = unpatch(x, patch)
    assert smooth.shape == (2, 3, 5 * patch, 6 * patch)
    inner = smooth[:, :, patch:-patch, patch:-patch]
    assert torch.allclose(inner, x.reshape(2, 3, -1, 5, 6).mean(2)[:, :, :1, :1].expand_as(inner), atol=1e-6)
    assert torch.allclose(unpatch(torch.ones(1, patch**2, 3, 3), patch), torch.ones(1, 1, 3 * patch, 3 * patch))
