"""The short sections: what was trained, what the guard did, which files were skipped, all settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from artgen.contract.observer import Stats
from artgen.contract.task import TRANSLATION_TASKS
from artgen.report.curves import COUNTERS
from artgen.report.markup import Markup, join, tag
from artgen.report.read import RunFiles
from artgen.report.words import count, duration, number
from artgen.runfolder.records import SkippedRow

_MOST_SKIPPED = 200
_MOST_EVENTS = 20
_DONE = {"skipped_steps": ("step skipped", "steps skipped"), "rollbacks": ("rollback", "rollbacks"),
         "collapses": ("collapse", "collapses")}  # fmt: skip
_SECTIONS = {"run": "Run", "train": "Training", "domain": "Plugin"}


def key_facts(run: RunFiles, reports: Sequence[Stats]) -> Markup | None:
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
    facts += [(key, run.notes.clean(str(value))) for key, value in shown.items()]
    pairs = [tag("div", tag("dt", name), tag("dd", tag("bdi", value))) for name, value in facts]
    return tag("dl", *pairs, class_="facts") if pairs else None


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


def guard_section(reports: Sequence[Stats]) -> Markup:
    """What the guard against broken steps and explosions did, and when."""
    found = {name: happened(reports, name) for name in COUNTERS}
    known = {name: events for name, events in found.items() if events is not None}
    unknown = [_DONE[name][1] for name in found if name not in known]
    totals = [count(sum(rise for _, rise in events), *_DONE[name]) for name, events in known.items()]
    lines = [(report, f"{count(rise, *_DONE[name])}") for name, events in known.items() for report, rise in events]
    lines.sort(key=lambda line: (line[0].seconds, line[0].seen))
    told = [
        tag("li", f"{text} by {count(row.seen, 'item')}, {duration(row.seconds)}") for row, text in lines[:_MOST_EVENTS]
    ]
    if len(lines) > _MOST_EVENTS:
        told.append(tag("li", f"and {len(lines) - _MOST_EVENTS} more"))
    lead = (
        "It skips steps with bad numbers and, when the training explodes or its samples become all alike, returns to a good "
        "state with gentler settings."
    )
    if known and not lines:
        verdict = "It had nothing to do: every step was sound."
    else:
        verdict = (", ".join(totals) + ".") if totals else "Not recorded."
    gap = f"Not recorded: {', '.join(unknown)}." if unknown and known else None
    return tag(
        "section",
        tag("h2", "What the guard did"),
        tag("p", lead, class_="lead"),
        tag("p", tag("strong", verdict)),
        tag("ul", *told) if told else None,
        tag("p", gap, class_="help") if gap else None,
        id="guard",
    )


def skipped_section(skipped: Sequence[SkippedRow]) -> Markup | None:
    """Files of the data that could not be used, with reasons."""
    if not skipped:
        return None
    rows = [
        tag("tr", tag("th", tag("bdi", item.name), scope="row"), tag("td", tag("bdi", item.reason)))
        for item in skipped[:_MOST_SKIPPED]
    ]
    head = tag("thead", tag("tr", tag("th", "File", scope="col"), tag("th", "Reason", scope="col")))
    more = len(skipped) - _MOST_SKIPPED
    return tag(
        "section",
        tag("h2", "Skipped files"),
        tag("p", f"{count(len(skipped), 'file')} could not be used; the training went on without.", class_="lead"),
        _folded("Which, and why", tag("table", head, tag("tbody", *rows), class_="prose"), len(skipped) <= 5),
        tag("p", f"and {more} more in skipped.jsonl", class_="help") if more > 0 else None,
        id="skipped",
    )


def settings_section(run: RunFiles) -> Markup | None:
    """All resolved settings, folded."""
    if not run.config:
        return None
    known = [name for name in _SECTIONS if name in run.config]
    names = [*known, *sorted(name for name in run.config if name not in _SECTIONS)]
    parts = []
    for name in names:
        rows = list(_rows(run.config[name], "" if isinstance(run.config[name], Mapping) else name))
        cells = (
            tag(
                "tr",
                tag("th", tag("bdi", run.notes.clean(key)), scope="row"),
                tag("td", tag("bdi", run.notes.clean(value))),
            )
            for key, value in rows
        )
        title = f"{_SECTIONS.get(name, name)} ({count(len(rows), 'setting')})"
        parts.append(_folded(title, tag("table", tag("tbody", join(cells))), False))
    return tag("section", tag("h2", "Settings"), *parts, id="settings")


def notes_section(lines: Sequence[str]) -> Markup | None:
    """What is not as it should be on this page."""
    if not lines:
        return None
    return tag("section", tag("h2", "About this page"), tag("ul", *(tag("li", line) for line in lines)), id="notes")


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


def _folded(title: str, body: Markup, opened: bool) -> Markup:
    return tag("details", tag("summary", title), tag("div", body, class_="wide"), open=opened)
