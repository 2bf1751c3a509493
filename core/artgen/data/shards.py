"""Prepared data as shards: tar files that any WebDataset reader opens, and an index that says what is in each.

For data that is too large for one disk: the shards are written one at a time, here or to an address, and streamed from there with
a bounded number of them on this machine. Tars hold ``NUMBER.npy`` (one item) and ``NUMBER.json`` (class and origin).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError

from artgen.contract.data import RawItem, Skipped
from artgen.contract.settings import DomainConfig, Frozen
from artgen.data.remote import Place, place_of
from artgen.data.store import MINIMUM
from artgen.errors import InputError, PluginError, StorageError
from artgen.runtime.environment import at_home

FORMAT = 1
INDEX = "index.json"
_INDEX_LIMIT = 2**28  # bytes; about ten million items
_ITEM_LIMIT = 2**28  # bytes of one item
_SHARD_LIMIT = 2**31
_DTYPES = ("|u1", "<i2")  # of items: uint8, int16
Number = Annotated[int, Field(ge=0, lt=2**31)]


class Shard(Frozen):
    """One tar: its size and hash, and for each of its items the class (-1: none) and the number of the file it came from."""

    name: str = Field(pattern=r"^[0-9]{6}\.tar$")
    bytes: int = Field(gt=0, le=_SHARD_LIMIT)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    labels: tuple[Annotated[int, Field(ge=-1, lt=2**31)], ...] = Field(min_length=1)
    origins: tuple[Number, ...] = Field(min_length=1)


class Index(Frozen):
    """What a folder of shards says about itself."""

    artgen_shards: int
    plugin: str
    settings: dict[str, Any]
    shape: tuple[Annotated[int, Field(gt=0, lt=2**31)], ...]
    dtype: str
    labels: tuple[str, ...]
    shards: tuple[Shard, ...] = Field(min_length=1)

    @property
    def item_bytes(self) -> int:
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class Shards:
    """Shards at a place. ``fingerprint``: hash of their index."""

    place: Place
    index: Index
    fingerprint: str

    def fit(self, plugin: str, config: DomainConfig) -> None:
        """Raises InputError where they were packed for another plugin or with other settings, naming both."""
        if self.index.plugin != plugin:
            raise InputError(f"packed for plugin {self.index.plugin}, not {plugin}", at="--data", value=self.place)
        mine, packed = config.prepared_by(), config.renewed(self.index.settings)
        for key in sorted(mine.keys() | packed.keys()):
            ours, theirs = mine.get(key), packed.get(key)
            if ours != theirs:
                raise InputError(f"packed with {key}={theirs}, this run has {key}={ours}; "
                                 f"say --set {key}={theirs} or pack it anew", at="--data", value=self.place)  # fmt: skip


def find_shards(data: str | Path) -> Shards | None:
    """The shards at an address or in a folder; None for a folder that holds none. Raises InputError."""
    place = place_of(str(data))
    if not place.remote:
        place = Place(str(at_home(Path(data))))
        if not (Path(place.address) / INDEX).is_file():
            return None
    text = place.read(INDEX, _INDEX_LIMIT)
    if not place.remote and b'"artgen_shards"' not in text[:200]:
        return None  # somebody's own index.json
    return Shards(place, _parsed(place, text), hashlib.sha256(text).hexdigest()[:24])


def _parsed(place: Place, text: bytes) -> Index:
    try:
        index = Index.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError):
        raise InputError(f"{INDEX} is not an index of artgen's shards", at="--data", value=place) from None
    if index.artgen_shards > FORMAT:
        raise InputError("packed by a newer artgen; upgrade artgen", at="--data", value=place)
    if index.dtype not in _DTYPES:
        raise InputError(f"{INDEX} does not fit together (dtype); copy or pack it again", at="--data", value=place)
    wrong = index.item_bytes > _ITEM_LIMIT
    for shard in index.shards:
        count = len(shard.labels)
        wrong |= len(shard.origins) != count or max(shard.labels) >= len(index.labels)
        wrong |= shard.bytes < count * index.item_bytes
    if wrong or len({shard.name for shard in index.shards}) < len(index.shards):
        raise InputError(f"{INDEX} does not fit together; copy or pack it again", at="--data", value=place)
    return index


def unpack(tar: Path, shard: Shard, index: Index, target: Path) -> None:
    """The items of a shard, one after the other, into ``target``; no more is read than the index says. Raises InputError."""
    header = _npy(np.zeros(index.shape, index.dtype))[: -index.item_bytes]
    count = 0
    try:
        with tarfile.open(tar, "r:") as archive, target.open("wb") as out:
            for member in archive:
                if not member.name.endswith(".npy"):
                    continue
                if member.type != tarfile.REGTYPE or member.size != len(header) + index.item_bytes:
                    raise ValueError("size")
                file = archive.extractfile(member)
                assert file is not None
                if file.read(len(header)) != header:
                    raise ValueError("header")
                out.write(file.read())
                count += 1
    except (tarfile.TarError, ValueError, EOFError):
        count = -1
    if count != len(shard.labels):
        raise InputError(f"{shard.name}: does not hold the items that its index says; pack it again")


@dataclass
class Packer:
    """Writes items into shards of about ``size`` bytes at ``place``; the index comes last, without which there is nothing."""

    place: Place
    plugin: str
    settings: dict[str, Any]
    size: int
    skipped: list[Skipped] = field(default_factory=list)
    count: int = 0  # of shards written
    items: int = 0  # in them

    @property
    def holds_index(self) -> bool:
        return self.place.holds(INDEX)

    def pack(self, items: Iterable[RawItem | Skipped], labels: tuple[str, ...]) -> Index:
        """Raises InputError for fewer than 8 items, PluginError for items that differ in shape, StorageError."""
        shards: list[Shard] = []
        origins: dict[str, int] = {}
        kind: tuple[tuple[int, ...], str] | None = None
        batch: list[tuple[bytes, int, int]] = []
        with tempfile.TemporaryDirectory(prefix="artgen-pack-") as work:
            for item in items:
                if isinstance(item, Skipped):
                    self.skipped.append(item)
                    continue
                mine = (tuple(item.data.shape), item.data.dtype.str)
                kind = kind or mine
                if mine != kind:
                    raise PluginError(f"artgen_prepare: {item.origin} gave {mine}, the items before {kind}")
                label = labels.index(item.label) if item.label in labels else -1
                batch.append((_npy(item.data), label, origins.setdefault(item.origin, len(origins))))
                if len(batch[-1][0]) * len(batch) >= self.size:
                    shards.append(self._write(batch, Path(work)))
                    batch = []
            if batch:
                shards.append(self._write(batch, Path(work)))
            if kind is None or self.items < MINIMUM:
                why = f"; first skipped file: {self.skipped[0].name}: {self.skipped[0].reason}" if self.skipped else ""
                raise InputError(f"fewer than {MINIMUM} usable training items{why}")
            index = Index(artgen_shards=FORMAT, plugin=self.plugin, settings=self.settings, shape=kind[0],
                          dtype=kind[1], labels=labels, shards=tuple(shards))  # fmt: skip
            path = Path(work) / INDEX
            path.write_text(index.model_dump_json(), encoding="utf-8")
            self.place.put(INDEX, path)
        return index

    def _write(self, batch: list[tuple[bytes, int, int]], work: Path) -> Shard:
        try:
            from webdataset.writer import TarWriter
        except ImportError:
            raise InputError("needs another package: pip install artgen-suite[shards]", at="artgen pack") from None
        path = work / f"{self.count:06d}.tar"
        try:
            with path.open("wb") as file, TarWriter(file, user="", group="", encoder=False, mtime=0) as out:
                for place, (data, label, origin) in enumerate(batch, self.items):
                    about = json.dumps({"label": label, "origin": origin}).encode()
                    out.write({"__key__": f"{place:012d}", "npy": data, "json": about})
        except OSError as error:
            raise StorageError(f"{work}: cannot be written ({error.strerror})") from None
        data = path.read_bytes()
        _, labels, origins = zip(*batch, strict=True)
        shard = Shard(name=path.name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), labels=labels,
                      origins=origins)  # fmt: skip
        self.place.put(path.name, path)
        self.count, self.items = self.count + 1, self.items + len(batch)
        return shard


def _npy(data: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(data), allow_pickle=False)
    return file.getvalue()
