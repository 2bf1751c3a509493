"""Which plugins are installed, and what they consist of; nothing is imported before it is asked for."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from artgen.errors import InputError, PluginError, nearest
from artgen.host.guarded import one_line
from artgen.runtime.signals import Interrupted

GROUP = "artgen"


@dataclass(frozen=True)
class Found:
    """An installed plugin, known from metadata alone. ``problem``: why it cannot be used, or None."""

    name: str
    distribution: str
    version: str
    target: str
    problem: str | None = None

    def __str__(self) -> str:
        return f"plugin {self.name} ({self.distribution} {self.version})"


def discover(group: str = GROUP) -> list[Found]:
    """All plugins installed in this environment, by name; nothing is imported. ``group``: of entry points."""
    found: dict[str, Found] = {}
    for point, name, version in _entry_points(group):
        item = Found(point.name, name, version, point.value)
        twin = found.get(point.name)
        if twin is not None and (twin.distribution, twin.target) != (item.distribution, item.target):
            problem = (
                f"the name {item.name} is claimed by both {twin.distribution} and {item.distribution}; uninstall one"
            )
            item = Found(item.name, item.distribution, item.version, item.target, problem)
        found[point.name] = item
    return sorted(found.values(), key=lambda f: f.name)


def _entry_points(group: str) -> Iterator[tuple[metadata.EntryPoint, str, str]]:
    """Those of a group, each with name and version of its package, from every package whose metadata can be read: another
    package's damage is not ours.

    The headers of a package are read only where it has entry points of the group, and once: parsing those of a hundred others
    takes longer than all the rest of a start."""
    seen: set[str] = set()
    for distribution in metadata.distributions():
        points: list[tuple[metadata.EntryPoint, str, str]] = []
        with suppress(Exception):  # not UTF-8, no text at all, a folder: whatever comes
            if f"[{group}]" in (distribution.read_text("entry_points.txt") or ""):
                headers = distribution.metadata  # parsed anew each time that they are asked for
                own, version = headers["Name"] or "unknown", headers["Version"] or "0"
                name = (headers["Name"] or "").lower()
                if name not in seen and _is_imported(distribution, name):
                    points = [(point, own, version) for point in distribution.entry_points.select(group=group)]
                seen.add(name)
        yield from points


def _is_imported(distribution: metadata.Distribution, name: str) -> bool:
    """Whether no other package of this name comes earlier on the path."""
    try:
        first = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):  # without a name
        return True
    return str(first.locate_file("")) == str(distribution.locate_file(""))


def pick(name: str, installed: dict[str, Found], flag: str) -> Found:
    if name not in installed:
        raise InputError(f"no such plugin is installed, {nearest(name, installed)}", at=flag, value=name)
    found = installed[name]
    if found.problem:
        raise PluginError(found.problem, at=flag, value=name)
    return found


def load(found: Found, group: str = GROUP) -> object:
    point = metadata.EntryPoint(found.name, found.target, group)
    leave = os._exit

    def refused(status: int) -> NoReturn:
        raise SystemExit(f"os._exit({status}) while it was imported")

    try:
        os._exit = refused  # the process would end without a word
        return point.load()
    except Interrupted:
        raise
    except KeyboardInterrupt:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            raise  # from Python it may be the person's own; on the command line that is Interrupted
        raise PluginError(f"{found}: cannot be imported: it raises KeyboardInterrupt") from None
    except BaseException as error:  # a stranger's module may even call sys.exit
        raise PluginError(f"{found}: cannot be imported: {type(error).__name__}: {one_line(error)}") from error
    finally:
        os._exit = leave


def code_of(found: Found) -> Path | None:
    """Where the code of a plugin lies: the folder of its package, or its one file."""
    name = found.target.partition(":")[0].strip()
    try:
        spec = find_spec(name.partition(".")[0])
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)


def hash_of(code: Path | None) -> str:
    """A hash of the Python files of a package, or of one file."""
    files = [] if code is None else [code] if code.is_file() else sorted(code.rglob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        with suppress(OSError):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
