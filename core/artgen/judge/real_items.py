"""Find the real items again that a run is judged by: its training data, its style, or another folder."""

from __future__ import annotations

from pathlib import Path

from artgen.contract.data import Source
from artgen.contract.settings import EMBEDDED, RunConfig
from artgen.contract.task import TASKS
from artgen.data.scan import scan
from artgen.data.shards import find_shards
from artgen.data.sources import found_again, style_source, with_ignored
from artgen.data.store import MINIMUM, Store, cache_folder, fingerprint, open_store, write_store
from artgen.data.stream import stream
from artgen.errors import InputError
from artgen.host import Host
from artgen.judge.reference_sets import Reals, halves, held_out


def reals_of(host: Host, config: RunConfig, data: str | Path | None, against: str | Path | None) -> Reals:
    """The real items that a run is judged by: its own training data, found again, or the folder ``against``.

    Raises InputError where too few were held out, and when the training data is neither in the cache nor embedded nor given as
    ``data``, and its works have moved or changed."""
    if against is not None:
        return halves(prepared(host, config, against, "--against"))
    return held_out(learned_of(host, config, data), config.train.holdout, otherwise=True)


def learned_of(host: Host, config: RunConfig, data: str | Path | None) -> Store:
    """The training data of a run, what was held out of it too, found again. Raises InputError where it is not."""
    store = open_store(cache_folder() / config.run.prepared) if data is None and config.run.prepared else None
    if store is not None:
        return store
    domain = host.domain.of(config.run.task)
    folder = data or (domain.embedded if config.run.data == EMBEDDED else None)
    if folder is not None:
        return prepared(host, config, folder, "--data")
    source = found_again(domain, config, host.code, "--data")
    if source is None:
        raise InputError(
            f"the prepared data of {config.run.data} is no longer in the cache; give its folder or address with --data",
            page=f"the prepared data of {config.run.data} is no longer in the cache",
        )
    return _written(host, config, source)


def style_of(host: Host, config: RunConfig, path: Path | None) -> Store | None:
    """The works of the style that a run was trained with, found again, or those of ``path``; None for any other task."""
    if not TASKS[config.run.task].takes_style:
        return None
    store = open_store(cache_folder() / config.run.style_prepared) if path is None else None
    if store is not None:
        return store
    domain = host.domain.of(config.run.task)
    if path is None and config.run.style != EMBEDDED:
        source = found_again(domain, config, host.code, "--style")
        if source is None:
            raise InputError(
                f"the prepared style {config.run.style} is no longer in the cache; give its folder or file with --style",
                page=f"the prepared style {config.run.style} is no longer in the cache",
            )
    else:
        source = style_source(domain, path, config.run.include_made)
    return _written(host, config, source, 1)


def prepared(host: Host, config: RunConfig, folder: str | Path, flag: str) -> Store:
    """The items of ``folder``, prepared as this run's were; kept in the cache. Shards are streamed."""
    shards = find_shards(folder)
    if shards is not None:
        shards.fit(host.domain.name, config.domain)
        return stream(shards)
    made = config.run.include_made or flag != "--data"
    source = scan(Path(folder), host.domain.suffixes, flag, classes=config.run.classes, made=made)
    return _written(host, config, source, given=f"{flag} {folder}")


def _written(host: Host, config: RunConfig, source: Source, least: int = MINIMUM, given: str = "") -> Store:
    """The prepared items of a source, found in the cache or put there."""
    place = cache_folder() / fingerprint(source, config.domain, host.code)
    items = with_ignored(source, host.prepare(source, config.domain), host.domain.suffixes)
    return open_store(place) or write_store(place, items, source.labels, least, given=given)
