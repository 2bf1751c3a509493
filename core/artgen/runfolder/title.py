"""What a run is called: on the page of the studio, in its report, and on what is published of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from artgen.contract.settings import EMBEDDED, SHIPPED
from artgen.errors import ArtgenError
from artgen.runfolder.folder import RunFolder

NAMELESS = "dropped works"  # the folder of works that were dropped on the page and have no name
_KINDS = {"image": "Pictures", "music": "Music", "video": "Films"}


def title_of(run: Path, section: object = None, when: bool = True) -> str:
    """What the run in a folder is called. ``section``: see ``titled``; None: it is read. ``when``: with the moment at which it
    began, where it has no name of its own."""
    from artgen.host.resolve import read_toml  # loads all settings, which the page of the studio need not wait for

    try:
        found = read_toml(RunFolder(run).config).get("run") if section is None else section
    except (ArtgenError, OSError):
        found = None
    known: dict[str, Any] = found if isinstance(found, dict) else {}
    style, start = _shipped(known)
    return titled(run.resolve().name, {**known, "style": style}, begun(run) if when else None, start)


def _shipped(section: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """What the style and the start of a run are called, where these ship with its plugin."""
    from artgen.host import Host

    style, start = section.get("style"), str(section.get("start", ""))
    if style != EMBEDDED and not start.startswith(SHIPPED):
        return style, None
    try:
        domain = Host(str(section.get("plugin"))).domain
        works = domain.of(section.get("task", "generate")).style
    except ArtgenError:  # the plugin is not installed here
        return style, None
    starts = domain.named_starts
    titles = {f"{SHIPPED}{one.name}": one.title or one.name for one in starts} if len(starts) > 1 else {}
    return style_title(works) if style == EMBEDDED else style, titles.get(start)


def style_title(works: Path | None) -> str:
    """What the works of a style that ship are called: the innermost folder that holds them all; "" where there are none."""
    while works is not None and works.is_dir():
        inner = [path for path in works.iterdir() if path.is_dir()]
        if len(inner) != 1:
            break
        works = inner[0]
    return works.name.replace("_", " ").title() if works is not None else ""


def titled(name: str, section: Mapping[str, Any], when: float | None, start: str | None = None) -> str:
    """The name of its folder, without its number, dashes as spaces. A run that was given none is called by what it learns from,
    or starts from, and by when it began, which tells two of them apart.

    - ``section``: of its config, ``run``.
    - ``when``: seconds since 1970; None: left out.
    - ``start``: what the weights are called that it starts from, where that says more than the plugin."""
    plugin = section.get("plugin")
    plain = re.sub(r"^\d+-(?=.)", "", name)
    kind = str(plugin) if plugin else (plain if plain in _KINDS else None)
    if kind is None or plain != kind:
        return plain.replace("-", " ")
    data, style = section.get("data"), section.get("style")
    own = None if data in (EMBEDDED, NAMELESS) else data
    what = str(own or (None if style else start) or _KINDS.get(kind, kind[:1].upper() + kind[1:]))
    return "\u00a0· ".join([f"{what} toward {style}" if style else what, *([] if when is None else [_moment(when)])])


def _moment(seconds: float) -> str:
    """A moment as a person reads it, on one line; the year where it is another one."""
    time, now = datetime.fromtimestamp(seconds), datetime.now()
    year = f" {time.year}," if time.year != now.year else ""
    return f"{time:%b} {time.day},{year} {time:%H:%M}".replace(" ", "\u00a0")


def begun(run: Path) -> float | None:
    """When a run began: its first file for TensorBoard is named by that, and stays as it is when the folder is copied."""
    try:
        found = [file.name.split(".")[3] for file in (run / "tensorboard").glob("events.out.tfevents.*.*")]
        if times := [int(time) for time in found if time.isdecimal()]:
            return float(min(times))
        files = RunFolder(run)
        there = [file for file in (files.config, files.checkpoint) if file.exists()] or [run]
        return min(file.stat().st_mtime for file in there)
    except OSError:
        return None
