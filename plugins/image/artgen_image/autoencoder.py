"""Autoencoder and variational autoencoder (Kingma & Welling 2014) on the modern backbone: the reconstruction task."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.types import Noise, SampleOptions
from artgen_image.modern import Backbone, Synthesis, Trunk

FORGET = 0.01  # share of the code statistics that a batch replaces
LIMIT = 10.0  # of log variances; exp(10) is far beyond what training reaches


class Autoencoder(nn.Module):
    """Encoder and decoder in one network, for the core's reconstruct objective:

    - ``encode(x [b, c, h, w]) -> (mean [b, z], logvar [b, z] or None)``; None: a plain autoencoder.
    - ``decode(code [b, z], condition [b, k], draws) -> [b, c, h, w]`` in [-1, 1].
    - ``reconstruct(x, condition, draws) -> (x_hat [b, c, h, w], kl [b])``. In training a VAE decodes a sample of its
      code, mean + exp(logvar / 2) * draws.normal(z); otherwise the mean. ``kl`` is the divergence from the prior N(0, 1)
      in nats, sum over z of (mean^2 + exp(logvar) - 1 - logvar) / 2; zeros for the plain autoencoder.
    - ``forward(z, condition, draws, ask)``, the generator's interface: a VAE decodes z from its prior. A plain
      autoencoder has none, so z is moved to the mean and spread of the codes met in training (buffers, kept up by
      ``reconstruct``).
    """

    code_mean: Tensor
    code_std: Tensor

    def __init__(self, latent: int, classes: int, style: int, backbone: Backbone, variational: bool) -> None:
        super().__init__()
        h, w = backbone.sizes[0]
        self.variational = variational
        self.trunk = Trunk(backbone)
        self.code = nn.Linear(backbone.widths[0] * h * w, latent * (2 if variational else 1))
        self.enter = nn.Linear(latent + classes, style)
        self.net = Synthesis(style, backbone, noise=False)
        if not variational:
            self.register_buffer("code_mean", torch.zeros(latent))
            self.register_buffer("code_std", torch.ones(latent))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Mean and log variance of the code, ``[b, z]`` each."""
        code = self.code(F.leaky_relu(self.trunk(x), 0.2).flatten(1))
        if not self.variational:
            return code, None
        mean, logvar = code.chunk(2, 1)
        return mean, LIMIT * torch.tanh(logvar / LIMIT)

    def decode(self, code: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        """Code to picture."""
        w = F.leaky_relu(self.enter(torch.cat([code, condition], 1)), 0.2)
        return self.net((w,) * self.net.style_layers, noise)

    def reconstruct(self, x: Tensor, condition: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
        """Through the code and back, and what the code costs."""
        mean, logvar = self.encode(x)
        if logvar is None:
            if self.training:
                self._observe(mean.detach())
            return self.decode(mean, condition, noise), mean.new_zeros(len(mean))
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum(1)
        code = mean + (logvar / 2).exp() * noise.normal(mean.shape[1]) if self.training else mean
        return self.decode(code, condition, noise), kl

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        return self.decode(z if self.variational else self.code_mean + self.code_std * z, condition, noise)

    @torch.no_grad()
    def _observe(self, codes: Tensor) -> None:
        """Keep up the mean and spread of the codes, ``[b, z]`` of this batch."""
        codes = codes.to(self.code_mean.dtype)  # mixed precision makes them bfloat16
        self.code_mean.lerp_(codes.mean(0), FORGET)
        self.code_std.lerp_(codes.std(0, correction=0), FORGET)
