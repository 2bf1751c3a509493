"""Graphs against PyTorch: the same seeds played by both, through the very program that goes along with the graphs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from artgen.contract.options import SampleOptions
from artgen.errors import PluginError
from artgen.export.graph import Traced
from artgen.export.record import Difference, NetworkRecord
from artgen.inference.latent import edited, encode, seed_latent
from artgen.inference.model import Model

_WORKS = 8  # of each case
_BEYOND = 0.001  # share of the values that may differ by more than a level, or by more than a thousandth of their range
_FAR = 0.001


def compare(
    model: Model, folder: Path, record: NetworkRecord, traced: Traced, options: SampleOptions
) -> Iterator[Difference]:
    """Eight works as they are, nearer to the typical, and along the first direction.

    Raises PluginError naming the case that differs by more than a level (whole numbers) or a thousandth of the range of the
    values in more than a thousandth of them."""
    from artgen.export.player import play  # it needs onnxruntime

    played = play.Networks(folder)
    seeds = list(range(_WORKS))
    first = record.directions[0] if record.directions else None
    cases: list[tuple[str, float, dict[str, float]]] = [("as drawn", 1.0, {}), ("truncation 0.7", 0.7, {})]
    cases += [(f"{first.name} +2", 1.0, {first.name: 2.0})] if first else []
    for name, truncation, moves in cases:
        got = played.values(seeds, None, truncation, moves)
        wanted = np.concatenate([_wanted(model, traced, seed, truncation, record, moves, options) for seed in seeds])
        yield _difference(name, got, wanted)


@torch.inference_mode()
def _wanted(
    model: Model, traced: Traced, seed: int, truncation: float, record: NetworkRecord, moves: dict[str, float],
    options: SampleOptions,
) -> np.ndarray:  # fmt: skip
    latent = seed_latent(model, seed, None, truncation)
    for direction in record.directions:
        amount = moves.get(direction.name, 0.0)
        latent = edited(latent, lambda v, d=direction, a=amount: v + a * v.new_tensor(d.vector))
    return traced.ended(encode(model, latent, options)).cpu().numpy()


def _difference(name: str, got: np.ndarray, wanted: np.ndarray) -> Difference:
    whole = wanted.dtype.kind in "ui"
    unit = 1.0 if whole else max(float(np.ptp(wanted)), 1e-9)
    gap = np.abs(got.astype(np.float64) - wanted.astype(np.float64)) / unit
    beyond = float((gap > (1.0 if whole else _FAR)).mean()) if np.isfinite(gap).all() else 1.0
    if got.shape != wanted.shape or beyond > _BEYOND:
        raise PluginError(
            f"the graph differs from PyTorch ({name}: {beyond:.1%} of the values, by up to {gap.max():.3g}); nothing is "
            "written",
            at="--onnx",
        )
    return Difference(
        case=name, works=len(got), largest=_short(gap.max()), mean=_short(gap.mean()), beyond=_short(beyond)
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")
