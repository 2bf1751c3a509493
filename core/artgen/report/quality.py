"""Quality figures beside their two anchors, with a bar that shows where the value lies between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from artgen.report.words import count, number
from artgen.runfolder.records import Figure, Quality

_FAR = 100  # ratio of the anchors from which the bar is logarithmic
_LEAD = (
    "Each figure stands between two anchors: real works that the training never saw (as good as it gets) and pure "
    "noise (as bad as it gets). The closer to real, the better."
)
_LEAD_CHANGES = "Held-out works, changed by this run; beside each figure that of simple ways to do the same."


@dataclass(frozen=True)
class Bar:
    """A bar from real to noise: where the value lies, as a share in percent, and both anchors in words."""

    at: str
    real: str
    noise: str


@dataclass(frozen=True)
class Measure:
    """One figure in words. ``others``: what the truth and simple ways reach, worst last; None: it stands between anchors."""

    label: str | None
    value: str
    verdict: str
    bar: Bar | None
    others: Sequence[tuple[str, str]] | None


@dataclass(frozen=True)
class Card:
    """All figures of one name, the one over all labels first."""

    name: str
    help: str
    lower_is_better: bool
    measures: Sequence[Measure]


@dataclass(frozen=True)
class Shown:
    """The section of all figures (templates/quality.html). ``warning``: see ``Quality.warning``."""

    lead: str
    warning: str | None
    cards: Sequence[Card]
    measured: str
    note: str


def show_quality(quality: Quality) -> Shown:
    """One card per name of a figure."""
    names = list(dict.fromkeys(figure.name for figure in quality.figures))
    cards = [_card(name, [figure for figure in quality.figures if figure.name == name]) for name in names]
    measured = [quality.items is not None and f"Measured on {count(quality.items, 'work')}", quality.features]
    changes = any(figure.baselines for figure in quality.figures)
    text = " · ".join(word for word in measured if word)
    return Shown(_LEAD_CHANGES if changes else _LEAD, quality.warning, cards, text, quality.note)


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
    if figure.value is None:
        return "not measured"
    if figure.real is None:
        return "no anchors to compare with"
    if figure.noise is None:
        return _beside_real(figure.value, figure.real)
    place = position(figure)
    if figure.fault or place is None:
        return f"this figure cannot judge: {figure.fault}"
    if place <= 0:
        return "as close as real works are among themselves"
    share = "less than 1%" if place < 0.01 else f"{place:.0%}"
    detail = " (log scale)" if on_log_scale(figure) else ""
    return "no better than noise" if place >= 1 else f"{share} of the way from real to noise{detail}"


def _beside_real(value: float, real: float) -> str:
    """A figure that has held-out works alone to stand beside."""
    if value == real:
        return "as for held-out real works"
    return f"{'more' if value > real else 'less'} than for held-out real works ({number(real)})"


def _card(name: str, figures: Sequence[Figure]) -> Card:
    ordered = sorted(figures, key=lambda figure: figure.label is not None)
    return Card(name, figures[0].help, figures[0].lower_is_better, [_measure(figure) for figure in ordered])


def _measure(figure: Figure) -> Measure:
    value = "-" if figure.value is None else number(figure.value)
    if figure.baselines:
        return Measure(None, value, "", None, _others(figure))
    return Measure(figure.label, value, verdict(figure), _bar(figure), None)


def _others(figure: Figure) -> list[tuple[str, str]]:
    known = [(name, value) for name, value in figure.baselines.items() if value is not None]
    rows = [("held-out truth", figure.real)] if figure.real is not None else []
    rows += sorted(known, key=lambda row: row[1], reverse=not figure.lower_is_better)
    return [(name, number(value)) for name, value in rows]


def _bar(figure: Figure) -> Bar | None:
    place = position(figure)
    if place is None or figure.real is None or figure.noise is None or figure.fault:
        return None
    return Bar(f"{100 * min(max(place, 0.0), 1.0):.1f}%", number(figure.real), number(figure.noise))
