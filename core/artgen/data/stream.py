"""A Store whose items are streamed from shards: a few of them are on this machine at a time, the next ones on their way.

The order of the items is a function of (seed, items seen), as for any store, so a resumed run goes on inside a pass to the bit.
It is drawn so that neighbors come from few shards, and each shard is fetched about once a pass.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from artgen.data.order import ShuffledPasses
from artgen.data.shards import Shards, unpack
from artgen.data.store import Store, cache_folder, no_room

WINDOW = 4  # shards whose items are mixed
KEPT = 3 * WINDOW  # shards on this machine: those in use, the next, the last
_SETS = 2  # data sets of which shards are kept
_JUDGED = 4096  # items by which a run is judged: more would fetch all shards again


class ShardedItems:
    """Like an array ``[count, *shape]`` that is indexed with a number or an array of numbers. May be used by several threads."""

    def __init__(self, shards: Shards, folder: Path) -> None:
        self._shards, self._folder = shards, folder
        self.shape = (sum(len(s.labels) for s in shards.index.shards), *shards.index.shape)
        self.dtype = np.dtype(shards.index.dtype)
        self._ends = np.cumsum([len(s.labels) for s in shards.index.shards])
        self._open: OrderedDict[int, Future[np.ndarray]] = OrderedDict()
        self._lock = Lock()
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="shards")

    def __len__(self) -> int:
        return self.shape[0]

    def shard_of(self, numbers: np.ndarray) -> np.ndarray:
        """The shard in which each item lies."""
        return np.searchsorted(self._ends, numbers, side="right")

    def __getitem__(self, numbers: int | np.ndarray) -> np.ndarray:
        """Raises StorageError when a shard cannot be fetched, InputError when it is not what was packed."""
        wanted = np.atleast_1d(np.asarray(numbers))
        found = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        shards = self.shard_of(wanted)
        for shard in np.unique(shards):
            mine = shards == shard
            count = len(self._shards.index.shards[shard].labels)
            found[mine] = self._get(int(shard)).result()[wanted[mine] - (self._ends[shard] - count)]
        return found if np.ndim(numbers) else found[0]

    def expect(self, shards: Iterable[int]) -> None:
        """Fetch these in the background: they will be asked for soon."""
        for shard in shards:
            self._get(int(shard))

    def _get(self, shard: int) -> Future[np.ndarray]:
        with self._lock:
            known = self._open.pop(shard, None)
            if known is None or (known.done() and known.exception() is not None):
                known = self._workers.submit(self._bring, shard)
            self._open[shard] = known  # the last is the newest
            while len(self._open) > KEPT:
                old, _ = self._open.popitem(last=False)
                self._file(old).unlink(missing_ok=True)  # who still reads it keeps it until then
            return known

    def _file(self, shard: int) -> Path:
        return self._folder / f"{shard:06d}.bin"

    def _bring(self, shard: int) -> np.ndarray:
        about, index, path = self._shards.index.shards[shard], self._shards.index, self._file(shard)
        size = len(about.labels) * index.item_bytes
        shape = (len(about.labels), *index.shape)
        with contextlib.suppress(OSError, ValueError):  # not here, or of another size
            if path.stat().st_size == size:
                return np.memmap(path, self.dtype, "r", shape=shape)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=self._folder) as work:
                tar, whole = Path(work) / about.name, Path(work) / path.name
                self._shards.place.fetch(about.name, tar, about.bytes, about.sha256)
                unpack(tar, about, index, whole)
                items = np.memmap(whole, self.dtype, "r", shape=shape)
                whole.replace(path)  # another process may drop it at once; the items stay readable
            return items
        except OSError as error:
            raise no_room(f"{error.strerror} while fetching shards", error, self._folder) from None


class ShardOrder(ShuffledPasses):
    """Endless passes, each with the shards shuffled and the items of WINDOW shards mixed. ``groups``: the shard of each item.
    ``expect`` is told which shards come next."""

    def __init__(self, groups: np.ndarray, seed: int, expect: Callable[[Iterable[int]], None]) -> None:
        super().__init__(len(groups), seed)
        shards, starts = np.unique(groups, return_index=True)  # numbers rise, so each shard is one stretch of them
        self._stretches = dict(zip(shards.tolist(), np.split(np.arange(len(groups)), starts[1:]), strict=True))
        self._expect, self._told = expect, (-1, -1)
        self._windows = lru_cache(maxsize=2)(self._mixed)

    def at(self, seen: int, size: int) -> np.ndarray:
        number, position = divmod(seen, self.count)
        windows = self._windows(number)
        here = int(np.searchsorted([window.end for window in windows], position, side="right"))
        if self._told != (number, here):
            self._told = (number, here)
            after = windows[here + 1] if here + 1 < len(windows) else self._windows(number + 1)[0]
            self._expect((*windows[here].shards, *after.shards))
        return super().at(seen, size)

    def _shuffled(self, number: int) -> np.ndarray:
        return np.concatenate([window.items for window in self._windows(number)])

    def _mixed(self, number: int) -> list[_Window]:
        rng = np.random.default_rng((self._seed, number))
        shards = rng.permutation(np.asarray(list(self._stretches))).tolist()
        windows: list[_Window] = []
        for start in range(0, len(shards), WINDOW):
            chosen = tuple(shards[start : start + WINDOW])
            items = rng.permutation(np.concatenate([self._stretches[shard] for shard in chosen]))
            windows.append(_Window(chosen, items, len(items) + (windows[-1].end if windows else 0)))
        return windows


@dataclass(frozen=True)
class _Window:
    """Shards whose items are mixed, these items, and how many of the pass are through after them."""

    shards: tuple[int, ...]
    items: np.ndarray
    end: int


@dataclass(frozen=True)
class ShardedStore(Store):
    """``items`` come from shards as they are asked for."""

    items: ShardedItems

    def order(self, numbers: np.ndarray, seed: int) -> ShuffledPasses:
        return ShardOrder(self.items.shard_of(numbers), seed, self.items.expect)

    def some(self, numbers: np.ndarray, count: int) -> np.ndarray:
        first = int(np.searchsorted(self.items.shard_of(numbers), WINDOW))
        return super().some(numbers[: max(first, count)], count)

    def judged(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        train, held = self.split(share)
        last = self.items.shard_of(np.asarray([min(_JUDGED, len(self.items) - 1)]))
        return train[self.items.shard_of(train) <= last], held[self.items.shard_of(held) <= last]


def stream(shards: Shards) -> ShardedStore:
    """The store of these shards; what was fetched before is used again."""
    parent = cache_folder().parent / "shards"
    folder = parent / shards.fingerprint
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        for old in sorted(parent.iterdir(), key=lambda p: p.stat().st_mtime)[:-_SETS]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise no_room(f"cannot be written ({error.strerror})", error, parent) from None
    index = shards.index
    labels = np.concatenate([np.asarray(s.labels) for s in index.shards])
    origins = np.concatenate([np.asarray(s.origins) for s in index.shards])
    return ShardedStore(ShardedItems(shards, folder), index.labels, labels, origins, ())
