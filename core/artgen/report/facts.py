"""The short sections of the report: what was trained, what the guard did, which files were skipped, all settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artgen.contract.observer import Stats
from artgen.contract.record import SkippedRow
from artgen.contract.task import TRANSLATION_TASKS
from artgen.data.unused import counted
from artgen.report.curves import COUNTERS
from artgen.report.read import RunFiles
from artgen.report.words import count, duration, number

_MOST_SKIPPED = 200
_MOST_EVENTS = 20
_DONE = {"skipped_steps": ("step skipped", "steps skipped"), "rollbacks": ("rollback", "rollbacks"),
         "collapses": ("collapse", "collapses")}  # fmt: skip
_SECTIONS = {"run": "Run", "train": "Training", "domain": "Plugin"}


@dataclass(frozen=True)
class Guard:
    """What the guard did, in words: in all, when, and what was never recorded."""

    verdict: str
    events: Sequence[str]
    unknown: str


@dataclass(frozen=True)
class Skipped:
    """Files that were not used: how many of each kind in words, all in a number, the first of them, how many more."""

    said: str
    total: int
    rows: Sequence[SkippedRow]
    more: int


@dataclass(frozen=True)
class Settings:
    """One table of the config: names and values."""

    title: str
    rows: Sequence[tuple[str, str]]


def key_facts(run: RunFiles, reports: Sequence[Stats]) -> list[tuple[str, str]]:
    """The few numbers that say what this run is."""
    facts: list[tuple[str, str]] = []
    if reports:
        last = reports[-1]
        facts += [("trained for", duration(last.seconds)), ("items seen", f"{last.seen:,}")]
        if last.seconds > 0:
            facts.append(("items per second", number(float(f"{last.seen / last.seconds:.3g}"))))
        if 0 < last.progress < 0.999:
            facts.append(("of the budget", f"{last.progress:.0%}"))
    own = _table(run.config, "run")
    shown = {key: own[key] for key in ("preset", "data", "style", "start", "seed") if key in own}
    model = _table(run.config, "domain").get("model")
    if (
        model is not None and own.get("task") not in TRANSLATION_TASKS
    ):  # where works are changed the task chooses the networks
        shown = {"model": model, **shown}
    return facts + [(key, run.notes.clean(str(value))) for key, value in shown.items()]


def happened(reports: Sequence[Stats], name: str) -> list[tuple[Stats, int]] | None:
    """When a counter rose, and by how much; None when it was never recorded.

    The counters are part of the training's state: a fall is a return to an earlier moment."""
    rows = [report for report in reports if name in report.values]
    before, events = 0, []
    for report in rows:
        value = round(report.values[name])
        rise = value - before
        before = value
        if rise > 0:
            events.append((report, rise))
    return events if rows else None


def show_guard(reports: Sequence[Stats]) -> Guard | None:
    """What the guard against broken steps and explosions did, and when; None without reports."""
    if not reports:
        return None
    found = {name: happened(reports, name) for name in COUNTERS}
    known = {name: events for name, events in found.items() if events is not None}
    unknown = [_DONE[name][1] for name in found if name not in known]
    totals = [count(sum(rise for _, rise in events), *_DONE[name]) for name, events in known.items()]
    lines = [(report, f"{count(rise, *_DONE[name])}") for name, events in known.items() for report, rise in events]
    lines.sort(key=lambda line: (line[0].seconds, line[0].seen))
    told = [f"{text} by {count(row.seen, 'item')}, {duration(row.seconds)}" for row, text in lines[:_MOST_EVENTS]]
    if len(lines) > _MOST_EVENTS:
        told.append(f"and {len(lines) - _MOST_EVENTS} more")
    if known and not lines:
        verdict = "It had nothing to do: every step was sound."
    else:
        verdict = (", ".join(totals) + ".") if totals else "Not recorded."
    return Guard(verdict, told, f"Not recorded: {', '.join(unknown)}." if unknown and known else "")


def show_skipped(skipped: Sequence[SkippedRow]) -> Skipped | None:
    """Files of the data that were not used, with reasons."""
    found = counted(skipped)
    said = ", ".join(f"{count(len(files), what)} {how}" for files, what, how in (
        (found.unusable, "file", "could not be used"),
        (found.part, "file", "used in part"),
        (found.other, "other file", "of another kind left out"),
    ) if files)  # fmt: skip
    rows = found.rows
    return Skipped(said, len(rows), rows[:_MOST_SKIPPED], len(rows) - _MOST_SKIPPED) if rows else None


def show_settings(run: RunFiles) -> list[Settings]:
    """All resolved settings, the known sections first."""
    known = [name for name in _SECTIONS if name in run.config]
    parts = []
    for name in [*known, *sorted(name for name in run.config if name not in _SECTIONS)]:
        rows = _rows(run.config[name], "" if isinstance(run.config[name], Mapping) else name)
        clean = [(run.notes.clean(key), run.notes.clean(value)) for key, value in rows]
        parts.append(Settings(_SECTIONS.get(name, name), clean))
    return parts


def _table(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = config.get(name)
    return table if isinstance(table, Mapping) else {}


def _rows(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Nested tables as dotted names and texts."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _rows(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    else:
        yield name, ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
