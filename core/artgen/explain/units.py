"""Which units of a generator carry a class: found by how differently they act, proved by switching them off.

After GAN dissection (Bau 2019): a unit is a channel of a layer; switched off, it stays at its mean over all classes. What that
does is measured on the works: how much they still look like their class to a reader that was taught on features of real works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from artgen.nn.style import MappingNetwork
from artgen.sample.model import Model
from artgen.types import Ask, Features

SEEDS = range(500_000, 500_012)  # works a class
_TRIED, _SINGLE, _TOGETHER = 9, 3, 0.1  # units tried alone, and told; share of all that are switched off together
_RIDGE = 1.0


@dataclass(frozen=True)
class Unit:
    """Channel ``number`` of the layer ``layer``. ``lean``: how differently it acts for the class, in standard deviations."""

    layer: str
    number: int
    lean: float


@dataclass(frozen=True)
class Carried:
    """One class: its mean score (1 like real works of the class, 0 like others) as made, without the ``count`` units that lean
    towards it most, without as many random ones; the score of all other classes without them; and how far the score falls
    without each of the strongest of nine single units."""

    label: str
    score: float
    without: float
    random: float
    others: tuple[float, float]
    count: int
    singles: tuple[tuple[Unit, float], ...]


class Reader:
    """Ridge regression from standardised features to classes."""

    def __init__(self, features: Features, known: Tensor, classes: Tensor, count: int) -> None:
        self._features = features
        self._mean, self._std = known.mean(0), known.std(0).clamp_min(1e-6)
        x = self._ready(known)
        gram = x @ x.T + _RIDGE * x.shape[1] * torch.eye(len(x), dtype=x.dtype)
        targets = nn.functional.one_hot(classes, count).to(x.dtype)
        self._bias = targets.mean(0)
        self._weights = x.T @ torch.linalg.solve(gram, targets - self._bias)

    def __call__(self, raw: Tensor) -> Tensor:
        """Scores ``[b, k]`` of raw items."""
        return self.of(self._features(raw).cpu())

    def of(self, features: Tensor) -> Tensor:
        """Scores ``[b, k]`` of features ``[b, f]``."""
        return self._ready(features) @ self._weights + self._bias

    def _ready(self, features: Tensor) -> Tensor:
        return ((features - self._mean) / self._std).double()


def carriers(model: Model, reader: Reader) -> list[Carried]:
    """For every class the units that carry it, with the effect of switching them off measured."""
    layers = _layers(model.generator)
    acts = [_activations(model, layers, label) for label in model.spec.labels]
    means = {name: torch.stack([a[name].mean(0) for a in acts]).mean(0) for name in layers}
    plain = [_score(model, reader, label, {}, layers, means) for label in model.spec.labels]
    found = []
    for number, label in enumerate(model.spec.labels):
        units = _leaning(acts, number)
        count = max(_SINGLE, round(_TOGETHER * len(units)))
        rng = torch.Generator().manual_seed(number)
        chance = [units[i] for i in torch.randperm(len(units), generator=rng)[:count].tolist()]
        own = plain[number][number]

        def without(some: Sequence[Unit], of: int) -> float:
            return _score(model, reader, model.spec.labels[of], _by_layer(some), layers, means)[of]

        others = [k for k in range(len(plain)) if k != number]
        before = sum(plain[k][k] for k in others) / len(others)
        after = sum(without(units[:count], k) for k in others) / len(others)
        tried = [(unit, own - without([unit], number)) for unit in units[:_TRIED]]
        singles = tuple(sorted(tried, key=lambda pair: -pair[1])[:_SINGLE])
        found.append(Carried(label, own, without(units[:count], number), without(chance, number), (before, after),
                             count, singles))  # fmt: skip
    return found


def _layers(generator: nn.Module) -> dict[str, nn.Module]:
    """Layers whose channels are units: all convolutions but the last; dense layers where there are none."""
    inside = {m for net in generator.modules() if isinstance(net, MappingNetwork) for m in net.modules()}
    named = [(name, m) for name, m in generator.named_modules() if m not in inside]
    convolutions = [(n, m) for n, m in named if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d)]
    return dict((convolutions or [(n, m) for n, m in named if isinstance(m, nn.Linear)])[:-1])


def _made(model: Model, label: str) -> Tensor:
    rows = model.condition({label: 1.0}).expand(len(SEEDS), -1)
    return model.encoded(list(SEEDS), rows, Ask())


def _activations(model: Model, layers: Mapping[str, nn.Module], label: str) -> dict[str, Tensor]:
    """Mean activation of every channel over places, ``[rows, channels]`` (a row an item, or a frame of one)."""
    seen: dict[str, Tensor] = {}

    def note(name: str, given: object) -> None:
        out = cast(Tensor, given)
        seen[name] = out.detach().flatten(2).mean(2).cpu() if out.dim() > 2 else out.detach().cpu()

    hooks = [m.register_forward_hook(lambda _m, _i, out, n=name: note(n, out)) for name, m in layers.items()]
    try:
        _made(model, label)
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def _leaning(acts: Sequence[Mapping[str, Tensor]], number: int) -> list[Unit]:
    """All units, those first that act most differently for class ``number`` than for the others."""
    units: list[Unit] = []
    for name, own in acts[number].items():
        others = torch.cat([a[name] for k, a in enumerate(acts) if k != number])
        spread = ((own.var(0) + others.var(0)) / 2).sqrt().clamp_min(1e-6)
        leans = ((own.mean(0) - others.mean(0)) / spread).tolist()
        units += [Unit(name, channel, lean) for channel, lean in enumerate(leans)]
    return sorted(units, key=lambda unit: -abs(unit.lean))


def _by_layer(units: Sequence[Unit]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for unit in units:
        found.setdefault(unit.layer, []).append(unit.number)
    return found


@contextmanager
def _off(
    layers: Mapping[str, nn.Module], chosen: Mapping[str, list[int]], means: Mapping[str, Tensor]
) -> Iterator[None]:
    """The chosen channels stay at their mean."""

    def fix(name: str, given: object) -> Tensor:
        out = cast(Tensor, given)
        fixed = out.clone()
        level = means[name][chosen[name]].to(out)
        fixed[:, chosen[name]] = level.reshape(1, -1, *[1] * (out.dim() - 2))
        return fixed

    hooks = [layers[name].register_forward_hook(lambda _m, _i, out, n=name: fix(n, out)) for name in chosen]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@torch.inference_mode()
def _score(
    model: Model,
    reader: Reader,
    label: str,
    off: Mapping[str, list[int]],
    layers: Mapping[str, nn.Module],
    means: Mapping[str, Tensor],
) -> list[float]:
    """Mean scores of all classes of the works of ``label``, some units being off."""
    with _off(layers, off, means):
        raw = model.codec.decode(_made(model, label))
    return reader(raw).mean(0).tolist()
