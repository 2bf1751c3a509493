"""The prepared store: every training item in compact integers, in one memory-mapped file, made once and reused.

A store is a folder with ``items.bin`` (items one after the other) and ``index.json`` (shape, dtype, label and origin of each,
files that were skipped). It is written beside its place and renamed into it, so a store that exists is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import platformdirs

from artgen.contract.data import RawItem, Skipped, Source
from artgen.contract.settings import DomainConfig
from artgen.data.order import ShuffledPasses
from artgen.errors import InputError, PluginError, StorageError

MINIMUM = 8
KEPT = 8  # stores in the cache; older ones go


class Items(Protocol):
    """An array ``[count, *shape]``, or something that is indexed like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, numbers: Any, /) -> Any: ...


@dataclass(frozen=True)
class Store:
    """``items``: memory-mapped ``[count, *shape]``. ``labels``: class names. ``label_index``: class of each item (-1: none).
    ``origin_index``: number of the file each item came from. ``folder``: where it lies, None where it is streamed."""

    items: Items
    labels: tuple[str, ...]
    label_index: np.ndarray
    origin_index: np.ndarray
    skipped: tuple[Skipped, ...]
    folder: Path | None = None

    def split(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Item numbers for training and held out, whole origins at a time, about ``share`` of each class held out.

        A class of fewer than three origins gives none away. Which origins are held out does not depend on the seed."""
        held = np.zeros(len(self.items), dtype=bool)
        for label in np.unique(self.label_index):
            members = np.flatnonzero(self.label_index == label)
            origins = np.unique(self.origin_index[members])
            if share == 0 or len(origins) < 3:
                continue
            order = np.random.default_rng(7).permutation(origins)
            wanted, got = share * len(members), int(held[members].sum())
            sizes = np.bincount(np.searchsorted(origins, self.origin_index[members]))[np.searchsorted(origins, order)]
            before = got + np.cumsum(sizes) - sizes
            chosen = order[: min(len(origins) // 2, int(np.searchsorted(before, wanted)))]
            held |= np.isin(self.origin_index, chosen)
        return np.flatnonzero(~held), np.flatnonzero(held)

    def order(self, numbers: np.ndarray, seed: int) -> ShuffledPasses:
        """In which order the items ``numbers`` are shown: positions in ``numbers``."""
        return ShuffledPasses(len(numbers), seed)

    def some(self, numbers: np.ndarray, count: int) -> np.ndarray:
        """``count`` of the items ``numbers`` (or all of fewer), an even spread."""
        return numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), count)).astype(np.int64)]

    def judged(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """The part of ``split`` by which a run is judged."""
        return self.split(share)


def cache_folder() -> Path:
    """Where prepared stores live: ``$ARTGEN_CACHE`` or the user's cache folder."""
    return Path(os.environ.get("ARTGEN_CACHE") or platformdirs.user_cache_dir("artgen", appauthor=False)) / "prepared"


def fingerprint(source: Source, config: DomainConfig, plugin: str) -> str:
    """Name of the store for these files (names, sizes, times), these settings and this version of the plugin."""
    stats = [(f.name, f.label, *_stat(f.path)) for f in source.files]
    text = json.dumps([plugin, config.prepared_by(), stats], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _stat(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)


def open_store(folder: Path) -> Store | None:
    """The store in ``folder``, or None where there is none or it does not fit together."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        shape = (len(index["label_index"]), *index["shape"])
        dtype = np.dtype(index["dtype"])
        if (folder / "items.bin").stat().st_size != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
            return None
        items = np.memmap(folder / "items.bin", dtype=dtype, mode="r", shape=shape)
        os.utime(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    labels = tuple(index["labels"])
    skipped = tuple(Skipped(**row) for row in index["skipped"])
    return Store(items, labels, np.asarray(index["label_index"]), np.asarray(index["origin_index"]), skipped, folder)


def write_store(
    folder: Path, items: Iterable[RawItem | Skipped], labels: tuple[str, ...], least: int = MINIMUM
) -> Store:
    """Write the prepared ``items`` into ``folder`` and open it.

    Raises InputError for fewer than ``least`` good items, PluginError for items of different shapes, StorageError for a full
    disk.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    except OSError as error:
        raise StorageError(
            f"{folder.parent}: cannot be written ({error.strerror}); set ARTGEN_CACHE to another folder"
        ) from None
    try:
        _fill(work, items, labels, least)
        if open_store(folder) is None:  # else another process was quicker with the same
            shutil.rmtree(folder, ignore_errors=True)
            work.replace(folder)
    except OSError as error:
        raise StorageError(
            f"{folder.parent}: {error.strerror} while preparing the data; set ARTGEN_CACHE to another folder"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _forget_old(folder.parent)
    store = open_store(folder)
    if store is None:
        raise StorageError(f"{folder}: the prepared data changed while it was read")
    return store


def _fill(work: Path, items: Iterable[RawItem | Skipped], labels: tuple[str, ...], least: int) -> None:
    index: dict[str, Any] = {"shape": None, "dtype": "", "origin_index": [], "skipped": []}
    origins: dict[str, int] = {}
    given: list[str | None] = []
    with (work / "items.bin").open("wb") as out:
        for item in items:
            if isinstance(item, Skipped):
                index["skipped"].append({"name": item.name, "reason": item.reason})
                continue
            shape = list(item.data.shape)
            if index["shape"] is None:
                index["shape"], index["dtype"] = shape, item.data.dtype.str
            if shape != index["shape"] or item.data.dtype.str != index["dtype"]:
                raise PluginError(
                    f"artgen_prepare: {item.origin} gave {item.data.dtype}{shape}, "
                    f"the items before {index['dtype']}{index['shape']}"
                )
            out.write(np.ascontiguousarray(item.data).tobytes())
            given.append(item.label)
            index["origin_index"].append(origins.setdefault(item.origin, len(origins)))
    good, bad = len(given), index["skipped"]
    if good < least:
        why = f"; first of {len(bad)} skipped files: {bad[0]['name']}: {bad[0]['reason']}" if bad else ""
        raise InputError(
            f"only {good} usable training items, at least {least} {'is' if least == 1 else 'are'} needed{why}"
        )
    kept = [label for label in labels if label in given]  # a class of which no file was good is none
    index["labels"] = kept if len(kept) > 1 else []
    index["label_index"] = [index["labels"].index(label) if label in index["labels"] else -1 for label in given]
    (work / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _forget_old(cache: Path) -> None:
    """Keep the newest stores, and what a killed process left half done for a day (it may still be at work)."""
    ages: dict[Path, float] = {}
    for path in cache.iterdir():
        with contextlib.suppress(OSError):  # another process forgets too
            ages[path] = path.stat().st_mtime
    stores = sorted((p for p in ages if not p.name.startswith(".")), key=ages.__getitem__)
    stale = [p for p in ages if p.name.startswith(".new-") and ages[p] < time.time() - 86400]
    for old in (*stores[:-KEPT], *stale):
        shutil.rmtree(old, ignore_errors=True)
