"""Promise: the frozen network that discriminators look through computes what its paper says, however it is computed faster."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from artgen.nn.lite0 import WEIGHTS, _Depthwise, load_lite0, see


def picture(b: int = 2) -> Tensor:
    """Smooth noise in [-1, 1]."""
    x = torch.rand(b, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return F.interpolate(x, (64, 64), mode="bilinear").contiguous(memory_format=torch.channels_last)


def test_kernels_with_zeros_in_front_are_the_padding_of_the_paper() -> None:
    weights = {name: tensor.float() for name, tensor in load_file(WEIGHTS).items()}
    network, x = load_lite0(torch.device("cpu")), picture()
    for number, layer in enumerate(network.layers):
        assert isinstance(layer, torch.nn.Conv2d)
        if layer.stride[0] == 2:
            kernel = weights[f"layers.{number}.weight"]
            given = x if number == 0 else torch.randn(2, len(kernel), 16, 16)
            before = (kernel.shape[2] - 2) // 2
            padded = F.pad(given, (before, before + 1, before, before + 1))
            wanted = F.conv2d(padded, kernel, weights[f"layers.{number}.bias"], 2, groups=layer.groups)
            assert torch.allclose(layer(given), wanted, atol=1e-4), number


@pytest.mark.parametrize(("stride", "kernel", "padding"), [(1, 3, 1), (1, 5, 2), (2, 4, 1), (2, 6, 2)])
def test_the_fast_gradient_is_the_gradient(stride: int, kernel: int, padding: int) -> None:
    rng = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(6, 1, kernel, kernel, generator=rng), torch.randn(6, generator=rng)
    found = []
    for convolve in (_Depthwise.apply, lambda x, w, b, s, p: F.conv2d(x, w, b, s, p, groups=6)):
        x = torch.randn(2, 6, 8, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()
        y = convolve(x, weight, bias, stride, padding)
        (y * torch.arange(y.numel()).reshape(y.shape) / y.numel()).sum().backward()
        found.append((y.detach(), x.grad))
    for mine, torchs in zip(*found, strict=True):
        assert mine is not None
        assert torchs is not None
        assert torch.allclose(mine, torchs, atol=1e-4)


def test_in_bfloat16_it_sees_and_teaches_nearly_the_same() -> None:
    found = []
    for mixed in (False, True):
        x = picture().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            levels = see(x)
        sum(level.float().square().mean() for level in levels).backward()  # type: ignore[union-attr]
        assert x.grad is not None
        found.append(([level.detach().float().flatten() for level in levels], x.grad.flatten()))
    (exact, wanted), (levels, gradient) = found
    for level, reference in zip(levels, exact, strict=True):
        assert torch.cosine_similarity(level, reference, 0) > 0.99
    assert torch.cosine_similarity(gradient, wanted, 0) > 0.9
