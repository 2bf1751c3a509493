"""The optimizer makes Adam's steps, leaves out the bad ones, and costs a start no compiler."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.optim.adam import adam

from artgen.runtime.adam import Adam
from tests.bare import Bare


def _played(optimizer: Adam | torch.optim.Adam, weights: list[torch.Tensor], bad: tuple[int, ...] = ()) -> None:
    rng = torch.Generator().manual_seed(0)
    for step in range(6):
        for weight in weights[:2]:  # the third never gets a gradient
            weight.grad = torch.randn(weight.shape, generator=rng)
        if isinstance(optimizer, Adam):
            optimizer.step(skip=torch.tensor(float(step in bad)))
        elif step not in bad:
            optimizer.step()


def _weights() -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=rng).requires_grad_() for shape in ((3, 4), (5,), (2,))]


def test_the_steps_are_those_of_torch_to_the_bit_and_bad_ones_move_nothing() -> None:
    ours, theirs = _weights(), _weights()
    _played(Adam(ours, 0.01, (0.5, 0.9)), ours, bad=(0, 3))
    _played(torch.optim.Adam(theirs, 0.01, (0.5, 0.9), fused=True), theirs, bad=(0, 3))
    for mine, other, first in zip(ours, theirs, _weights(), strict=True):
        assert torch.equal(mine, other)
        assert torch.equal(mine, first) == (mine.shape == (2,))  # only the one without a gradient stayed


def test_weights_in_channels_last_move_as_others_do_and_reach_the_kernel_without_a_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fused kernels make copies of what is not contiguous, which took longer than the step."""
    rng = torch.Generator().manual_seed(2)
    start, grads = torch.randn(4, 3, 2, 2, generator=rng), torch.randn(3, 4, 3, 2, 2, generator=rng)
    given: list[torch.Tensor] = []

    def noting(*lists: Any, **options: Any) -> None:
        given.extend(tensor for tensors in lists[:4] for tensor in tensors)
        adam(*lists, **options)

    monkeypatch.setattr("artgen.runtime.adam.adam", noting)
    ended: list[torch.Tensor] = []
    for layout in (torch.contiguous_format, torch.channels_last):
        weight = start.clone(memory_format=layout).requires_grad_()
        optimizer = Adam([weight], 0.01, (0.5, 0.9))
        for grad in grads:
            weight.grad = grad.clone(memory_format=layout)
            optimizer.step()
        assert all(tensor.is_contiguous() for tensor in given)
        assert given[0].data_ptr() == weight.data_ptr()
        assert weight.is_contiguous(memory_format=layout)
        given.clear()
        ended.append(weight.detach())
    assert torch.equal(*ended)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("given", [torch.contiguous_format, torch.channels_last])
def test_a_gradient_in_another_order_of_memory_moves_the_same_numbers(
    layout: torch.memory_format, given: torch.memory_format
) -> None:
    """A plugin may set one itself; the fused kernel of a CPU pairs numbers by their place in memory, whatever their axes are."""
    rng = torch.Generator().manual_seed(3)
    start, grads = torch.randn(4, 3, 2, 2, generator=rng), torch.randn(3, 4, 3, 2, 2, generator=rng)
    plain, weight = start.clone().requires_grad_(), start.clone(memory_format=layout).requires_grad_()
    optimizers = [Adam([tensor], 0.01, (0.5, 0.9)) for tensor in (plain, weight)]
    for grad in grads:
        plain.grad, weight.grad = grad.clone(), grad.clone(memory_format=given)
        for optimizer in optimizers:
            optimizer.step()
    assert torch.equal(plain, weight)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_weights_that_are_laid_otherwise_between_two_steps_move_as_before(layout: torch.memory_format) -> None:
    """As by a plugin that asks for channels_last in its first forward pass."""
    other = torch.channels_last if layout == torch.contiguous_format else torch.contiguous_format
    rng, start = torch.Generator().manual_seed(0), torch.arange(108.0).reshape(4, 3, 3, 3)
    stays, moves = (torch.nn.Parameter(start.clone(memory_format=layout)) for _ in range(2))
    optimizers = [Adam([weight], 0.1, (0.5, 0.9)) for weight in (stays, moves)]
    for step in range(5):
        if step == 2:
            moves.data = moves.data.contiguous(memory_format=other)
        gradient = torch.randn(4, 3, 3, 3, generator=rng)
        for weight, optimizer in zip((stays, moves), optimizers, strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
    torch.testing.assert_close(moves, stays)


def test_training_and_projection_never_load_the_compiler_of_torch(bare: Bare) -> None:
    """It costs two seconds of a core at every start."""
    code = (
        "import sys, torch\n"
        "import artgen.train.trainer, artgen.inference.inversion\n"
        "from artgen.runtime.adam import Adam\n"
        "weight = torch.ones(2, requires_grad=True)\n"
        "optimizer = Adam([weight], 0.1, (0.5, 0.9))\n"
        "weight.sum().backward(); optimizer.step(); optimizer.forget_gradients()\n"
        "print('torch._dynamo' in sys.modules)"
    )
    done = bare(code)
    assert done.stdout == "False\n", done.stderr
