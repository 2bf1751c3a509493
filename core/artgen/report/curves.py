"""Reports of a training as the points of curves: replaced rows dropped, long runs gathered into few buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from artgen.contract.observer import Stats

COUNTERS = ("skipped_steps", "rollbacks", "collapses")  # told in words by the guard's section
MOST_OTHERS = 40  # charts of metrics that a plugin brings: a page of thousands neither loads nor is read
_BUCKETS = 160


@dataclass(frozen=True)
class Group:
    """Curves that share one chart: metric name -> name in the legend."""

    title: str
    help: str
    names: dict[str, str]


GROUPS = (
    Group(
        "Losses",
        "The two networks play against each other: balance matters, not a fall to zero.",
        {"loss_g": "generator", "loss_d": "discriminator"},
    ),
    Group(
        "Discriminator margin",
        "How far apart the discriminator rates real and generated works; near zero it cannot tell them apart.",
        {"d_margin": "margin"},
    ),
    Group(
        "Discriminator certainty",
        "Share of real works rated as real minus those rated as generated; near one it learns the data by heart.",
        {"d_sign": "certainty"},
    ),
    Group(
        "Diversity",
        "How much works differ among themselves; a fall of the generated ones towards zero is a collapse.",
        {"diversity": "generated", "diversity_real": "real"},
    ),
    Group(
        "Fixed pattern",
        "Fine marks that all samples have at the same places and real works do not (pattern_weight); near zero there are none.",
        {"pattern": "pattern"},
    ),
    Group(
        "Augmentation",
        "Strength of the random changes that keep the discriminator from learning the data by heart.",
        {"augment": "strength"},
    ),
    Group(
        "Gradient norms",
        "Size of the training steps; the guard skips or undoes those that explode.",
        {"grad_norm_g": "generator", "grad_norm_d": "discriminator"},
    ),
    Group("Speed", "Training items per second.", {"items_per_second": "items per second"}),
)


@dataclass(frozen=True)
class Point:
    """Mean, lowest and highest value of the reports in one bucket."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Bucket:
    """Neighboring reports as one, at the moment of the last. ``points``: one per curve, None where it has no value."""

    seen: float
    seconds: float
    points: tuple[Point | None, ...]


@dataclass(frozen=True)
class Chart:
    """A chart ready to draw.

    - ``reports``: how many there were before gathering.
    - ``last``: last value of each curve.
    """

    title: str
    help: str
    names: tuple[str, ...]
    buckets: tuple[Bucket, ...]
    reports: int
    last: tuple[float, ...]


def current(reports: Sequence[Stats]) -> list[Stats]:
    """The reports that still hold: a resume from an earlier moment replaces those at and after it."""
    kept: list[Stats] = []
    for report in reports:
        while kept and kept[-1].seen >= report.seen:
            kept.pop()
        kept.append(report)
    return kept


def other_metrics(reports: Sequence[Stats]) -> list[str]:
    """Names of the metrics that no group holds, sorted."""
    known = {name for group in GROUPS for name in group.names}
    return sorted({name for report in reports for name in report.values} - known - set(COUNTERS))


def charts(reports: Sequence[Stats]) -> list[Chart]:
    """All charts that have a value: the known groups first, then MOST_OTHERS other metrics, each on its own."""
    groups = [*GROUPS, *(Group(name.replace("_", " ").capitalize(), "", {name: name})
                         for name in other_metrics(reports)[:MOST_OTHERS])]  # fmt: skip
    made = [_chart(group, reports) for group in groups]
    return [chart for chart in made if chart is not None]


def _chart(group: Group, reports: Sequence[Stats]) -> Chart | None:
    names = [name for name in group.names if any(name in report.values for report in reports)]
    rows = [report for report in reports if any(name in report.values for name in names)]
    if not rows:
        return None
    amount = min(len(rows), _BUCKETS)
    edges = [len(rows) * i // amount for i in range(amount + 1)]
    buckets = tuple(_bucket(rows[a:b], names) for a, b in pairwise(edges))
    last = tuple([row.values[name] for row in rows if name in row.values][-1] for name in names)
    return Chart(group.title, group.help, tuple(group.names[name] for name in names), buckets, len(rows), last)


def _bucket(rows: Sequence[Stats], names: Sequence[str]) -> Bucket:
    points: list[Point | None] = []
    for name in names:
        values = [row.values[name] for row in rows if name in row.values]
        mean = sum(value / len(values) for value in values)  # divided first: a sum of huge values overflows
        points.append(Point(mean, min(values), max(values)) if values else None)
    return Bucket(rows[-1].seen, rows[-1].seconds, tuple(points))
