"""Which units of a generator carry a class: found by a gradient, proved by exchanging what they do.

A unit is a channel of a layer. Every work is made twice, with the same seed as two classes. Some units of the first work then
get the activations that they have in the second (interchange intervention, Vig 2020, Geiger 2021; the ablation of Bau 2019 with
another class in place of zero). How far the work moves toward the other class is measured in the features of the judge: 0 is
not at all, 1 is all the way. No classifier is needed. The same number of random units is the control.

The order in which units are tried comes from a first-order estimate: the gradient of the distance between encoded items, times
the difference of the activations (attribution patching, Nanda 2023).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from artgen.contract.judge import Features
from artgen.contract.options import SampleOptions
from artgen.inference.model import Model
from artgen.inference.noise import PerSeedNoise
from artgen.nn.style import MappingNetwork

SEEDS = (range(500_000, 500_003), range(500_003, 500_006))  # each against another of the other classes
_SHARES = (0.0, 0.01, 0.05)  # of all units that are exchanged together; 0: one
_NAMED = 5
_CLEAR, _TIMES = 0.25, 2.0  # of the way, and as far as random units, for a class to count as carried by few

Acts = Mapping[str, list[Tensor]]  # of a layer, one for each time that it is called


@dataclass(frozen=True)
class Unit:
    """Channel ``number`` of the layer ``layer``. ``share``: of the whole way, by the gradient."""

    layer: str
    number: int
    share: float


@dataclass(frozen=True)
class Step:
    """``count`` units exchanged: how far works move towards other classes by those that carry most, and by random ones."""

    count: int
    moved: float
    random: float


@dataclass(frozen=True)
class Carried:
    """One class: exchanges of ever more of its ``total`` units, and the first of these."""

    label: str
    steps: tuple[Step, ...]
    units: tuple[Unit, ...]
    total: int

    @property
    def few(self) -> Step | None:
        """The fewest units that clearly carry the class: a quarter of the way, and twice as far as random ones."""
        clear = (s for s in self.steps if s.moved >= _CLEAR and s.moved >= _TIMES * s.random)
        return next(clear, None)


def carriers(model: Model, features: Features) -> list[Carried]:
    """For every class the units that carry it; none where there are no two classes."""
    labels = model.spec.labels
    if len(labels) < 2:
        return []
    layers = _layers(model.generator)
    found = []
    for number, label in enumerate(labels):
        others = [*labels[number + 1 :], *labels[:number]]
        pairs = [_Pair(model, layers, features, seeds, label, others[k % len(others)]) for k, seeds in enumerate(SEEDS)]
        found.append(_carried(label, pairs, number))
    return found


def _carried(label: str, pairs: Sequence[_Pair], number: int) -> Carried:
    leans = [pair.leans() for pair in pairs]
    places = [(name, channel) for name, values in leans[0].items() for channel in range(len(values))]
    total = torch.stack([torch.cat(list(lean.values())) for lean in leans]).mean(0)
    order = total.argsort(descending=True).tolist()
    chance = torch.randperm(len(places), generator=torch.Generator().manual_seed(number)).tolist()

    def moved(chosen: Sequence[int]) -> float:
        parts = [pair.moved(_by_layer([places[i] for i in chosen])) for pair in pairs]
        return sum(way for way, _ in parts) / max(sum(whole for _, whole in parts), 1e-12)

    counts = dict.fromkeys(max(1, round(share * len(places))) for share in _SHARES)
    steps = tuple(Step(count, moved(order[:count]), moved(chance[:count])) for count in counts)
    units = tuple(Unit(places[i][0], places[i][1], float(total[i])) for i in order[:_NAMED])
    return Carried(label, steps, units, len(places))


class _Pair:
    """The same seeds as two classes. ``moved`` and ``leans`` speak of the way from the first to the second."""

    def __init__(self, model: Model, layers: Mapping[str, nn.Module], features: Features, seeds: Sequence[int], own: str,
                 other: str) -> None:  # fmt: skip
        self._model, self._layers, self._features, self._seeds, self._own = model, layers, features, seeds, own
        with torch.no_grad(), _noting(layers) as acts:
            there = self._play(other)
        self._acts: Acts = {name: [out.detach() for out in outs] for name, outs in acts.items()}
        with torch.no_grad():
            here = self._play(own)
        self._here, self._there = here, there
        self._seen = self._see(here)
        self._way = self._see(there) - self._seen

    def _play(self, label: str, follow: bool = False) -> Tensor:
        """Encoded items of a class; ``follow``: with gradients from the latents on."""
        model, noise = self._model, PerSeedNoise(self._seeds, self._model.device)
        rows = model.condition({label: 1.0}).expand(len(self._seeds), -1)
        latent = model.latents(noise, rows)
        return model.play(latent.detach().requires_grad_(follow), rows, noise, SampleOptions())

    @torch.no_grad()
    def _see(self, x: Tensor) -> Tensor:
        return self._features(self._model.codec.decode(x)).float().cpu()

    def leans(self) -> dict[str, Tensor]:
        """For every channel of every layer, by the gradient, its share of the way in the space of encoded items."""
        with torch.enable_grad(), _noting(self._layers) as acts:
            x = self._play(self._own, follow=True)
            way = self._there - self._here
            value = ((x - self._here) * way).sum() / way.square().sum().clamp_min(1e-12)
            flat = [(name, k, out) for name, outs in acts.items() for k, out in enumerate(outs) if out.requires_grad]
            grads = torch.autograd.grad(value, [out for _, _, out in flat], allow_unused=True)
        found = {name: torch.zeros(_channels(outs[0], self._layers[name])) for name, outs in acts.items()}
        for (name, k, out), grad in zip(flat, grads, strict=True):
            if grad is not None:
                part = grad * (self._acts[name][k] - out.detach())
                found[name] += _last(part, self._layers[name]).flatten(0, -2).sum(0).cpu()
        return found

    @torch.no_grad()
    def moved(self, chosen: Mapping[str, list[int]]) -> tuple[float, float]:
        """The way that the works go when the chosen channels act as in the other class, and the whole way, both squared."""
        with _exchanged(self._layers, chosen, self._acts):
            seen = self._see(self._play(self._own))
        return float(((seen - self._seen) * self._way).sum()), float(self._way.square().sum())


def _layers(generator: nn.Module) -> dict[str, nn.Module]:
    """Layers whose channels are units: all with a matrix of weights, but those of the mapping network and the last."""
    inside = {m for net in generator.modules() if isinstance(net, MappingNetwork) for m in net.modules()}
    named = [(name, m) for name, m in generator.named_modules() if m not in inside and not isinstance(m, nn.Embedding)]
    return dict([(name, m) for name, m in named if getattr(getattr(m, "weight", None), "ndim", 0) >= 2][:-1])


def _last(out: Tensor, layer: nn.Module) -> Tensor:
    """Channels to the last axis: of a dense layer they are there, of a convolution on axis 1."""
    return out if layer.weight.ndim == 2 else out.movedim(1, -1)  # type: ignore[union-attr]


def _channels(out: Tensor, layer: nn.Module) -> int:
    return _last(out, layer).shape[-1]


def _by_layer(places: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, channel in places:
        found.setdefault(name, []).append(channel)
    return found


@contextmanager
def _noting(layers: Mapping[str, nn.Module]) -> Iterator[dict[str, list[Tensor]]]:
    """What the layers put out while it lasts."""
    seen: dict[str, list[Tensor]] = {}

    def note(name: str, out: object) -> None:
        seen.setdefault(name, []).append(cast(Tensor, out))

    hooks = [layer.register_forward_hook(lambda _m, _i, out, n=name: note(n, out)) for name, layer in layers.items()]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _exchanged(layers: Mapping[str, nn.Module], chosen: Mapping[str, list[int]], acts: Acts) -> Iterator[None]:
    """The chosen channels put out what they did in ``acts``, call by call."""
    calls = dict.fromkeys(chosen, 0)

    def exchange(name: str, out: object) -> Tensor:
        there = acts[name][calls[name]]
        calls[name] += 1
        fixed = cast(Tensor, out).clone()
        _last(fixed, layers[name])[..., chosen[name]] = _last(there, layers[name])[..., chosen[name]]
        return fixed

    hooks = [layers[name].register_forward_hook(lambda _m, _i, out, n=name: exchange(n, out)) for name in chosen]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
