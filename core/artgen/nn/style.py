"""The style-based generator's two halves: latent -> style (mapping network), style -> item (synthesis)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.contract.networks import Noise
from artgen.contract.options import SampleOptions


class MappingNetwork(nn.Module):
    """z and class weights to the style w (Karras 2019): normalized z, embedded class, a few dense layers.

    ``forward(z [b, z], condition [b, k]) -> [b, w]``. A condition is a row of class weights that sum to one, so half of one
    class and half of another is as valid as one-hot; ``classes=0`` means unconditional (``condition`` is ``[b, 0]``).
    """

    def __init__(self, latent: int, classes: int, style: int, layers: int = 2) -> None:
        super().__init__()
        self.embed = nn.Linear(classes, latent, bias=False) if classes else None
        sizes = [latent * (2 if classes else 1), *[style] * layers]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            nn.init.kaiming_normal_(layer.weight, a=0.2)
            nn.init.zeros_(layer.bias)
        if self.embed is not None:
            nn.init.normal_(self.embed.weight)

    def from_classes(self, learned: Mapping[str, Tensor], weights: Tensor) -> Mapping[str, Tensor]:
        """See LearnsClasses. Without classes the first layer sees what it saw of the mix of the earlier ones."""
        made = dict(learned)
        before, first = made.pop("embed.weight", None), learned["layers.0.weight"]
        if self.embed is None and before is not None:
            latent = len(before)
            seen = weights[0] @ _unit_scale(before.T)
            made["layers.0.weight"] = first[:, :latent]
            made["layers.0.bias"] = learned["layers.0.bias"] + first[:, latent:] @ seen
        elif self.embed is not None and before is not None:
            made["embed.weight"] = before @ weights.T
        elif self.embed is not None:
            made["layers.0.weight"] = torch.cat([first, torch.zeros_like(first)], 1)  # all classes alike at first
        return made

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        x = _unit_scale(z)
        if self.embed is not None:
            x = torch.cat([x, _unit_scale(self.embed(condition))], 1)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return x


class StyleGenerator(nn.Module):
    """A generator made of a mapping network and a synthesis (Karras 2019); deriving classes write ``synthesis``.

    - ``latent``: size of z.
    - ``classes``: k, 0 when unconditional.
    - ``style``: size of w.

    ``style_layers`` is the number of places at which w enters: ``synthesis`` takes w as ``[b, w]`` (the same
    everywhere) or ``[b, style_layers, w]`` (mixed per layer) and gets it per layer from ``per_layer``.
    """

    def __init__(self, latent: int, classes: int, style: int, style_layers: int, mapping_layers: int = 2) -> None:
        super().__init__()
        self.mapping = MappingNetwork(latent, classes, style, mapping_layers)
        self.style_layers, self.style_size = style_layers, style

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        """Latents ``[b, z]`` and class weights ``[b, k]`` to encoded items ``[b, *shape]``: mapping, then synthesis."""
        return self.synthesis(self.mapping(z, condition), noise, options or SampleOptions())

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        """Style ``[b, w]`` or ``[b, style_layers, w]`` to encoded items."""
        raise TypeError(f"{type(self).__name__} does not define synthesis")

    def per_layer(self, w: Tensor) -> tuple[Tensor, ...]:
        """w for each of the ``style_layers``, each ``[b, w]``."""
        return w.unbind(1) if w.dim() == 3 else (w,) * self.style_layers


def _unit_scale(x: Tensor) -> Tensor:
    """Scale each row to mean square one, so that the length of z carries no information (pixel norm, Karras 2018)."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)
