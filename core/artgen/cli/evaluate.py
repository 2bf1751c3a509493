"""``artgen evaluate``: how good a run is, beside what real data and noise would score."""

from __future__ import annotations

from pathlib import Path
from typing import Any


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
        The folder or shards it was trained on; needed when its prepared form is no longer in the cache.
    against
        Judge by the works of another folder instead.
    style
        The folder or file of the style, of a run of --task style; needed when its prepared form is no longer in the cache.
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
    import json

    from artgen import play
    from artgen.disk import write_atomic
    from artgen.report.page import write_report
    from artgen.runfolder import RunFolder
    from artgen.train.world import joined

    with joined() as world:
        opened = play.load(run, device, world)
        usual = opened.folder.is_dir() and against is None and features is None
        folder = RunFolder(opened.folder)
        found = opened.evaluate(
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
        print(_table(found))
        target = out or (folder.quality if usual else None)
        if target is not None:
            write_atomic(target, json.dumps(found, indent=1).encode())
            print(f"written to {target}")
        if usual and out is None and folder.metrics.exists():
            print(f"report: {write_report(opened.folder)}")


def _table(found: dict[str, Any]) -> str:
    """The figures as text: name, value, its anchors, the baselines where there are any."""
    figures = found["figures"]
    others = list(dict.fromkeys(name for figure in figures for name in figure["baselines"]))
    anchors = ["real"] if others else ["real", "noise"]
    titles = {"real": "truth" if others else "real held out", "noise": "noise"}
    rows = [["", "results" if others else "samples", *(titles[key] for key in anchors), *others, "better"]]
    for figure in figures:
        name = figure["name"] + (f" {figure['label']}" if figure["label"] else "")
        better = "lower" if figure["lower_is_better"] else "higher"
        values = [figure["value"], *(figure[key] for key in anchors), *(figure["baselines"].get(o) for o in others)]
        rows.append([name, *("-" if value is None else f"{value:.4g}" for value in values), better])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        row[0].ljust(widths[0]) + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    return "\n".join([*lines, f"{found['items']} works, seen by {found['features']}", found["note"]])
