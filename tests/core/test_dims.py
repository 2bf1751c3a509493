"""Promise: the blocks of ``artgen.nn`` serve sequences, pictures, and films or volumes alike."""

from __future__ import annotations

from typing import Literal

import pytest
import torch

from artgen.nn import SLOPE, DenseBlock, Resize, add_weighed, down2, minibatch_std, scaled_conv, up2

DIMS = (1, 2, 3)


@pytest.mark.parametrize("dims", DIMS)
def test_shapes_and_second_derivatives(dims: Literal[1, 2, 3]) -> None:
    torch.manual_seed(0)
    x = torch.randn(4, 6, *[8] * dims, requires_grad=True)
    style = torch.randn(4, 5)
    block, larger, smaller = DenseBlock(6, 2, 5, dims), Resize(6, 3, True, dims), Resize(6, 3, False, dims)
    torch.nn.init.normal_(block.last.weight)
    y = block(x, style)
    assert y.shape == x.shape
    assert not torch.equal(y, block(x, style + 1))
    strength, values = torch.randn(6), torch.randn(4, 1, *[8] * dims)
    torch.testing.assert_close(add_weighed(x, strength, values), x + strength.reshape(6, *[1] * dims) * values)
    branch = block.last(torch.nn.functional.leaky_relu(add_weighed(block.first(x), strength, values), SLOPE))
    torch.testing.assert_close(block(x, added=(strength, values)), x + branch)
    assert larger(y).shape == (4, 3, *[16] * dims)
    assert smaller(y).shape == (4, 3, *[4] * dims)
    spread = minibatch_std(y, 2)
    assert spread.shape == (4, 7, *[8] * dims)
    assert torch.equal(spread[:2, 6], spread[:1, 6].expand_as(spread[:2, 6]))
    (gradient,) = torch.autograd.grad(scaled_conv(3, 1, 3, dims=dims)(smaller(y)).sum(), x, create_graph=True)
    gradient.square().sum().backward()
    assert x.grad is not None
    assert bool(x.grad.isfinite().all())


@pytest.mark.parametrize("dims", DIMS)
def test_one_axis_at_a_time_is_all_at_once(dims: int) -> None:
    """What is constant along the other axes is resized as a sequence is."""
    row = torch.randn(2, 3, 8, generator=torch.Generator().manual_seed(0))
    x = row.reshape(2, 3, 8, *[1] * (dims - 1)).expand(2, 3, 8, *[8] * (dims - 1))
    middle = (slice(None), slice(None), slice(None), *[4] * (dims - 1))
    assert torch.allclose(up2(x)[middle], up2(row), atol=1e-6)
    halved = down2(x)
    assert torch.allclose(halved[(slice(None), slice(None), slice(None), *[2] * (dims - 1))], down2(row), atol=1e-6)
