"""Where a run finds what it learns from: the user's folders, or what ships with the plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from artgen.contract.data import RawItem, Skipped, Source, SourceFile
from artgen.contract.domain import Domain
from artgen.contract.settings import EMBEDDED, DomainConfig, RunConfig
from artgen.contract.task import TASKS, Task
from artgen.data.classes import FOLDERS
from artgen.data.kinds import reads
from artgen.data.names import own_name
from artgen.data.places import recall
from artgen.data.scan import Tell, scan
from artgen.data.shards import Shards, find_shards
from artgen.data.store import fingerprint
from artgen.errors import InputError


@dataclass(frozen=True)
class Sources:
    """The files of the data, and of the style of the task style; None: its prepared form is used, or there is none."""

    data: Source | Shards | None
    style: Source | None = None

    def name(self, data: Path | str | None) -> str:
        """What a run calls the data that was asked for as ``data``: no more than the last word of where it is."""
        if isinstance(self.data, Shards):
            return own_name(self.data.place.name)
        return EMBEDDED if data is None else own_name(Path(data).resolve().name)

    def fit(self, plugin: str, config: DomainConfig) -> None:
        """Raises InputError where shards were packed for another plugin or with other settings."""
        if isinstance(self.data, Shards):
            self.data.fit(plugin, config)

    def fingerprints(self, config: DomainConfig, plugin: str) -> dict[str, str]:
        """Names of the prepared data, as the config of a run has them."""
        pairs = (("prepared", self.data), ("style_prepared", self.style))
        return {key: source.fingerprint if isinstance(source, Shards) else fingerprint(source, config, plugin)
                for key, source in pairs if source is not None}  # fmt: skip


def data_source(
    domain: Domain, data: Path | str | None, classes: str = FOLDERS, made: bool = True, tell: Tell | None = None
) -> Source | Shards:
    """The folder or the shards ``data``, or the embedded data of the domain (as it is for the task); see ``scan`` for the rest.
    Raises InputError where there is none."""
    if data is not None:
        return find_shards(data) or scan(Path(data), domain.suffixes, classes=classes, made=made, tell=tell)
    if domain.embedded is None:
        raise InputError(
            f"{domain.name} has no embedded data for this, give a folder", at="--data",
            page=f"{domain.name} ships no works to learn this from; drop a folder of your own",
        )  # fmt: skip
    return replace(scan(domain.embedded, domain.suffixes, classes=classes), ignored=(), about="")


def style_for(task: Task, domain: Domain, path: Path | None, made: bool = True) -> Source | None:
    """The works of the style for a task that has one, see ``style_source``; None for any other task.

    Raises InputError where a style is given to a task that takes none."""
    if TASKS[task].takes_style:
        return style_source(domain, path, made)
    if path is not None:
        raise InputError(
            f"the task {task} takes none, --task style does", at="--style", value=path,
            page=f"the task {task} takes no works of a style",
        )  # fmt: skip
    return None


def style_source(domain: Domain, path: Path | None, made: bool = True) -> Source:
    """The works of a style: a folder, a single file, or those embedded. Raises InputError where there is none."""
    if path is None and domain.style is None:
        raise InputError(
            f"{domain.name} brings no style of its own, give a folder or a file by --style", at="--task style",
            page=f"{domain.name} ships no works of a style; drop some of your own",
        )  # fmt: skip
    where = path if path is not None else domain.style
    assert where is not None
    if not where.is_file():
        found = replace(scan(where, domain.suffixes, "--style", made=made), style=True)
        return found if path is not None else replace(found, ignored=(), about="")
    if where.suffix.lower() not in domain.suffixes:
        raise InputError(f"cannot be used; {reads(domain.suffixes)}", at="--style", value=where)
    return Source(where.resolve().parent, (SourceFile(where.resolve(), where.name, None),), (), style=True)


def found_again(domain: Domain, config: RunConfig, plugin: str, flag: Literal["--data", "--style"]) -> Source | None:
    """The works of a run that lie where they lay when they were prepared; None where that is not known, or they are gone.

    - ``plugin``: the plugin and its code, as prepared data depends on it.
    - ``flag``: which of the works are meant.

    Raises InputError where what lies there has changed."""
    section = config.run
    style = flag == "--style"
    name = section.style_prepared if style else section.prepared
    place = recall(name)
    if place is None:
        return None
    try:
        found = (
            style_source(domain, place, section.include_made)
            if style
            else scan(place, domain.suffixes, classes=section.classes, made=section.include_made)
        )
        same = fingerprint(found, config.domain, plugin) == name
    except InputError:
        found, same = None, False
    if not same:
        what = section.style if style else section.data
        raise InputError(
            f"the prepared data of {what} is no longer in the cache, and {place} or the plugin has changed since; "
            f"{flag} '{place}' takes it as it is now",
            page=f"the prepared data of {what} is no longer in the cache, and its works or the plugin have changed since; "
            "drop the works again for a new run",
        )
    return found


def with_ignored(
    source: Source, items: Iterable[RawItem | Skipped], suffixes: Sequence[str]
) -> Iterator[RawItem | Skipped]:
    """``items`` prepared from a source, and its files that were ignored: those with an ending of ``suffixes`` first, the others
    last. So the first file that is said to be skipped is a work, about which something can be done."""
    works: list[Skipped] = []
    others: list[Skipped] = []
    for one in source.ignored:
        (works if Path(one.name).suffix.lower() in suffixes else others).append(one)
    return chain(works, items, others)
