"""``artgen sample``: more works from a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def sample(
    run: Path,
    *,
    count: int | None = None,
    seeds: str | None = None,
    label: str | None = None,
    truncation: float = 1.0,
    seconds: float | None = None,
    loop: Annotated[bool, Parameter(negative=())] = False,
    fps: float | None = None,
    out: Path | None = None,
    device: str = "auto",
) -> None:
    """Make new works from a run. The same seed gives the same work.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    count
        How many (default 8).
    seeds
        Which, instead of --count: 0-15,99.
    label
        The class, or a mix of classes: rock or rock=0.5,classical=0.5. Without it the classes take turns.
    truncation
        1: full variety; towards 0: ever closer to the typical.
    seconds
        Length of a piece of music or a film.
    loop
        The end runs into the beginning without a seam.
    fps
        Frames a second of a film.
    out
        Folder to write to (default: a new folder in the run folder).
    device
        auto, cpu, cuda or mps.
    """
    from artgen import api
    from artgen.sample.words import parse_label, parse_seeds

    chosen = parse_seeds(seeds, count)
    weights = parse_label(label)
    opened = api.load(run, device)
    target = out or _fresh(opened.folder)
    opened.sample(chosen, label=weights, seconds=seconds, loop=loop, fps=fps, truncation=truncation, out=target)
    print(f"{len(chosen)} written to {target}")


def _fresh(folder: Path) -> Path:
    """``RUN/samples/made-<number>``, so that nothing made before is overwritten."""
    parent = (folder if folder.is_dir() else folder.parent) / "samples"
    number = 1
    while (parent / f"made-{number:03d}").exists():
        number += 1
    return parent / f"made-{number:03d}"
