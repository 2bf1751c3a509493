"""The page of ``artgen explain``: where the discriminator looks, what carries a class, nearest items, the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.explain.units import Carried
from artgen.report.charts import chart_figure
from artgen.report.curves import charts, current
from artgen.report.facts import guard_section
from artgen.report.gallery import visual
from artgen.report.markup import Markup, tag
from artgen.report.media import Media
from artgen.report.page import CAP, document, replace
from artgen.report.read import read_run

_HISTORY = ("Diversity", "Discriminator margin", "Discriminator certainty")


@dataclass(frozen=True)
class Seen:
    """An item that was looked at: its name, its score, the picture of its maps relative to the run folder."""

    name: str
    score: float
    picture: str


@dataclass(frozen=True)
class Near:
    """The sheet of works beside their nearest training items, and how near each comes (below 1 is called a copy)."""

    sheet: str
    works: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Explanation:
    """All that was found. ``units``: none where there are no two classes. ``features``: the name of those that things are
    measured in.
    ``near``: None without the training items."""

    seen: Sequence[Seen]
    units: Sequence[Carried]
    features: str
    near: Near | None
    lines: Sequence[str]


def write_explanation(folder: Path, found: Explanation) -> Path:
    """Write ``folder/explain.html``, one page that loads nothing. StorageError when it cannot be written."""
    run = read_run(folder)
    media = Media(folder, run.notes, CAP)
    name = run.notes.clean(folder.resolve().name) or "run"
    reports = current(run.reports)
    parts = [_looks(found.seen, media), _units(found), _nearest(found, media)]
    history = [chart_figure(chart) for chart in charts(reports) if chart.title in _HISTORY]
    lead = "Generated works that are much more alike than real ones, or a discriminator without doubt, are a collapse."
    parts.append(_section("Collapse and diversity", lead, tag("div", *history, class_="charts")) if history else None)
    parts.append(guard_section(run.reports) if run.reports else None)
    lines = [run.notes.clean(line) for line in found.lines] + run.notes.lines
    footer = tag("footer", *(tag("p", line) for line in lines))
    head = tag("header", tag("p", "artgen explain", class_="kicker"), tag("h1", tag("bdi", name)))
    body = tag("body", head, tag("main", *parts), footer)
    path = folder / "explain.html"
    replace(path, document(f"Why · {name} · artgen", body).encode("utf-8"))
    return path


def _section(title: str, lead: str, *children: Markup | None) -> Markup:
    return tag("section", tag("h2", title), tag("p", lead, class_="lead"), *children)


def _looks(seen: Sequence[Seen], media: Media) -> Markup | None:
    if not seen:
        return None
    lead = (
        "Bright places of the first map are those that the discriminator's score reacts to most. For the second, each place "
        "was covered by the mean of the item: red where the score rises then: the place had said fake; blue where it falls: it "
        "had spoken for the work. Scores are logits, higher is more real; only their differences mean something."
    )
    figures = []
    for item in seen:
        medium = media.embed(item.picture)
        image = None if medium is None else visual(medium, f"{item.name}: where the discriminator looks")
        figures.append(tag("figure", image, tag("figcaption", tag("b", item.name), f" · score {item.score:.3g}")))
    return _section("Where the discriminator looks", lead, *figures)


def _units(found: Explanation) -> Markup:
    title = "What carries a class"
    if not found.units:
        return _section(title, "Not measured: it needs a run with classes.")
    lead = (
        "Units are channels of the generator's layers. Works were played twice, with the same seed as two classes; "
        "then some units of "
        "the first were given what they do in the second. The figures say how far the works moved towards the other class in "
        f"{found.features}: 0 % not at all, 100 % all the way; in brackets, as many random units. A class is "
        f"carried by few units "
        "where few go far and random ones do not."
    )
    counts = [step.count for step in found.units[0].steps]
    heads = ("Class", *(f"{count} of {found.units[0].total}" for count in counts), "the first units")
    rows = [
        tag("tr", tag("th", tag("bdi", row.label), scope="row"),
            *(tag("td", f"{step.moved:.0%} ({step.random:.0%})") for step in row.steps),
            tag("td", "; ".join(f"{unit.layer} #{unit.number}" for unit in row.units)))
        for row in found.units
    ]  # fmt: skip
    head = tag("thead", tag("tr", *(tag("th", word, scope="col") for word in heads)))
    return _section(title, lead, tag("div", tag("table", head, tag("tbody", *rows)), class_="wide close"))


def _nearest(found: Explanation, media: Media) -> Markup | None:
    if found.near is None:
        return None
    medium = media.embed(found.near.sheet)
    image = None if medium is None else visual(medium, "Works, each before the training item nearest to it")
    lead = (
        f"Each work before the training item that is nearest in {found.features}. Nearness in units of the 1 % quantile of the "
        "distances between training items; below 1 a work is called a copy."
    )
    words = ", ".join(f"{name}: {value:.2f}" for name, value in found.near.works)
    return _section("Nearest training items", lead, image, tag("p", words, class_="help"))
