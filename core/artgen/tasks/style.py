"""The task style: works moved toward the style of others, without pairs, each place of a work recognizable in the result."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.contract.networks import Layered, Networks
from artgen.contract.objective import Batch, Figures, StepState
from artgen.contract.settings import TrainConfig
from artgen.errors import PluginError
from artgen.tasks.adversarial import Adversarial
from artgen.tasks.domain_costs import domain_costs
from artgen.tasks.forward import cropped, run_generator

_WIDTH = 256  # of the heads


class Style(Adversarial):
    """Contrastive unpaired translation (CUT and FastCUT, Park 2020). The discriminator compares results with works of the style;
    the generator pays besides for every place of a result whose features are not nearest to those of the same place of its
    source. The features are those of the generator's own encoder, through small heads that learn with it.

    With ``nce_identity`` works of the style have to stay recognizable too (CUT); with ``nce_flip`` half of the sources are given
    mirrored along the last axis and their results mirrored back (FastCUT)."""

    def __init__(self, train: TrainConfig, nets: Networks, x: Tensor) -> None:
        super().__init__(train)
        if not isinstance(nets.generator, Layered):
            raise PluginError("artgen_networks: for the task style the generator needs features(x), see Layered")
        with torch.no_grad():
            self.heads: nn.Module = PatchHeads([layer.shape[1] for layer in nets.generator.features(x)])
        self.heads.to(x.device)

    def generator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]:
        train, batch = self._train, cropped(nets, batch)
        assert batch.source is not None
        hit = torch.rand(len(batch.source), generator=batch.rng, device=batch.rng.device) < 0.5
        given = _mirrored(batch.source, hit) if train.nce_flip else batch.source
        made = run_generator(nets, replace(batch, source=given))
        loss, figures = self._fool(nets, batch, state, made)
        kept = self._contrast(nets, batch.source, _mirrored(made, hit) if train.nce_flip else made, batch.rng)
        total = loss + train.nce_weight * kept
        if train.nce_identity > 0:
            same = nets.generator(batch.real, batch.condition, batch.noise)
            total = total + train.nce_identity * self._contrast(nets, batch.real, same, batch.rng)
        own, more = domain_costs(train, nets, given, made)
        return total + own, {**figures, "nce": kept.detach(), **more}

    def _contrast(self, nets: Networks, source: Tensor, result: Tensor, rng: torch.Generator) -> Tensor:
        """Mean over layers and places of the cross-entropy of finding the source's place among others of the same work."""
        generator = nets.generator
        assert isinstance(generator, Layered)
        with torch.no_grad():
            keys = generator.features(source)
        queries = generator.features(result)
        total = result.new_zeros(())
        for number, (key, query) in enumerate(zip(keys, queries, strict=True)):
            places = _places(prod(key.shape[2:]), self._train.nce_patches, rng).to(key.device)
            with torch.no_grad():
                found = self.heads(number, key.flatten(2)[:, :, places])
            total = total + patch_loss(self.heads(number, query.flatten(2)[:, :, places]), found, self._train.nce_tau)
        return total / len(keys)


class PatchHeads(nn.Module):
    """A two-layer perceptron for each layer of features: ``(layer, [b, f, n]) -> [b, n, 256]`` of length one."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(width, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH)) for width in widths
        )

    def forward(self, layer: int, x: Tensor) -> Tensor:
        return F.normalize(self.layers[layer](x.transpose(1, 2)), dim=2, eps=1e-7)


def patch_loss(query: Tensor, key: Tensor, tau: float) -> Tensor:
    """InfoNCE (van den Oord 2018) between places: ``[b, n, f]`` each, of length one; the same place is the right answer, the
    other places of the same work are the wrong ones."""
    logits = query @ key.transpose(1, 2) / tau
    answers = torch.arange(logits.shape[1], device=logits.device).expand(len(logits), -1)
    return F.cross_entropy(logits.flatten(0, 1), answers.flatten())


def _mirrored(x: Tensor, hit: Tensor) -> Tensor:
    """Those items that ``hit [b]`` names, mirrored along the last axis."""
    return torch.where(hit.reshape(-1, *[1] * (x.dim() - 1)), x.flip(-1), x)


def _places(count: int, most: int, rng: torch.Generator) -> Tensor:
    """Different places, at most ``most`` of ``count``."""
    return torch.randperm(count, generator=rng, device=rng.device)[:most]
