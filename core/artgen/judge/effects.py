"""What a direction does: works at both ends of it, and which plain attributes differ between them, how much and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from artgen.contract.judge import Judge
from artgen.contract.options import SampleOptions
from artgen.inference.directions import Direction, Effect
from artgen.inference.model import Model
from artgen.judge.reference_sets import SEED
from artgen.media.attributes import attributes

WORKS = 16  # that are measured; they take the classes in turn
_REACH = 2.0  # standard deviations to either side
_WORTH, _SURE = 0.15, 0.8  # standard deviations of an attribute, and share of works: less is not worth a word
_MOST = 3  # effects that are kept
_ALIKE = 0.95  # correlation between works above which two attributes are one, told once


@torch.inference_mode()
def with_effects(model: Model, judge: Judge, directions: Sequence[Direction]) -> list[Direction]:
    """The directions with what each was measured to change, strongest first.

    SeFa and PCA know no forward: their directions are turned so that what they change most grows. One between two groups
    stays."""
    plain = _measured(model, judge, None, 0.0)
    spread = {name: _spread(plain[name], model.spec.classes) for name in _different(plain)}
    found = []
    for direction in directions:
        up, down = (_measured(model, judge, direction, amount) for amount in (_REACH, -_REACH))
        effects = [_effect(name, (up[name] - down[name]) / (2 * _REACH), spread[name]) for name in spread]
        clear = [e for e in effects if abs(e.strength) >= _WORTH and e.agree >= _SURE]
        kept = tuple(sorted(clear, key=lambda e: -abs(e.strength))[:_MOST])
        turn = -1.0 if kept and kept[0].strength < 0 and direction.kind != "supervised" else 1.0
        turned = tuple(replace(e, slope=turn * e.slope, strength=turn * e.strength) for e in kept)
        found.append(replace(direction, vector=turn * direction.vector, effects=turned))
    return found


def _effect(name: str, slopes: Tensor, spread: float) -> Effect:
    """``slopes`` ``[b]``: of every work."""
    slope = float(slopes.mean())
    return Effect(name, slope, slope / spread, float((slopes.sign() == (1 if slope > 0 else -1)).float().mean()))


def _spread(values: Tensor, classes: int) -> float:
    """Standard deviation between works ``[b]`` of one class, which take turns."""
    turns = [values[k :: max(1, classes)] for k in range(max(1, classes))]
    inside = torch.cat([turn - turn.mean() for turn in turns])
    return float((inside.square().sum() / max(1, len(values) - len(turns))).sqrt().clamp_min(1e-9))


def _different(plain: Mapping[str, Tensor]) -> list[str]:
    """Attributes that differ between works at all, and not as one does that stands before them."""
    found: list[str] = []
    for name, values in plain.items():
        if not bool(values.isfinite().all()) or float(values.std()) < 1e-6 * (1 + float(values.abs().mean())):
            continue
        pairs = (torch.corrcoef(torch.stack([values, plain[other]]))[0, 1] for other in found)
        if all(abs(float(r)) < _ALIKE for r in pairs):
            found.append(name)
    return found


def _measured(model: Model, judge: Judge, direction: Direction | None, amount: float) -> dict[str, Tensor]:
    """Attributes ``[b]`` of the same seeds, moved along ``direction``."""
    seeds = range(SEED, SEED + WORKS)
    rows = torch.cat([model.condition(model.shares(seed, None)) for seed in seeds])
    edit = None if direction is None else lambda latent: latent + amount * direction.vector.to(latent)
    return attributes(model.codec.decode(model.encoded(seeds, rows, SampleOptions(), edit=edit)), judge)
