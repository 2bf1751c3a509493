"""The prepared store: every training item in compact integers, in one memory-mapped file, made once and reused.

A store is a folder with ``items.bin`` (items one after the other) and ``index.json`` (shape, dtype, label and origin of each,
files that were skipped). It is written beside its place and renamed into it, so a store that exists is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import platformdirs
from pydantic import Field

from artgen.contract.data import RawItem, Skipped, Source
from artgen.contract.record import Record, SkippedRow
from artgen.contract.settings import DomainConfig
from artgen.data.order import ShuffledPasses
from artgen.errors import InputError, PluginError, StorageError
from artgen.runtime.environment import folder

MINIMUM = 8
_ENOUGH = 4  # items of one or two files that can be judged by: the end of the last one is held out where it has so many
CHECKED = 2**29  # bytes of items that are read to compare their checksum: a quarter of a second
KEPT = 8  # stores in the cache; older ones go


class Items(Protocol):
    """An array ``[count, *shape]``, or something that is indexed like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, numbers: Any, /) -> Any: ...


@dataclass(frozen=True)
class Store:
    """Prepared items with their classes and origins.

    - ``items``: memory-mapped ``[count, *shape]``.
    - ``labels``: class names.
    - ``label_index``: class of each item (-1: none).
    - ``origin_index``: number of the file each item came from.
    - ``folder``: where it lies, None where it is streamed.
    """

    items: Items
    labels: tuple[str, ...]
    label_index: np.ndarray
    origin_index: np.ndarray
    skipped: tuple[Skipped, ...]
    folder: Path | None = None

    def split(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Item numbers for training and held out, whole origins at a time, about ``share`` of each class held out.

        Of a class of fewer than three origins the end of the last one is held out where that is enough to judge by. What is held
        out does not depend on the seed."""
        held = np.zeros(len(self.items), dtype=bool)
        for label in np.unique(self.label_index):
            members = np.flatnonzero(self.label_index == label)
            origins = np.unique(self.origin_index[members])
            if share == 0:
                continue
            if len(origins) < 3:
                if share * len(members) >= _ENOUGH:
                    held[members[-round(share * len(members)) :]] = True
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


def no_room(said: str, error: OSError, folder: Path) -> StorageError:
    """The error to raise where prepared works cannot be kept in ``folder``. ``said``: what went wrong, for the command line."""
    why = error.strerror or str(error)
    page = f"works cannot be kept ready on the disk of this machine ({why}); make room on it, then try again"
    return StorageError(f"{said}; set ARTGEN_CACHE to another folder", value=folder, page=page)


def cache_folder() -> Path:
    """Where prepared stores live: ``$ARTGEN_CACHE`` or the user's cache folder."""
    return (folder("ARTGEN_CACHE") or Path(platformdirs.user_cache_dir("artgen", appauthor=False))) / "prepared"


def fingerprint(source: Source, config: DomainConfig, plugin: str) -> str:
    """Name of the store for these files (names, sizes, times), these settings and this version of the plugin."""
    stats = [(f.name, f.label, *_stat(f.path)) for f in source.files]
    ignored = [one.name for one in source.ignored]
    parts = [plugin, config.prepared_by(), stats, ignored, *(["style"] if source.style else [])]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _stat(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)


class Index(Record):
    """``index.json`` of a store.

    - ``shape``, ``dtype``: of one item.
    - ``labels``: class names; ``label_index``: class of each item, -1 for none.
    - ``origin_index``: number of the file each item came from.
    - ``checksum``: CRC-32 of the items.
    - ``modified``: when ``items.bin`` was written, in nanoseconds.
    """

    shape: tuple[Annotated[int, Field(gt=0)], ...]
    dtype: Literal["|u1", "<i2", ">i2"]
    labels: tuple[str, ...]
    label_index: tuple[int, ...]
    origin_index: tuple[Annotated[int, Field(ge=0)], ...]
    skipped: tuple[SkippedRow, ...]
    checksum: int
    modified: int

    def fits(self, items: Path) -> bool:
        """Whether the index goes together with the file of items. Up to CHECKED bytes are read; of a larger file, size and
        time have to be those that were written."""
        count = len(self.label_index)
        status = items.stat()
        whole = count * math.prod(self.shape) * np.dtype(self.dtype).itemsize
        if count == 0 or len(self.origin_index) != count or status.st_size != whole:
            return False
        numbers = np.asarray(self.label_index)
        if numbers.min() < -1 or numbers.max() >= len(self.labels):
            return False
        if whole > CHECKED:
            return status.st_mtime_ns == self.modified
        return checksum(items) == self.checksum


def checksum(path: Path) -> int:
    """CRC-32 of a file, which takes a second for two gigabytes."""
    found = 0
    with path.open("rb") as file:
        while block := file.read(2**22):
            found = zlib.crc32(block, found)
    return found


def open_store(folder: Path) -> Store | None:
    """The store in ``folder``; None where there is none, or one that is damaged, foreign or of another version."""
    items = folder / "items.bin"
    try:
        index = Index.model_validate_json((folder / "index.json").read_bytes())
        if not index.fits(items):
            return None
        data = np.memmap(items, dtype=index.dtype, mode="r", shape=(len(index.label_index), *index.shape))
        os.utime(folder)
    except (OSError, ValueError, RecursionError):
        return None
    skipped = tuple(Skipped(row.name, row.reason) for row in index.skipped)
    return Store(data, index.labels, np.asarray(index.label_index), np.asarray(index.origin_index), skipped, folder)


def write_store(
    folder: Path,
    items: Iterable[RawItem | Skipped],
    labels: tuple[str, ...],
    least: int = MINIMUM,
    anew: bool = False,
    given: str = "",
) -> Store:
    """Write the prepared ``items`` into ``folder`` and open it. ``anew``: in place of what may lie there. ``given``: the flag and
    the folder that they come from, as an error names them.

    Raises InputError for fewer than ``least`` good items, PluginError for items of different shapes, StorageError for a full
    disk.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    except OSError as error:
        raise no_room(f"cannot be written ({error.strerror})", error, folder.parent) from None
    try:
        _fill(work, items, labels, least, given)
        if anew or open_store(folder) is None:  # else another process was quicker with the same
            shutil.rmtree(folder, ignore_errors=True)
            work.replace(folder)
    except OSError as error:
        raise no_room(f"{error.strerror} while preparing the data", error, folder.parent) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _forget_old(folder.parent)
    store = open_store(folder)
    if store is None:
        raise StorageError("the prepared data changed while it was read", value=folder)
    return store


def _fill(work: Path, items: Iterable[RawItem | Skipped], labels: tuple[str, ...], least: int, at: str) -> None:
    kind: tuple[tuple[int, ...], str] | None = None
    skipped: list[SkippedRow] = []
    origins: dict[str, int] = {}
    given: list[tuple[str | None, int]] = []
    found = 0
    target = work / "items.bin"
    with target.open("wb") as out:
        for item in items:
            if isinstance(item, Skipped):
                skipped.append(SkippedRow(name=item.name, reason=item.reason))
                continue
            own = (tuple(item.data.shape), item.data.dtype.str)
            kind = kind or own
            if own != kind:
                raise PluginError(
                    f"artgen_prepare: {item.origin} gave {own[1]}{list(own[0])}, the items before {kind[1]}{list(kind[0])}"
                )
            data = np.ascontiguousarray(item.data).tobytes()
            out.write(data)
            found = zlib.crc32(data, found)
            given.append((item.label, origins.setdefault(item.origin, len(origins))))
    if kind is None or len(given) < least:
        why = f"; first of {len(skipped)} skipped files: {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        said = (
            f"only {len(given)} usable item{'' if len(given) == 1 else 's'}, "
            f"at least {least} {'is' if least == 1 else 'are'} needed{why}; "
            "add more works to the folder"
        )
        raise InputError(said, at=at, page=said)
    present = {label for label, _ in given}
    kept = [label for label in labels if label in present]  # a class of which no file was good is none
    numbers: dict[str | None, int] = {label: number for number, label in enumerate(kept)} if len(kept) > 1 else {}
    index = Index(
        shape=kind[0],
        dtype=kind[1],  # pyright: ignore[reportArgumentType] -- checked by the model
        labels=tuple(kept) if len(kept) > 1 else (),
        label_index=tuple(numbers.get(label, -1) for label, _ in given),
        origin_index=tuple(origin for _, origin in given),
        skipped=tuple(skipped),
        checksum=found,
        modified=target.stat().st_mtime_ns,
    )
    (work / "index.json").write_text(index.model_dump_json(), encoding="utf-8")


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
