"""Tables in Markdown, and the one of a run that changes works; shared by the benchmarks beside it."""

from __future__ import annotations

from collections.abc import Sequence

from artgen.runfolder.records import Figure


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def changes(figures: Sequence[Figure]) -> list[str]:
    """A row for each of the ``figures`` of ``quality.json``: the results, the truth, the simple ways to do the same."""
    ways = list(dict.fromkeys(way for figure in figures for way in figure.baselines))
    rows = []
    for figure in figures:
        values = [figure.value, figure.real, *(figure.baselines.get(way) for way in ways)]
        better = "lower" if figure.lower_is_better else "higher"
        rows.append([figure.name, *("-" if value is None else f"{value:.3g}" for value in values), better])
    return table(["", "results", "truth", *ways, "better"], rows)
