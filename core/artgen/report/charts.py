"""Training curves as the coordinates of an SVG drawing (templates/charts.html)."""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from artgen.report.curves import Bucket, Chart
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


@dataclass(frozen=True)
class Piece:
    """A part of the curve number ``curve`` without gaps: ``band`` and ``line`` as points of SVG, or a lone ``dot`` (x, y)."""

    curve: int
    band: str
    line: str
    dot: tuple[float, float] | None


@dataclass(frozen=True)
class Drawing:
    """A chart in pixels.

    - ``legend``: name and last value of each curve.
    - ``rows``: y and text of each horizontal line of the grid.
    - ``columns``: x, anchor and text of each tick below.
    - ``summary``: the chart in words.
    - ``points``: JSON of what the read-out shows.
    - ``moment``: the last moment in words.
    """

    title: str
    help: str
    legend: Sequence[tuple[str, str]]
    rows: Sequence[tuple[float, str]]
    columns: Sequence[tuple[float, str, str]]
    pieces: Sequence[Piece]
    summary: str
    points: str
    moment: str
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM


def draw(chart: Chart) -> Drawing:
    """The chart with its grid, curves, legend and explanation."""
    across, up = _scales(chart.buckets)
    return Drawing(
        title=chart.title + (" (log scale)" if up.log else ""),
        help=chart.help,
        legend=[(name, number(last)) for name, last in zip(chart.names, chart.last, strict=True)],
        rows=[(up(value), short(value)) for value in up.ticks()],
        columns=_columns(across),
        pieces=[piece for index in range(len(chart.names)) for piece in _curve(chart.buckets, index, across, up)],
        summary=_summary(chart),
        points=_points(chart, across),
        moment=_moment(chart.buckets[-1]),
    )


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


def _columns(across: Scale) -> list[tuple[float, str, str]]:
    ticks = [value for value in across.ticks() if value >= 0 and value == int(value)]
    anchors = ["end" if across(value) > _RIGHT - 12 else "middle" for value in ticks]
    return [(min(across(v), _RIGHT), anchor, short(v)) for v, anchor in zip(ticks, anchors, strict=True)]


def _curve(buckets: Sequence[Bucket], index: int, across: Scale, up: Scale) -> list[Piece]:
    """Band, line and lone dots of one curve; it is broken where it has no value."""
    found = []
    for piece in _pieces(buckets, index):
        xs = [across(seen) for seen, _, _, _ in piece]
        line = [f"{x},{up(mean)}" for x, (_, mean, _, _) in zip(xs, piece, strict=True)]
        high = [f"{x},{up(high)}" for x, (_, _, _, high) in zip(xs, piece, strict=True)]
        low = [f"{x},{up(low)}" for x, (_, _, low, _) in zip(xs, piece, strict=True)]
        band = " ".join([*high, *reversed(low)]) if low != high else ""
        found.append(Piece(index, band, " ".join(line), (xs[0], up(piece[0][1])) if len(piece) == 1 else None))
    return found


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


def table(all_charts: Sequence[Chart]) -> list[tuple[str, str, str, str]]:
    """Name, last, lowest and highest value of every curve."""
    rows = []
    for chart in all_charts:
        for index, name in enumerate(chart.names):
            points = [p for p in (bucket.points[index] for bucket in chart.buckets) if p is not None]
            low, high = min(p.low for p in points), max(p.high for p in points)
            title = chart.title if len(chart.names) == 1 else f"{chart.title}: {name}"
            rows.append((title, number(chart.last[index]), number(low), number(high)))
    return rows
