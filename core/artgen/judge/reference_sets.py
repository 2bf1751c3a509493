"""The sets of raw items that are compared: real reference, real held out, samples, noise; and what is measured on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artgen.contract.codec import Codec
from artgen.contract.judge import Judge
from artgen.data.store import Store
from artgen.errors import InputError, PluginError
from artgen.inference.model import Model
from artgen.runtime.distributed import World

BATCH = 16
FEATURES, SECOND = "features", "second features"
MOST_CLASSES = 32  # more would take minutes to judge, and nobody reads so many figures
MUCH = 0.4  # share of the works that is held out where they are few
SEED = 1_000_000  # far from the seeds that people ask for, so that judged samples are new ones
Measured = Mapping[str, Tensor]


@dataclass(frozen=True)
class Reals:
    """Real items to judge by: those of the reference and those of its floor, as numbers into one store."""

    store: Store
    reference: np.ndarray
    floor: np.ndarray

    def of(self, label: str | None) -> tuple[np.ndarray, np.ndarray]:
        """Reference and floor of one class; all where the label is None or unknown here. A class that held nothing out is its
        own floor."""
        if label not in self.store.labels:
            return self.reference, self.floor
        mine = self.store.label_index == self.store.labels.index(label)
        reference, floor = self.reference[mine[self.reference]], self.floor[mine[self.floor]]
        return reference, floor if len(floor) else reference


def judged_labels(labels: Sequence[str], reals: Reals) -> tuple[str | None, ...]:
    """The classes that are judged: all, or of more than MOST_CLASSES those with the most real items, in their order; None alone
    where there are no classes."""
    if len(labels) <= MOST_CLASSES:
        return tuple(labels) if labels else (None,)
    sizes = np.array([len(reals.of(label)[0]) for label in labels])
    largest = np.sort(np.argsort(-sizes, kind="stable")[:MOST_CLASSES])
    return tuple(labels[int(index)] for index in largest)


def held_out(store: Store, share: float, otherwise: bool = False) -> Reals:
    """The training items of a store against those that were held out of training.

    Raises InputError where these are too few: what is held out of a run stays as it began. ``otherwise``: whether works of
    another folder could be given instead."""
    reference, floor = store.judged(share)
    if len(floor) < 4:
        few, more = "too few held-out items to judge with", "begin a new run with more files"
        raise InputError(
            f"{few}; {'judge it by another folder with --against, or ' if otherwise else ''}{more} or --set holdout={MUCH}",
            page=f"there are too few works to keep some aside and judge by them; {more}",
        )
    return Reals(store, reference, floor)


def halves(store: Store) -> Reals:
    """Another folder's items: one half (whole files) against the other."""
    reference, floor = store.judged(0.5)
    if len(floor) < 4:
        reference, floor = np.arange(0, len(store.items), 2), np.arange(1, len(store.items), 2)
    return Reals(store, reference, floor)


@dataclass(frozen=True)
class Sets:
    """Features and statistics of the four sets of one class, or of all."""

    reference: Measured
    real: Measured
    sample: Measured
    noise: Measured

    @staticmethod
    def join(parts: Sequence[Sets]) -> Sets:
        """The sets of all classes together."""
        names = ("reference", "real", "sample", "noise")
        return Sets(**{name: stack([getattr(part, name) for part in parts]) for name in names})


class Meter:
    """Counts the batches that are measured and tells which share of all is done."""

    def __init__(self, batches: int = 0, tell: Callable[[float], None] | None = None) -> None:
        self._batches, self._done, self._tell = batches, 0, tell

    def step(self, batches: int = 1) -> None:
        self._done += batches
        if self._tell is not None and self._batches:
            self._tell(min(1.0, self._done / self._batches))


def batches(count: int) -> int:
    """In how many batches ``count`` items are measured."""
    return -(-count // BATCH)


def measure_samples(
    model: Model, judge: Judge, label: str | None, count: int, world: World, meter: Meter, first: int = SEED
) -> Measured:
    """Measure ``count`` samples of one class, from seed ``first`` on."""
    seeds = range(first, first + count)
    parts = [seeds[i : i + BATCH] for i in range(0, count, BATCH)]

    def work(n: int) -> Measured:
        found = _measure(judge, model.raw(parts[n], [label] * len(parts[n])))
        meter.step()
        return found

    return shared(world, len(parts), work)


def real_sets(model: Model, reals: Reals, label: str | None, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """``count`` raw items each: of the reference, of what was held out, of white noise. Real ones are cut as in training, so
    that all are equally long; a set that is smaller than ``count`` repeats its items."""
    rng = torch.Generator(model.device).manual_seed(0)
    pick = np.random.default_rng(0)
    reference, floor = (
        real_items(model.codec, reals.store, pick.choice(numbers, count, replace=len(numbers) < count), rng)
        for numbers in reals.of(label)
    )
    one = model.raw([SEED], [label])
    info = torch.iinfo(one.dtype)
    shape = (count, *one.shape[1:])
    noise = torch.randint(info.min, info.max + 1, shape, generator=rng, dtype=one.dtype, device=model.device)
    return reference, floor, noise


def real_items(codec: Codec, store: Store, numbers: np.ndarray, rng: torch.Generator) -> Tensor:
    """Real raw items of a store, cut as in training."""
    return codec.vary(torch.from_numpy(store.items[numbers]).to(rng.device), rng)


def measure(judge: Judge, raw: Tensor, world: World | None = None, meter: Meter | None = None) -> dict[str, Tensor]:
    """Features ``[b, f]`` under ``features`` and every statistic ``[b]`` under its name."""
    chunks = raw.split(BATCH)

    def work(n: int) -> Measured:
        found = _measure(judge, chunks[n])
        if meter is not None:
            meter.step()
        return found

    return shared(world or World(), len(chunks), work)


def _measure(judge: Judge, chunk: Tensor) -> dict[str, Tensor]:
    describe = judge.statistics or (lambda _: {})
    found = {FEATURES: judge.features(chunk), **describe(chunk)}
    if judge.second is not None:
        found[SECOND] = judge.second(chunk)
    if not bool(found[FEATURES].isfinite().all()):  # a Frechet distance of such features ends the process
        raise PluginError(
            f"features {judge.features.name} are not finite for some raw items of {chunk.dtype}{list(chunk.shape[1:])}: white "
            "noise is judged too, so encode and the judge have to take every value; clamp before a logarithm or a division"
        )
    return {name: value.cpu().float() for name, value in found.items()}


def shared(world: World, count: int, work: Callable[[int], Measured]) -> dict[str, Tensor]:
    """``work(0)`` to ``work(count - 1)``, each done by one of the processes; all of them joined, on every process."""
    done: list[Measured] = []
    for start in range(0, count, world.size):
        mine = work(min(start + world.rank, count - 1))  # one without a part of its own does the last, for nothing
        parts = {key: world.gather(mine[key]) for key in sorted(mine)}
        done += [{key: parts[key][rank] for key in mine} for rank in range(min(world.size, count - start))]
    return stack(done)


def stack(parts: Sequence[Measured]) -> dict[str, Tensor]:
    """Join measured parts along the batch."""
    return {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
