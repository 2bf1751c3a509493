"""The page of ``artgen explain``: where the discriminator looks, what carries a class, nearest items, the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.explain.units import Carried
from artgen.report.charts import draw
from artgen.report.curves import charts, current
from artgen.report.facts import show_guard
from artgen.report.media import Media
from artgen.report.page import CAP
from artgen.report.read import read_run
from artgen.report.render import render, write_page
from artgen.runfolder.title import title_of

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
    """All that was found.

    - ``units``: none where there are no two classes.
    - ``features``: the name of those that things are measured in.
    - ``near``: None without the training items.
    """

    seen: Sequence[Seen]
    units: Sequence[Carried]
    features: str
    near: Near | None
    lines: Sequence[str]


def write_explanation(folder: Path, found: Explanation) -> Path:
    """Write ``folder/explain.html``, one page that loads nothing. StorageError when it cannot be written."""
    run = read_run(folder)
    media = Media(folder, run.notes, CAP)
    name = run.notes.clean(title_of(folder)) or "run"
    looks = [{"name": item.name, "score": item.score, "picture": media.embed(item.picture)} for item in found.seen]
    near = None if found.near is None else {"sheet": media.embed(found.near.sheet), "works": found.near.works}
    path = folder / "explain.html"
    text = render(
        "explain.html",
        title=f"Why · {name} · artgen",
        name=name,
        looks=looks,
        units=found.units,
        features=found.features,
        near=near,
        history=[draw(chart) for chart in charts(current(run.reports)) if chart.title in _HISTORY],
        guard=show_guard(run.reports),
        lines=[run.notes.clean(line) for line in found.lines] + run.notes.lines,
    )
    write_page(path, text)
    return path
