"""``artgen evaluate``: how good a run is, beside what real data and noise would score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from artgen.runfolder.records import Quality


def evaluate(
    run: Path,
    *,
    data: str | None = None,
    against: Path | None = None,
    style: Path | None = None,
    count: int | None = None,
    features: str | None = None,
    allow_download: bool = False,
    out: Path | None = None,
    device: str = "auto",
) -> None:
    """Measure a run: FID, KID, precision, recall, density, coverage, copies, and the domain's own figures.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    data
        The folder or shards it was trained on; needed where the prepared data has left the cache and the works have moved or
        changed.
    against
        Judge by the works of another folder instead.
    style
        The folder or file of the style, of a run of --task style; needed likewise.
    count
        Samples a class, 8 to 50000 (default: what the domain finds right). More give a steadier figure.
    features
        What to look with instead of the domain's own: inception (pictures), i3d (films), or your own .onnx or TorchScript .pt
        file.
    allow_download
        Allow --features inception and i3d to download their weights.
    out
        JSON file to write (default: quality.json of the run folder, unless --against or --features is given).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import waiting
    from artgen.report.page import write_report
    from artgen.runfolder.folder import RunFolder
    from artgen.runfolder.records import Quality
    from artgen.runtime.disk import refuse_foreign, write_atomic
    from artgen.runtime.distributed import joined
    from artgen.verbs.evaluate import evaluate as measure
    from artgen.verbs.loaded import open_run

    if out is not None:
        refuse_foreign(out, "--out", "artgen evaluate", Quality.holds)
    with joined() as world:
        opened = open_run(run, device, world)
        usual = opened.folder.is_dir() and against is None and features is None
        folder = RunFolder(opened.folder)
        with waiting("measuring"):
            found = measure(
                opened,
                data=data,
                against=against,
                style=style,
                count=count,
                features=features,
                download=allow_download,
                out=folder.nearest if usual else None,
            )
        if not world.first:
            return
        _show(found)
        target = out or (folder.quality if usual else None)
        if target is not None:
            write_atomic(target, found.model_dump_json(indent=1).encode())
            print(f"written to {target}")
        if usual and out is None and folder.metrics.exists():
            print(f"report: {write_report(opened.folder)}")


def _show(found: Quality) -> None:
    """The figures as a table: name, value, its anchors, the baselines where there are any."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    others = list(dict.fromkeys(name for figure in found.figures for name in figure.baselines))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    anchors = ["truth"] if others else ["real held out", "noise"]
    for title in ("results" if others else "samples", *anchors, *others, "better"):
        table.add_column(title, justify="right", no_wrap=True)
    for figure in found.figures:
        values = [figure.value, figure.real, *([] if others else [figure.noise])]
        values += [figure.baselines.get(other) for other in others]
        numbers = ["-" if value is None else f"{value:.4g}" for value in values]
        name = " ".join(word for word in (figure.name, figure.label) if word)
        table.add_row(Text(name), *numbers, "lower" if figure.lower_is_better else "higher")
    console = Console(highlight=False)
    width = console.measure(table).maximum
    Console(highlight=False, width=max(width, console.width)).print(table)
    print(f"{found.items} works, seen by {found.features}\n{found.note}")
    if found.warning:
        print(f"artgen: warning: {found.warning} --features FILE takes others.", file=sys.stderr)
