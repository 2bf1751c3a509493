"""``artgen compare``: runs side by side on one page."""

from __future__ import annotations

from pathlib import Path


def compare(
    *runs: Path,
    data: Path | None = None,
    against: Path | None = None,
    style: Path | None = None,
    count: int | None = None,
    out: Path = Path("compare.html"),
    device: str = "auto",
) -> None:
    """Put runs on one page: samples at equal seeds, reconstructions, figures, cost.

    Parameters
    ----------
    runs
        Two or more run folders or checkpoint files of one plugin.
    data
        The folder they were trained on; needed where the prepared data has left the cache and the works have moved or changed.
    against
        Judge all by the works of this folder instead.
    style
        The folder or file of the style, of runs of --task style; needed likewise.
    count
        Samples a class (default: what the domain finds right).
    out
        The page to write.
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import files
    from artgen.report.comparison import write_comparison
    from artgen.report.render import is_own_page
    from artgen.runtime.disk import refuse_foreign
    from artgen.verbs.compare import compare_runs
    from artgen.verbs.loaded import open_run

    refuse_foreign(out, "--out", "artgen compare", is_own_page)
    with files() as tell:
        rows = compare_runs([open_run(run, device) for run in runs], data, against, count, style, tell)
    print(f"comparison: {write_comparison(rows, out)}")
