"""``artgen export``: a run as one page that plays anywhere, or as networks for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from artgen.cli.parse import refuse_clashes

if TYPE_CHECKING:
    from artgen.export.record import NetworkRecord

_OF_THE_PAGE: tuple[str, ...] = ("title", "by", "license", "note", "seeds")


def export(
    run: Path,
    *,
    out: Path | None = None,
    onnx: Path | None = None,
    title: str | None = None,
    by: str = "",
    license: str = "",  # noqa: A002 -- its flag
    note: str = "",
    seeds: str | None = None,
    layers: Literal["atlas", "live", "auto"] = "auto",
    device: str = "auto",
) -> None:
    """Write a run as one page: works, sliders, a walk. It opens from disk or any web space, without a network.

    With --onnx its networks instead, for other programs: ONNX graphs that were compared with PyTorch, a JSON file that describes
    them, and a program and a page that play them without artgen. With both flags both.

    The works that were starred in the studio come first. What the sliders and the pad show was rendered ahead.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    out
        The page (default: export.html in the run folder).
    onnx
        Folder for the networks as ONNX (needs artgen-suite[export]).
    title
        Its title (default: the name of the run folder).
    by
        Who publishes it.
    license
        License of the works, in your own words.
    note
        A few sentences that stand below the title.
    seeds
        Works to show: 0-15,99 (default: as many as suit the medium).
    layers
        atlas: what was rendered ahead; live: the page also makes works itself, of any seed (needs artgen-suite[export]); auto:
        live where that is possible.
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import waiting
    from artgen.cli.parse import parse_seeds
    from artgen.verbs.export import Words
    from artgen.verbs.loaded import open_run
    from artgen.verbs.publish import export_run

    if onnx is not None and out is None:
        needs = dict.fromkeys(_OF_THE_PAGE, ("out", "is of the page; --out PAGE.html writes one too"))
        refuse_clashes({name: value or None for name, value in locals().items()}, (), needs)
    chosen = None if seeds is None else parse_seeds(seeds, None, 0)
    opened = open_run(run, device)
    said: list[str] = []  # after the bar, which a line would break
    with waiting("rendering works and writing them"):
        done = export_run(opened, out, onnx, Words(title, by, license, note), chosen, layers, said.append)
    for line in said:
        print(line)
    if onnx is not None and done.networks is not None:
        _tell(done.networks, onnx)
    if done.page is not None:
        size = done.page.stat().st_size / 1e6
        print(f"{done.page} written, {size:.1f} MB: open it by a double click, or put it on any web space")


def _tell(record: NetworkRecord, folder: Path) -> None:
    """What was written, and how far it is from PyTorch."""
    for row in record.differences:
        print(
            f"{row.case}: {row.works} works, largest difference {row.largest:g}, mean {row.mean:g} {record.unit}, "
            f"{row.beyond:.2%} of the values beyond what is allowed"
        )
    files = ", ".join(graph.file for graph in record.graphs)
    print(
        f"{files} written to {folder}, {record.batch} work{'s' if record.batch == 'any' else ''} at a time: {record.work.how}"
    )
    page = f", or open {folder / 'play.html'}" if record.work.medium != "values" else ""
    print(f"play it without artgen: python {folder / 'play.py'} --seed 7{page}")
