"""``artgen slim``: the networks of a run alone, to be given to others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def slim(run: Annotated[Path, Parameter(name="RUN")], *, out: Path) -> None:
    """Write the networks of a run without what only resuming needs: a third of the size, to be sampled by others, to start their
    trainings from (--init), or to ship as the start of a plugin (Domain.start).

    Parameters
    ----------
    run
        A run folder, or a checkpoint file.
    out
        The file to write; none may be there.
    """
    from artgen.runfolder.locate import find_checkpoint
    from artgen.runfolder.slim import slim as write

    size = write(find_checkpoint(run), out)
    print(f"{size / 1e6:.1f} MB written to {out}")
