"""Works changed by a run of the tasks translate, colorize, enlarge and style: any size in, the same size out, or a multiple."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artgen.contract.codec import WorkCodec
from artgen.data.store import Store
from artgen.inference.model import Model
from artgen.inference.noise import PerSeedNoise
from artgen.inference.tiles import padded, tiled


@dataclass(frozen=True)
class Translated:
    """Raw works ``[b, *work]``: what was given, what the run made of it, what was wanted (None: nobody knows)."""

    source: Tensor
    result: Tensor
    truth: Tensor | None


@torch.inference_mode()
def translate(model: Model, raw: Tensor) -> Tensor:
    """Raw works ``[b, *work]`` of any size through the generator, window by window where it asks for that."""
    codec, noise = model.codec, PerSeedNoise([0] * len(raw), model.device)
    assert isinstance(codec, WorkCodec)
    condition = torch.zeros(len(raw), model.spec.classes, device=model.device)

    def play(x: Tensor) -> Tensor:
        return model.generator(x, condition, noise)

    x = codec.take(raw.to(model.device))
    if x.dim() == 4:
        x = x.contiguous(memory_format=torch.channels_last)
    trained = model.spec.shape[1:]
    if model.window is not None:
        return codec.give(raw, tiled(play, x, model.window))
    return codec.give(raw, padded(lambda wide: tiled(play, wide, trained), x, trained))


def few_of(numbers: np.ndarray, few: int) -> np.ndarray:
    """At most ``few`` of the numbers, evenly spread."""
    return numbers[np.unique(np.linspace(0, len(numbers) - 1, min(few, len(numbers))).astype(np.int64))]


@torch.inference_mode()
def translated(model: Model, store: Store, numbers: np.ndarray) -> Translated:
    """Prepared items of a store, each whole as it was prepared, through the generator."""
    assert isinstance(model.codec, WorkCodec)
    raw = torch.from_numpy(store.items[numbers]).to(model.device)
    source, truth = model.codec.part(raw)
    return Translated(source, translate(model, source), truth)
