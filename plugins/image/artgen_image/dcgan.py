"""DCGAN (Radford 2016): strided transposed convolutions with batch norm; N(0, 0.02) weights."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import ProjectionHead, pyramid
from artgen.types import Noise, SampleOptions


class DcganGenerator(nn.Module):
    """z and class, projected to the coarsest map, then doubled by 4x4 transposed convolutions up to tanh.

    ``widths``: channels of every level but the output, coarsest first. The class is embedded in z's size and
    concatenated (the paper knows no classes). ``forward(z [b, z], condition [b, k]) -> [b, c, h, w]`` in [-1, 1].
    """

    def __init__(self, latent: int, classes: int, widths: Sequence[int], shape: tuple[int, int, int]) -> None:
        super().__init__()
        sizes = pyramid(*shape[1:])
        self.coarsest = (widths[0], *sizes[0])
        self.embed = nn.Linear(classes, latent, bias=False) if classes else None
        self.project = nn.Linear(latent * (2 if classes else 1), widths[0] * sizes[0][0] * sizes[0][1], bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in itertools.pairwise(widths))
        last = widths[-1]
        single = len(sizes) == 1  # too odd a size to be doubled
        self.last = nn.Conv2d(last, shape[0], 3, 1, 1) if single else nn.ConvTranspose2d(last, shape[0], 4, 2, 1)
        initialize(self)

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        if self.embed is not None:
            z = torch.cat([z, self.embed(condition)], 1)
        x = F.relu(self.norms[0](self.project(z).reshape(-1, *self.coarsest)))
        for up, norm in zip(self.ups, self.norms[1:], strict=True):
            x = F.relu(norm(up(x)))
        return torch.tanh(self.last(x))


class DcganDiscriminator(nn.Module):
    """The generator mirrored: 4x4 convolutions of stride 2, leaky ReLU 0.2, batch norm but after the first.

    ``forward(x [b, c, h, w], condition [b, k]) -> [b, 1]``; the class is projected on the last features. With batch
    norm the logit of an item depends on its batch; ``normalize=False`` leaves it out.
    """

    def __init__(
        self, classes: int, widths: Sequence[int], shape: tuple[int, int, int], normalize: bool = True
    ) -> None:
        super().__init__()
        sizes = pyramid(*shape[1:])
        channels = [shape[0], *reversed(widths)]
        kernel = (3, 1, 1) if len(sizes) == 1 else (4, 2, 1)
        self.downs = nn.ModuleList(
            nn.Conv2d(a, b, *kernel, bias=not normalize or i == 0)
            for i, (a, b) in enumerate(itertools.pairwise(channels))
        )
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(width) if normalize and i else nn.Identity() for i, width in enumerate(channels[1:])
        )
        initialize(self)
        self.head = ProjectionHead(widths[0] * sizes[0][0] * sizes[0][1], classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        for down, norm in zip(self.downs, self.norms, strict=True):
            x = F.leaky_relu(norm(down(x)), 0.2)
        return self.head(x.flatten(1), condition)


def initialize(network: nn.Module) -> None:
    """Weights N(0, 0.02), scales of batch norm N(1, 0.02), biases 0."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
