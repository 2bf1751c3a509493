"""Training curves as inline SVG, legible without scripts; the points travel along for the hover read-out."""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from artgen.report.curves import Bucket, Chart
from artgen.report.markup import Markup, join, tag
from artgen.report.words import duration, number, short

_WIDTH, _HEIGHT = 360, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 350, 10, 174


@dataclass(frozen=True)
class Scale:
    """Values to pixels, linear or logarithmic."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        return round(self.start + (self.end - self.start) * ((value / 2 - low / 2) / (high / 2 - low / 2)), 1)

    def ticks(self) -> list[float]:
        """Three to six round values inside the range."""
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            return [10.0**power for power in range(first, last + 1, (last - first) // 6 + 1)]
        raw = (self.high / 4) - (self.low / 4)
        unit = 10.0 ** math.floor(math.log10(raw))
        step = next((unit * size for size in (1, 2, 2.5, 5) if unit * size >= raw), unit * 10)
        first = math.ceil(self.low / step - 1e-9)
        return [step * i for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def chart_figure(chart: Chart) -> Markup:
    """One chart with its title, legend and explanation."""
    across, up = _scales(chart.buckets)
    detail = " (log scale)" if up.log else ""
    legend = tag("ul", *(_legend(i, name, chart.last[i]) for i, name in enumerate(chart.names)), class_="legend")
    return tag(
        "figure",
        tag("figcaption", tag("h3", chart.title + detail), tag("p", chart.help, class_="help"), legend),
        _svg(chart, across, up),
        tag("p", f"At {_moment(chart.buckets[-1])}", class_="moment", aria_live="polite"),
        class_="chart",
        data_points=_points(chart, across),
    )


def _legend(index: int, name: str, last: float) -> Markup:
    line = tag("line", x1=0, y1=5, x2=22, y2=5, class_=f"line s{index}")
    swatch = tag("svg", line, width=22, height=10, viewBox="0 0 22 10", aria_hidden="true")
    return tag("li", swatch, name, " ", tag("b", number(last)))


def _scales(buckets: Sequence[Bucket]) -> tuple[Scale, Scale]:
    points = [point for bucket in buckets for point in bucket.points if point is not None]
    low, high = min(point.low for point in points), max(point.high for point in points)
    middle = statistics.median(point.mean for point in points)
    log = low > 0 and high / 50 > middle  # spikes would flatten everything else
    if not log:
        low, high = _padded(low, high)
    return Scale(0, max(buckets[-1].seen, 1), _LEFT, _RIGHT), Scale(low, high, _BOTTOM, _TOP, log)


def _padded(low: float, high: float) -> tuple[float, float]:
    """A range with some air; zero is the floor of values that come near it and never fall below."""
    span = high / 2 - low / 2 or max(abs(high), 1e-6) / 4
    floor = 0.0 if 0 <= low < span else low - 0.12 * span
    return max(floor, -sys.float_info.max), min(high + 0.12 * span, sys.float_info.max)


def _svg(chart: Chart, across: Scale, up: Scale) -> Markup:
    curves = [part for index in range(len(chart.names)) for part in _curve(chart.buckets, index, across, up)]
    cursor = tag("line", x1=0, x2=0, y1=_TOP, y2=_BOTTOM, class_="cursor", visibility="hidden")
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    return tag("svg", *_grid(across, up), *curves, cursor, viewBox=box, role="img", aria_label=_summary(chart))


def _grid(across: Scale, up: Scale) -> list[Markup]:
    parts = []
    for value in up.ticks():
        parts.append(tag("line", x1=_LEFT, x2=_RIGHT, y1=up(value), y2=up(value), class_="grid"))
        parts.append(tag("text", short(value), x=_LEFT - 6, y=up(value) + 4, text_anchor="end"))
    for value in across.ticks():
        if value >= 0 and value == int(value):
            anchor = "end" if across(value) > _RIGHT - 12 else "middle"
            parts.append(tag("text", short(value), x=min(across(value), _RIGHT), y=_BOTTOM + 17, text_anchor=anchor))
    return parts


def _curve(buckets: Sequence[Bucket], index: int, across: Scale, up: Scale) -> list[Markup]:
    """Band, line and lone dots of one curve; it is broken where it has no value."""
    parts: list[Markup] = []
    for piece in _pieces(buckets, index):
        xs = [across(seen) for seen, _, _, _ in piece]
        line = [f"{x},{up(mean)}" for x, (_, mean, _, _) in zip(xs, piece, strict=True)]
        high = [f"{x},{up(high)}" for x, (_, _, _, high) in zip(xs, piece, strict=True)]
        low = [f"{x},{up(low)}" for x, (_, _, low, _) in zip(xs, piece, strict=True)]
        if low != high:
            parts.append(tag("polygon", points=" ".join([*high, *reversed(low)]), class_=f"band s{index}"))
        if len(piece) == 1:
            parts.append(tag("circle", cx=xs[0], cy=up(piece[0][1]), r=3, class_=f"dot s{index}"))
        else:
            parts.append(tag("polyline", points=" ".join(line), class_=f"line s{index}"))
    return parts


def _pieces(buckets: Sequence[Bucket], index: int) -> list[list[tuple[float, float, float, float]]]:
    """Runs of neighboring buckets that have a value: ``(seen, mean, low, high)``."""
    pieces: list[list[tuple[float, float, float, float]]] = [[]]
    for bucket in buckets:
        point = bucket.points[index]
        if point is not None:
            pieces[-1].append((bucket.seen, point.mean, point.low, point.high))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _summary(chart: Chart) -> str:
    """The chart in words, for those who do not see it."""
    words = []
    for index, name in enumerate(chart.names):
        points = [bucket.points[index] for bucket in chart.buckets]
        values = [point for point in points if point is not None]
        low, high = number(min(p.low for p in values)), number(max(p.high for p in values))
        words.append(
            f"{name} from {number(values[0].mean)} to {number(chart.last[index])}, lowest {low}, highest {high}"
        )
    return f"{chart.title} over {chart.buckets[-1].seen:,.0f} items: {'; '.join(words)}."


def _points(chart: Chart, across: Scale) -> str:
    """What the read-out shows: pixel, moment and values of each bucket."""
    rows = [
        [
            across(bucket.seen),
            _moment(bucket),
            *("-" if point is None else number(point.mean) for point in bucket.points),
        ]
        for bucket in chart.buckets
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _moment(bucket: Bucket) -> str:
    return f"{bucket.seen:,.0f} items, {duration(bucket.seconds)}"


def table(all_charts: Sequence[Chart]) -> Markup:
    """Last, lowest and highest value of every curve."""
    heads = ("Curve", "last", "lowest", "highest")
    rows = []
    for chart in all_charts:
        for index, name in enumerate(chart.names):
            points = [p for p in (bucket.points[index] for bucket in chart.buckets) if p is not None]
            cells = (number(chart.last[index]), number(min(p.low for p in points)), number(max(p.high for p in points)))
            title = chart.title if len(chart.names) == 1 else f"{chart.title}: {name}"
            rows.append(tag("tr", tag("th", title, scope="row"), *(tag("td", cell) for cell in cells)))
    head = tag("thead", tag("tr", *(tag("th", word, scope="col") for word in heads)))
    return tag("div", tag("table", head, tag("tbody", join(rows))), class_="wide")
