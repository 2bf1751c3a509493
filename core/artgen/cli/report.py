"""``artgen report``: write the report page of a run anew."""

from __future__ import annotations

from pathlib import Path


def report(run: Path) -> None:
    """Write report.html of a run folder anew from the files in it.

    Parameters
    ----------
    run
        A run folder.
    """
    from artgen.errors import InputError
    from artgen.report.page import write_report

    if not (run / "config.toml").exists():
        raise InputError(f"{run}: not a run folder (no config.toml in it)")
    print(f"report: {write_report(run)}")
