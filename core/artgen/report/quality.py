"""Quality figures beside their two anchors, with a bar that shows where the value lies between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artgen.report.markup import Markup, tag
from artgen.report.words import count, number
from artgen.runfolder.records import Figure, Quality

_FAR = 100  # ratio of the anchors from which the bar is logarithmic


def quality_section(quality: Quality) -> Markup:
    """All figures: one card per name, the figures of single labels below the one over all."""
    names = list(dict.fromkeys(figure.name for figure in quality.figures))
    cards = [_card(name, [figure for figure in quality.figures if figure.name == name]) for name in names]
    measured = [quality.items is not None and f"Measured on {count(quality.items, 'work')}", quality.features]
    lead = (
        "Each figure stands between two anchors: real works that the training never saw (as good as it gets) and pure "
        "noise (as bad as it gets). The closer to real, the better."
    )
    if any(figure.baselines for figure in quality.figures):
        lead = "Held-out works, changed by this run; beside each figure that of simple ways to do the same."
    return tag(
        "section",
        tag("h2", "Quality"),
        tag("p", lead, class_="lead"),
        tag("div", *cards, class_="cards") if cards else tag("p", "No figure was measured."),
        tag("p", " · ".join(word for word in measured if word), class_="help"),
        tag("p", quality.note, class_="help") if quality.note else None,
        id="quality",
    )


def position(figure: Figure) -> float | None:
    """Where the value lies: 0 at the real anchor, 1 at noise, outside of both beyond; None: no meaning."""
    if figure.value is None or figure.real is None or figure.noise is None or figure.real == figure.noise:
        return None
    value, real, noise = (figure.value, figure.real, figure.noise)
    if on_log_scale(figure):
        value, real, noise = (math.log10(number) for number in (value, real, noise))
    return (value - real) / (noise - real)


def on_log_scale(figure: Figure) -> bool:
    """Whether the anchors are so far apart that anything between would look perfect on a linear bar."""
    numbers = [number for number in (figure.value, figure.real, figure.noise) if number is not None]
    if len(numbers) < 3 or min(numbers) <= 0:
        return False
    return max(numbers[1:]) / _FAR > min(numbers[1:])


def verdict(figure: Figure) -> str:
    """The position in words."""
    place = position(figure)
    if figure.value is None:
        return "not measured"
    if place is None:
        return (
            "no anchors to compare with" if figure.real is None or figure.noise is None else "the anchors do not differ"
        )
    if place <= 0:
        return "as close as real works are among themselves"
    share = "less than 1%" if place < 0.01 else f"{place:.0%}"
    detail = " (log scale)" if on_log_scale(figure) else ""
    return "no better than noise" if place >= 1 else f"{share} of the way from real to noise{detail}"


def _card(name: str, figures: Sequence[Figure]) -> Markup:
    whole = next((figure for figure in figures if figure.label is None), None)
    labelled = [figure for figure in figures if figure.label is not None]
    direction = "lower is better" if figures[0].lower_is_better else "higher is better"
    return tag(
        "article",
        tag("h3", name, " ", tag("small", direction)),
        tag("p", figures[0].help, class_="help") if figures[0].help else None,
        None if whole is None else _measure(whole, None),
        *(_measure(figure, figure.label) for figure in labelled),
        class_="card",
    )


def _measure(figure: Figure, label: str | None) -> Markup:
    value = "-" if figure.value is None else number(figure.value)
    if figure.baselines:
        return tag("div", tag("p", tag("strong", value), class_="value"), _others(figure), class_="measure")
    return tag(
        "div",
        tag("p", tag("bdi", label) if label is not None else None, tag("strong", value), class_="value"),
        _bar(figure),
        tag("p", verdict(figure), class_="verdict"),
        class_="measure" if label is None else "measure of-label",
    )


def _others(figure: Figure) -> Markup:
    """What the truth and simple ways reach, as a small table, worst last."""
    known = [(name, value) for name, value in figure.baselines.items() if value is not None]
    rows = [("held-out truth", figure.real)] if figure.real is not None else []
    rows += sorted(known, key=lambda row: row[1], reverse=not figure.lower_is_better)
    lines = (tag("tr", tag("th", name, scope="row"), tag("td", number(value))) for name, value in rows)
    return tag("table", tag("tbody", *lines))


def _bar(figure: Figure) -> Markup | None:
    """Real on the left, noise on the right, the value between; an arrow where it lies outside."""
    place = position(figure)
    if place is None or figure.real is None or figure.noise is None:
        return None
    at = f"{100 * min(max(place, 0.0), 1.0):.1f}%"
    label = f"{number(figure.value or 0.0)}, real {number(figure.real)}, noise {number(figure.noise)}"
    drawing = tag(
        "svg",
        tag("line", x1=0, x2="100%", y1=9, y2=9, class_="track"),
        tag("line", x1=0, x2=at, y1=9, y2=9, class_="way"),
        tag("line", x1=0, x2=0, y1=2, y2=16, class_="anchor"),
        tag("line", x1="100%", x2="100%", y1=2, y2=16, class_="anchor"),
        tag("circle", cx=at, cy=9, r=6, class_="here"),
        width="100%",
        height=18,
        role="img",
        aria_label=label,
    )
    ends = tag(
        "p", tag("span", f"real {number(figure.real)}"), tag("span", f"noise {number(figure.noise)}"), class_="ends"
    )
    return tag("div", drawing, ends, class_="bar")
