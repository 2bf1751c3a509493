"""The first GAN (Goodfellow 2014) as the project's own document draws it: dense layers only."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from artgen.types import Noise, SampleOptions


def dense(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers of these sizes with leaky ReLU 0.2 between them, none after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


class MlpGenerator(nn.Module):
    """z -> 1024 -> 1024 -> c h w, tanh. A class enters beside z (Mirza & Osindero 2014).

    ``forward(z [b, z], condition [b, k]) -> [b, c, h, w]`` in [-1, 1]; the draws are not used.
    """

    def __init__(self, latent: int, classes: int, hidden: Sequence[int], shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.shape = shape
        self.layers = dense([latent + classes, *hidden, prod(shape)])

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        return torch.tanh(self.layers(torch.cat([z, condition], 1))).reshape(-1, *self.shape)


class MlpDiscriminator(nn.Module):
    """c h w -> 1024 -> 1024 -> 512 -> 1 logit; a class enters beside the picture.

    ``forward(x [b, c, h, w], condition [b, k]) -> [b, 1]``.
    """

    def __init__(self, classes: int, hidden: Sequence[int], shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.layers = dense([prod(shape) + classes, *hidden, 1])

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return self.layers(torch.cat([x.flatten(1), condition], 1))
