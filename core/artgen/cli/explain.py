"""``artgen explain``: why a run's networks do what they do, on one page."""

from __future__ import annotations

from pathlib import Path


def explain(run: Path, file: Path | None = None, *, data: Path | None = None, device: str = "auto") -> None:
    """Write explain.html into the run folder: where the discriminator looks and what says "fake" to it, which units of the
    generator carry which class, the training items nearest to works, and the history of collapse and diversity.

    Parameters
    ----------
    run
        A run folder.
    file
        A file of your own to look at, besides works of the run.
    data
        The training folder; needed where the prepared data has left the cache and the works have moved or changed.
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import stages
    from artgen.verbs.explain import explain_run
    from artgen.verbs.loaded import open_run

    opened = open_run(run, device)
    with stages(3) as stage:
        page, lines = explain_run(opened, file, data, stage)
    print("\n".join([*lines, f"page: {page}"]))
