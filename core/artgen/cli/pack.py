"""``artgen pack``: prepared data as shards, for data that is too large for one disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def pack(
    *,
    plugin: str,
    out: str,
    data: Path | None = None,
    preset: str | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    config: Path | None = None,
    shard_mb: float = 64.0,
) -> None:
    """Prepare a folder once and write it as shards, from which any machine can train: artgen run --data SHARDS.

    Shards are tar files that WebDataset readers open too. A run keeps twelve of them on its disk.

    Parameters
    ----------
    plugin
        For which domain plugin.
    out
        Where to: a folder, or an address such as s3://bucket/shards.
    data
        Folder of files; sub-folders are classes. Without it the plugin's embedded data is used.
    preset
        A named set of settings of the plugin, as the runs will have it.
    set_
        A setting as key=value, as the runs will have it; may be repeated.
    config
        TOML file with settings.
    shard_mb
        Size of a shard in MiB, 0.0005 to 1024.
    """
    from artgen.cli.bars import waiting
    from artgen.verbs.pack import pack as write

    size = round(shard_mb * 2**20)
    with waiting("preparing the works and writing shards"):
        done = write(plugin, out, data=data, config=config, preset=preset, sets=set_, shard_bytes=size)
    for skipped in done.skipped:
        print(f"skipped {skipped.name}: {skipped.reason}")
    print(f"{done.items} items in {done.count} shards written to {done.place}")
