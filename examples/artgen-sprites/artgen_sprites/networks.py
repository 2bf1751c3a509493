"""Small convolutional networks for small squares: a style-based generator, its discriminator, an autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen import DataSpec, Networks, Noise, SampleOptions
from artgen.nn import (
    AddNoise,
    Augment2d,
    EqualConv2d,
    EqualLinear,
    ModulatedConv2d,
    PatchDiscriminator,
    ProjectionHead,
    StyleGenerator,
    UNet,
    minibatch_std,
)
from artgen_sprites.config import SpritesConfig

COARSEST = 4
SLOPE = 0.2
STYLE = 64
WINDOW = (64, 64)  # dots changed at a time in a larger drawing


def build(config: SpritesConfig, spec: DataSpec) -> Networks:
    """The networks of the task for items ``[4, size, size]``, or ``[5, size, size]`` (colorize)."""
    if config.task == "reconstruct":
        return Networks(Autoencoder(config, spec.classes), None, config.latent)
    if config.task == "colorize":  # gray and opacity to red, green and blue
        wide = 2 * config.width
        return Networks(UNet(2, 3, (config.width, wide, wide)), PatchDiscriminator(5, (config.width, wide)), 0,
                        Augment2d(("translate",)), source_channels=2, window=WINDOW)  # fmt: skip
    augment = Augment2d(("translate", "cutout"))
    return Networks(Generator(config, spec.classes), Discriminator(config, spec.classes), config.latent, augment)


class Layer(nn.Module):
    """Modulated convolution, noise, leaky ReLU: ``x [b, i, h, w], style [b, w] -> [b, o, h, w]``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolve, self.noise = ModulatedConv2d(inputs, outputs, STYLE), AddNoise(outputs)
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, x: Tensor, style: Tensor, noise: Noise) -> Tensor:
        return F.leaky_relu(self.noise(self.convolve(x, style), noise) + self.bias, SLOPE)


class Synthesis(nn.Module):
    """Styles to a sprite: one ``[b, w]`` for each of ``layers``, two a size, ``-> [b, 4, size, size]`` in [-1, 1]."""

    def __init__(self, config: SpritesConfig) -> None:
        super().__init__()
        doublings = (config.size // COARSEST).bit_length() - 1
        self.start = nn.Parameter(torch.randn(1, config.width, COARSEST, COARSEST))
        self.layers = nn.ModuleList(Layer(config.width, config.width) for _ in range(2 * (doublings + 1)))
        self.paint = EqualConv2d(config.width, 4, 1, gain=1.0)

    def forward(self, styles: tuple[Tensor, ...], noise: Noise) -> Tensor:
        x = self.start.expand(len(styles[0]), -1, -1, -1)
        for number, (layer, style) in enumerate(zip(self.layers, styles, strict=True)):
            if number and number % 2 == 0:
                x = F.interpolate(x, scale_factor=2)  # nearest: pixels have edges
            x = layer(x, style, noise)
        return torch.tanh(self.paint(x))


class Generator(StyleGenerator):
    """Mapping network, then Synthesis."""

    def __init__(self, config: SpritesConfig, classes: int) -> None:
        net = Synthesis(config)
        super().__init__(config.latent, classes, STYLE, len(net.layers))
        self.net = net

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        return self.net(self.per_layer(w), noise)


class Trunk(nn.Sequential):
    """A sprite to its coarsest features: ``[b, 4, size, size] -> [b, width, 4, 4]``."""

    def __init__(self, config: SpritesConfig) -> None:
        parts: list[nn.Module] = [EqualConv2d(4, config.width, 3), nn.LeakyReLU(SLOPE)]
        for _ in range((config.size // COARSEST).bit_length() - 1):
            parts += [EqualConv2d(config.width, config.width, 3), nn.LeakyReLU(SLOPE), nn.AvgPool2d(2)]
        super().__init__(*parts)


class Discriminator(nn.Module):
    """Trunk, how much neighbors in the batch differ, class projection: ``[b, 4, h, w], [b, k] -> [b, 1]``."""

    def __init__(self, config: SpritesConfig, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk(config)
        self.last = EqualConv2d(config.width + 1, config.width, 3)
        self.flat = EqualLinear(config.width * COARSEST**2, config.width)
        self.head = ProjectionHead(config.width, classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = F.leaky_relu(self.last(minibatch_std(self.trunk(x))), SLOPE)
        return self.head(F.leaky_relu(self.flat(x.flatten(1)), SLOPE), condition)


class Autoencoder(nn.Module):
    """A variational autoencoder (Kingma & Welling 2014): a sprite to ``latent`` numbers and back."""

    def __init__(self, config: SpritesConfig, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk(config)
        self.code = nn.Linear(config.width * COARSEST**2, 2 * config.latent)
        self.enter = nn.Linear(config.latent + classes, STYLE)
        self.net = Synthesis(config)

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        style = F.leaky_relu(self.enter(torch.cat([z, condition], 1)), SLOPE)
        return self.net((style,) * len(self.net.layers), noise)

    def reconstruct(self, x: Tensor, condition: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
        """Through the code and back, and the divergence of each code from N(0, 1) in nats, ``[b]``."""
        mean, spread = self.code(self.trunk(x).flatten(1)).chunk(2, 1)
        spread = 5 * torch.tanh(spread / 5)  # a log variance, bounded
        divergence = 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1)
        z = mean + (spread / 2).exp() * noise.normal(mean.shape[1]) if self.training else mean
        return self(z, condition, noise), divergence
