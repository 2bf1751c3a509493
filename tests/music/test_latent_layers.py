"""Promise: the layers of the latent networks compute what convolutions, poolings and interpolations do, on channels that stay
side by side in memory from the first layer to the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.inference.noise import BatchNoise
from artgen_music import latent_nets
from artgen_music.latent_nets import LatentDiscriminator, LatentGenerator, around, double
from artgen_music.projection import Projection


def _conv(layer: nn.Conv1d, x: Tensor) -> Tensor:
    return F.conv1d(x, layer.weight, layer.bias, padding=layer.padding)


def _halving(layer: nn.Conv1d, x: Tensor) -> Tensor:
    return F.conv1d(F.avg_pool1d(x, 2), layer.weight, layer.bias)


def _circle(x: Tensor) -> Tensor:
    return F.interpolate(F.pad(x, (1, 1), "circular"), scale_factor=2, mode="linear")[..., 2:-2]


CASES: dict[str, tuple[Callable[[], nn.Conv1d], Callable[[nn.Conv1d, Tensor], Tensor]]] = {
    "three steps": (lambda: latent_nets._Conv(3, 5), _conv),
    "three steps with an edge": (lambda: latent_nets._Conv(3, 5, edge=True), _conv),
    "one step": (lambda: latent_nets._Mix(3, 5), _conv),
    "halved": (lambda: latent_nets._Mix(3, 5, halve=True), _halving),
}


@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("steps", [8, 7])
def test_layers_compute_what_a_convolution_does_and_so_do_their_first_and_second_derivatives(
    case: str, steps: int
) -> None:
    torch.manual_seed(0)
    make, plain = CASES[case]
    layer = make().double()
    with torch.no_grad():
        cast(Tensor, layer.bias).normal_()
    x = torch.randn(2, 3, steps, dtype=torch.float64, requires_grad=True)

    def derived(made: Tensor) -> list[Tensor]:
        known = [x, *layer.parameters()]
        first = torch.autograd.grad(made.square().sum(), known, create_graph=True)
        return [made, *first, *torch.autograd.grad(first[0].square().sum(), known)]

    for mine, other in zip(derived(layer(x)), derived(plain(layer, x)), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("classes", [0, 2])
def test_logits_are_the_product_of_features_with_the_weights_of_the_class(classes: int) -> None:
    torch.manual_seed(0)
    head, h, condition = Projection(5, classes), torch.randn(2, 5, 3, requires_grad=True), torch.eye(2)[:, :classes]
    weight = head.plain.weight.expand(2, -1) if head.classes is None else head.plain.weight + head.classes(condition)
    plain = torch.einsum("bct,bc->bt", F.leaky_relu(h, 0.2), weight) / 5**0.5 + head.plain.bias
    made = head(h, condition)
    torch.testing.assert_close(made, plain)
    known = [h, *head.parameters()]
    for mine, other in zip(*(torch.autograd.grad(y.square().sum(), known) for y in (made, plain)), strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize(("before", "shares"), [
    (3, [[0.0, 1.0, 0.0]]),  # what had classes learns without
    (3, [[0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]),  # others
    (0, [[], []]),  # what had none learns with classes
])  # fmt: skip
def test_a_head_starts_as_the_classes_that_its_own_are_made_of(before: int, shares: list[list[float]]) -> None:
    torch.manual_seed(0)
    weights, classes = torch.tensor(shares), len(shares) if len(shares) > 1 else 0
    old, new, h = Projection(5, before), Projection(5, classes), torch.randn(1, 5, 3)
    new.load_state_dict({**new.state_dict(), **new.from_classes(old.state_dict(), weights)})
    for row, mix in enumerate(weights):
        mine = torch.eye(classes)[row : row + 1] if classes else torch.empty(1, 0)
        torch.testing.assert_close(new(h, mine), old(h, mix[None]))


def test_sequences_are_laid_on_a_circle_and_doubled_as_interpolation_does() -> None:
    x = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(around(x), F.pad(x, (1, 1), "circular"))
    torch.testing.assert_close(double(x), _circle(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_channels_of_a_step_lie_side_by_side_behind_every_layer(precision: torch.dtype) -> None:
    generator = LatentGenerator(8, 2, 8, (12, 32), [16, 16, 8], 15.625)
    discriminator = LatentDiscriminator(2, (12, 32), [8, 8, 16])
    astray: list[str] = []

    def note(name: str, made: Any) -> None:
        if made.dim() == 3 and not made.transpose(1, 2).is_contiguous():
            astray.append(name)

    layers = [pair for net in (generator, discriminator) for pair in _layers(net)]
    for name, layer in layers:
        layer.register_forward_hook(lambda _layer, _given, made, name=name: note(name, made))
    condition = torch.eye(2)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
        made = generator(torch.randn(2, 8), condition, BatchNoise(torch.Generator(), 2))
        assert discriminator(made, condition).isfinite().all()
    assert len(layers) == 32
    assert not astray
    assert made.dtype == torch.float32


def _layers(network: nn.Module) -> Iterable[tuple[str, nn.Module]]:
    kinds = (nn.Conv1d, latent_nets._StyledBlock, latent_nets._Stage, latent_nets._Block, LatentGenerator)
    return [(name, layer) for name, layer in network.named_modules() if isinstance(layer, kinds)]
