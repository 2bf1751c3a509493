"""Presets of one plugin at equal wall-clock: ``python benchmarks/quality.py image tiny dcgan stylegan vae --budget 4m``.

Trains them one after the other on the same data, with the same seed, budget and judge, from nothing, and prints figures and
cost, each figure beside its anchors. The runs and the comparison page (compare.html) stay in ``--out`` to be looked at.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tables import table

import artgen
from artgen.report.comparison import ComparedRun, write_comparison
from artgen.verbs.compare import compare_runs
from artgen.verbs.plan import SCRATCH

RECONSTRUCT = ("vae", "autoencoder")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plugin")
    parser.add_argument("presets", nargs="+")
    parser.add_argument("--budget", default="4m")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--out", type=Path, default=Path("runs/quality"))
    words = parser.parse_args()
    runs = [_train(words, preset) for preset in words.presets]
    rows = compare_runs(runs, None, None, words.count)
    write_comparison(rows, words.out / "compare.html")
    print("\n".join(_table(rows)))
    print(
        "\nItems a second: of whole runs, by the clock; steps alone, and undisturbed, are faster (benchmarks/models.py)."
    )


def _train(words: argparse.Namespace, preset: str) -> artgen.Run:
    task = "reconstruct" if preset in RECONSTRUCT else "generate"
    run = artgen.run(
        words.plugin,
        preset=preset,
        task=task,
        budget=words.budget,
        seed=words.seed,
        init=SCRATCH,
        out=words.out / preset,
    )
    print(f"{preset}: {run.seen} items in {run.seconds:.0f} s", flush=True)
    return run


def _table(rows: list[ComparedRun]) -> list[str]:
    lines = [[key, *(row.cost[key] for row in rows), "", ""] for key in rows[0].cost]
    found = [{(f.name, f.label or "all"): f for f in row.figures.figures} for row in rows]
    for key in dict.fromkeys(key for figures in found for key in figures):
        values = [f"{figures[key].value:.3g}" if key in figures else "-" for figures in found]
        anchors = next(figures[key] for figures in found if key in figures)
        lines.append(
            [
                " ".join(key),
                *values,
                *("-" if anchor is None else f"{anchor:.3g}" for anchor in (anchors.real, anchors.noise)),
            ]
        )
    return table(["", *(row.name for row in rows), "held-out real", "noise"], lines)


if __name__ == "__main__":
    main()
