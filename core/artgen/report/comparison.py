"""The page of ``artgen compare``: one table of figures and cost, then the works of each run."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.report.markup import Markup, tag
from artgen.report.page import document, replace
from artgen.runfolder.records import Figure, Quality

_LEAD = (
    "Each cell: the run, and in brackets what held-out real works reach. The best of a line is bold. Figures of runs that see "
    "their data in another size or color compare with their own data."
)


@dataclass(frozen=True)
class ComparedRun:
    """One run of a comparison. ``samples``: PNG sheet of its samples; of a run that changes works, of held-out works changed.
    ``pairs``: PNG sheet of held-out items, each before its reconstruction; None: the run reconstructs nothing. ``figures``: as
    ``evaluate`` gives them. ``cost``: named numbers in words."""

    name: str
    model: str
    samples: bytes
    pairs: bytes | None
    figures: Quality
    cost: Mapping[str, str]


def write_comparison(rows: Sequence[ComparedRun], path: Path) -> Path:
    """Write one self-contained HTML page, atomically. StorageError when it cannot be written."""
    names = " · ".join(row.name for row in rows)
    body = tag(
        "body",
        tag(
            "header",
            tag("p", "artgen compare", class_="kicker"),
            tag("h1", "Runs side by side"),
            tag("p", names, class_="lead"),
        ),
        tag("main", _table(rows), *(_works(row) for row in rows)),
        tag("footer", tag("p", "The works on this page were made by the networks of these runs.")),
    )
    replace(path, document("Comparison · artgen", body).encode("utf-8"))
    return path


def _table(rows: Sequence[ComparedRun]) -> Markup:
    head = tag("tr", tag("th", ""), *(tag("th", row.name, tag("br"), tag("small", row.model)) for row in rows))
    keys: dict[tuple[str, str | None], None] = {}
    for row in rows:
        keys |= dict.fromkeys((figure.name, figure.label) for figure in row.figures.figures)
    lines = [_figure_line(key, rows) for key in keys]
    cost = [tag("tr", tag("th", key), *(tag("td", row.cost[key]) for row in rows)) for key in rows[0].cost]
    note = f"{rows[0].figures.features}. {rows[0].figures.note}."
    return tag(
        "section",
        tag("h2", "Figures and cost"),
        tag("p", _LEAD, class_="lead"),
        tag("div", tag("table", tag("thead", head), tag("tbody", *lines, *cost)), class_="wide", tabindex=0),
        tag("p", note, class_="help"),
    )


def _figure_line(key: tuple[str, str | None], rows: Sequence[ComparedRun]) -> Markup:
    found = [_find(row.figures, key) for row in rows]
    known = [figure for figure in found if figure is not None]
    values = [figure.value for figure in known if figure.value is not None]
    best = (min if known[0].lower_is_better else max)(values) if values else None
    cells = [_cell(figure, best) for figure in found]
    arrow = "lower" if known[0].lower_is_better else "higher"
    return tag("tr", tag("th", " ".join(word for word in key if word), tag("small", f" {arrow} is better")), *cells)


def _cell(figure: Figure | None, best: float | None) -> Markup:
    if figure is None or figure.value is None:
        return tag("td", "-")
    value = f"{figure.value:.3g}"
    shown = tag("b", value) if figure.value == best else value
    real = "" if figure.real is None else f" ({figure.real:.3g})"
    return tag("td", shown, tag("small", real), title=figure.help)


def _find(quality: Quality, key: tuple[str, str | None]) -> Figure | None:
    return next((figure for figure in quality.figures if (figure.name, figure.label) == key), None)


def _works(row: ComparedRun) -> Markup:
    pairs = None
    if row.pairs is not None:
        lead = tag("p", "Held-out works, each before its reconstruction:", class_="lead")
        pairs = tag("div", lead, _image(row.pairs, f"Reconstructions by {row.name}"))
    return tag(
        "section",
        tag("h2", f"{row.name} ", tag("small", row.model)),
        tag("p", "Samples of equal seeds, or held-out works changed:", class_="lead"),
        _image(row.samples, f"Samples of {row.name}"),
        pairs,
    )


def _image(png: bytes, alt: str) -> Markup:
    source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return tag("div", tag("img", src=source, alt=alt, class_="crisp"), class_="sheet")
