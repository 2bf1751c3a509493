"""Promise: noise enters features as one value per place times one strength per channel, and leaves their precision and their
order in memory as they are."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from artgen.inference.noise import BatchNoise
from artgen.nn import AddNoise, add_noise


def _noise() -> BatchNoise:
    return BatchNoise(torch.Generator().manual_seed(1), 2)


def _drawn(precision: torch.dtype) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 6).to(precision).contiguous(memory_format=torch.channels_last)
    return x.requires_grad_(), torch.randn(3, 1, 1, requires_grad=True)


@pytest.mark.parametrize("order", [torch.channels_last, torch.contiguous_format])
def test_the_noise_is_what_broadcasting_makes_of_it_and_so_are_the_gradients(order: torch.memory_format) -> None:
    x, strength = _drawn(torch.float32)
    given = x.contiguous(memory_format=order)
    made = add_noise(given, strength, _noise())
    plain = given + strength * _noise().normal(1, 4, 6)
    torch.testing.assert_close(made, plain)
    weight = torch.randn_like(plain)
    for mine, other in zip(
        *(torch.autograd.grad((y * weight).sum(), (x, strength)) for y in (made, plain)), strict=True
    ):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_features_keep_their_precision_and_their_order_in_memory(precision: torch.dtype) -> None:
    x, strength = _drawn(precision)
    layer = AddNoise(3)
    layer.strength.data = strength.detach()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
        made = layer(x, _noise())
    assert made.dtype == precision
    assert made.is_contiguous(memory_format=torch.channels_last)
    exact = x.double() + strength.double() * _noise().normal(1, 4, 6).double()
    torch.testing.assert_close(made.double(), exact, rtol=0.02, atol=0.02)


def test_features_in_full_precision_are_not_rounded_in_a_step_of_mixed_precision() -> None:
    x, strength = _drawn(torch.float32)
    plain = add_noise(x, strength, _noise())
    with torch.autocast("cpu", torch.bfloat16):
        made = add_noise(x, strength, _noise())
    assert made.dtype == torch.float32
    assert torch.equal(made, plain)


def test_features_that_all_works_share_get_the_noise_of_each() -> None:
    """A learned constant at the start of a network, for one."""
    x, strength = _drawn(torch.float32)
    shared = x[:1].detach()
    made = add_noise(shared, strength, _noise())
    torch.testing.assert_close(made, shared + strength * _noise().normal(1, 4, 6))
