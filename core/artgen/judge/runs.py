"""Judge a finished run: find the real items again, measure, show the nearest training items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from artgen.config import RunConfig
from artgen.data.scan import scan
from artgen.data.shards import find_shards
from artgen.data.sources import EMBEDDED, style_source
from artgen.data.store import Store, cache_folder, fingerprint, open_store, write_store
from artgen.data.stream import stream
from artgen.errors import InputError
from artgen.host import Host
from artgen.judge.changes import evaluate_changes
from artgen.judge.copies import Nearest
from artgen.judge.features import EncodedFeatures
from artgen.judge.quality import evaluate
from artgen.judge.sets import SEED, Reals, halves, held_out
from artgen.sample.model import Model
from artgen.train.world import World
from artgen.types import Ask, Features, Judge, Sample, Writer

_SHOWN = 12  # pairs on the sheet of nearest items


def judge_of(host: Host, config: RunConfig, model: Model, features: Features | None = None) -> Judge:
    """The domain's judge, or the core's plain one; ``features`` take the place of its own."""
    judge = host.judge(config.domain) or Judge(EncodedFeatures(model.codec.encode))
    return replace(judge, features=features) if features else judge


def reals_of(host: Host, config: RunConfig, data: str | Path | None, against: str | Path | None) -> Reals:
    """The real items that a run is judged by: its own training data, found again, or the folder ``against``.

    Raises InputError when the training data is neither in the cache nor embedded nor given as ``data``."""
    if against is not None:
        return halves(prepared(host, config, against, "--against"))
    store = open_store(cache_folder() / config.run.prepared) if data is None and config.run.prepared else None
    if store is None:
        folder = data or (host.domain.of(config.run.task).embedded if config.run.data == EMBEDDED else None)
        if folder is None:
            raise InputError(
                f"the prepared data of this run ({config.run.data}) is not in the cache; give its folder or address with --data"
            )
        store = prepared(host, config, folder, "--data")
    return held_out(store, config.train.holdout)


def style_of(host: Host, config: RunConfig, path: Path | None) -> Store | None:
    """The works of the style that a run was trained with, found again, or those of ``path``; None for any other task."""
    if config.run.task != "style":
        return None
    store = open_store(cache_folder() / config.run.style_prepared) if path is None else None
    if store is not None:
        return store
    if path is None and config.run.style != EMBEDDED:
        raise InputError(
            f"the prepared style of this run ({config.run.style}) is no longer in the cache; give it with --style"
        )
    source = style_source(host.domain.of("style"), path)
    place = cache_folder() / fingerprint(source, config.domain, str(host.found))
    return open_store(place) or write_store(place, host.prepare(source, config.domain), (), 1)


def prepared(host: Host, config: RunConfig, folder: str | Path, flag: str) -> Store:
    """The items of ``folder``, prepared as this run's were; kept in the cache. Shards are streamed."""
    shards = find_shards(folder)
    if shards is not None:
        shards.fit(host.domain.name, config.domain)
        return stream(shards)
    source = scan(Path(folder), host.domain.suffixes, flag)
    place = cache_folder() / fingerprint(source, config.domain, str(host.found))
    return open_store(place) or write_store(place, host.prepare(source, config.domain), source.labels)


def judge_run(
    model: Model, judge: Judge, reals: Reals, count: int | None, style: Store | None = None, world: World | None = None
) -> tuple[dict[str, Any], Nearest | None]:
    """See ``quality.evaluate``, and ``changes.evaluate_changes`` for a run that changes works, which has no samples that
    could be copies; ``count`` None: as many samples a class, or works, as the domain finds right."""
    if count is not None and not 8 <= count <= 50_000:
        raise InputError(f"--count {count}: give 8 to 50000 samples a class")
    if model.given:
        return evaluate_changes(model, judge, reals, style, count or judge.count), None
    return evaluate(model, judge, reals, count or judge.count, world)


def nearest_sheet(model: Model, reals: Reals, found: Nearest, count: int, writer: Writer, path: Path,
                  blame: Callable[[str, Callable[[], Path]], Path]) -> Path:  # fmt: skip
    """A sheet of pairs: the samples that come closest to a training item, each before that item."""
    labels = model.spec.labels or (None,)
    pairs: list[Sample] = []
    for index in np.argsort(found.closeness, kind="stable")[:_SHOWN]:
        label, seed = labels[index // count], SEED + int(index) % count
        made = model.raw([seed], [label])[0].cpu().numpy()
        raw = model.codec.decode(model.codec.encode(_item(model, reals.store, int(found.item[index]))))
        pairs += [Sample(made, seed, label, Ask()), Sample(raw[0].cpu().numpy(), seed, label, Ask())]
    return blame("artgen_writer", lambda: writer.sheet(pairs, path))


def _item(model: Model, store: Store, number: int) -> Any:
    import torch

    return torch.from_numpy(store.items[number][None].copy()).to(model.device)
