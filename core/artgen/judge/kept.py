"""What is measured on real items and on noise depends on the data and the judge alone, not on the run: it is measured once and
kept beside the prepared data, where later runs and ``artgen evaluate`` find it.

A domain may ship the same for its embedded data (``Judge.kept``). What is found is trusted only after the first item has been
measured anew and agrees.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from artgen.contract.judge import Judge
from artgen.errors import StorageError
from artgen.inference.model import Model
from artgen.judge.long_works import measure_real
from artgen.judge.reference_sets import (
    BATCH,
    FEATURES,
    Measured,
    Meter,
    Reals,
    batches,
    judged_labels,
    measure,
    real_items,
    real_sets,
    shared,
)
from artgen.runtime.disk import write_atomic
from artgen.runtime.distributed import World
from artgen.runtime.seeds import derived_seed

REFERENCE, HELD, NOISE, TRAIN, LONG = "reference", "held", "noise", "train", "long"
TRAIN_ITEMS = 800  # of the training, at most, that the copying check looks at
_VERSION = 2
_AGREES = 0.02  # of the norm: kept features are rounded, and another machine rounds in its own way
_AGREES_SPREAD = 0.5  # of the spread of a statistic: a count, such as of onsets, may be one more or less after rounding


class KnownReals:
    """The real sets of a judge, measured or found. ``count``: items of each set of each class."""

    def __init__(self, model: Model, judge: Judge, reals: Reals, count: int, world: World) -> None:
        self._model, self._judge, self._reals, self._count, self._world = model, judge, reals, count, world
        self.labels = judged_labels(model.spec.labels, reals)
        self.train_numbers = reals.reference
        if len(self.train_numbers) > TRAIN_ITEMS:
            spread = np.linspace(0, len(self.train_numbers) - 1, TRAIN_ITEMS).astype(np.int64)
            self.train_numbers = self.train_numbers[spread]
        self._found: dict[str, Tensor] = {}

    @property
    def _keeps(self) -> bool:
        """Whether what is measured holds for other runs too."""
        return self._world.size == 1 and not getattr(self._judge.features, "of_run", False)

    @property
    def batches(self) -> int:
        """How many batches are left to be measured."""
        return 0 if self._found else 3 * len(self.labels) * batches(self._count) + batches(len(self.train_numbers))

    def find(self) -> bool:
        """Whether an earlier run, or the domain, has measured the same."""
        if self._keeps:
            for path in filter(None, (self._place(), self._judge.kept)):
                self._found = self._read(path)
                if self._found:
                    return True
        return False

    def measure(self, meter: Meter) -> None:
        """Measure all of them and keep the result."""
        found: dict[str, Tensor] = {}
        for index, label in enumerate(self.labels):
            sets = real_sets(self._model, self._reals, label, self._count)
            for name, raw in zip((REFERENCE, HELD, NOISE), sets, strict=True):
                measured = measure(self._judge, raw, self._world, meter)
                found |= {f"{name}/{index}/{key}": value for key, value in measured.items()}
            works = measure_real(self._judge, self._reals, label)
            found |= {f"{LONG}/{index}/{key}": value for key, value in works.items()}
        found |= {f"{TRAIN}/0/{FEATURES}": self._train(meter)}
        self._found = found
        place = self._place()
        if place is not None and self._keeps:
            with contextlib.suppress(StorageError):  # a full disk costs the next run some seconds
                self.write(place)

    def write(self, path: Path, precision: torch.dtype = torch.float32) -> None:
        """Keep what was measured in ``path``."""
        tensors = {name: value.to(precision).contiguous() for name, value in self._found.items()}
        write_atomic(path, save(tensors, {"artgen": self._key()}))

    def of(self, name: str, index: int = 0) -> Measured:
        """Features and statistics of the set ``name`` of class number ``index``."""
        start = f"{name}/{index}/"
        return {key.removeprefix(start): value for key, value in self._found.items() if key.startswith(start)}

    def _train(self, meter: Meter) -> Tensor:
        """Features of the training items, batch by batch, so that no more than one batch of raw items is in memory."""
        chunks = [self.train_numbers[i : i + BATCH] for i in range(0, len(self.train_numbers), BATCH)]

        def work(n: int) -> Measured:
            rng = torch.Generator(self._model.device).manual_seed(derived_seed(1, n))
            found = measure(self._judge, real_items(self._model.codec, self._reals.store, chunks[n], rng))
            meter.step()
            return {FEATURES: found[FEATURES]}

        return shared(self._world, len(chunks), work)[FEATURES]

    def _place(self) -> Path | None:
        folder = self._reals.store.folder
        return folder / f"judge-{self._key()}.safetensors" if folder is not None else None

    def _key(self) -> str:
        """What the measurements depend on, besides the items themselves and the code of the judge."""
        reals = self._reals
        numbers = hashlib.sha256(
            np.concatenate([reals.reference, [-1], reals.floor]).astype("<i8").tobytes()
        ).hexdigest()
        second = self._judge.second.name if self._judge.second is not None else None
        text = json.dumps([_VERSION, self._judge.features.name, second, self._count, TRAIN_ITEMS, list(self.labels),
                           len(reals.store.items), numbers, list(self._model.spec.shape)])  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def _read(self, path: Path) -> dict[str, Tensor]:
        """What ``path`` holds; nothing where it is of other data or of another judge."""
        try:
            with safe_open(path, "pt") as file:
                if (file.metadata() or {}).get("artgen") != self._key():
                    return {}
                found = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (OSError, SafetensorError):
            return {}
        return found if self._agrees(found) else {}

    def _agrees(self, found: Mapping[str, Tensor]) -> bool:
        """Whether the first real item, and the first long work, still measure the same."""
        first = real_sets(self._model, self._reals, self.labels[0], self._count)[0][:1]
        for key, value in measure(self._judge, first).items():
            kept = found.get(f"{REFERENCE}/0/{key}")
            if kept is None or len(kept) != self._count or not _same(kept, value):
                return False
        works = measure_real(self._judge, self._reals, self.labels[0], 1)
        return all(_same(found.get(f"{LONG}/0/{key}"), value) for key, value in works.items())


def _same(kept: Tensor | None, value: Tensor) -> bool:
    """Whether the first of the ``kept`` measurements ``[n, ...]`` is the ``value`` ``[1, ...]`` that was measured anew."""
    if kept is None or kept.shape[1:] != value.shape[1:]:
        return False
    spread = float(kept.std()) if kept.ndim == 1 and len(kept) > 1 else 0.0
    return float((kept[:1] - value).norm()) <= _AGREES * float(value.norm()) + _AGREES_SPREAD * spread + 1e-3
