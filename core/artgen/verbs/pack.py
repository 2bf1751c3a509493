"""Prepared data as shards: what ``artgen pack`` does, for Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from artgen.data.remote import place_of
from artgen.data.shards import Packer, Shards
from artgen.data.sources import data_source, with_ignored
from artgen.errors import InputError
from artgen.host import Host
from artgen.host.resolve import resolve


def pack(plugin: str, out: str | Path, *, data: str | Path | None = None, config: str | Path | None = None,
         preset: str | None = None, sets: Sequence[str] = (), shard_bytes: int = 2**26) -> Packer:  # fmt: skip
    """Prepare the folder ``data`` (None: the embedded data) for ``plugin`` and write it as shards of about ``shard_bytes`` to
    ``out``, a folder or an address (s3://...). What was skipped is in the answer. Raises ``artgen.errors``."""
    host = Host(plugin)
    file = None if config is None else Path(config)
    settings = resolve(host.domain, {"plugin": plugin}, preset, file, sets)
    if not 2**9 <= shard_bytes <= 2**30:
        raise InputError("give 0.0005 to 1024", at="--shard-mb", value=f"{shard_bytes / 2**20:g}")
    source = data_source(host.domain, data, made=False)
    if isinstance(source, Shards):
        raise InputError(
            "holds shards already, give the folder that they were made from", at="--data", value=source.place
        )
    packer = Packer(place_of(str(out), "--out"), plugin, settings.domain.prepared_by(), shard_bytes)
    if packer.holds_index:
        raise InputError("holds shards already, choose another folder", at="--out", value=packer.place)
    files = [source.files[number] for number in np.random.default_rng(0).permutation(len(source.files))]  # classes mix
    items = host.prepare(replace(source, files=tuple(files)), settings.domain)
    packer.pack(with_ignored(source, items, host.domain.suffixes), source.labels)
    return packer
