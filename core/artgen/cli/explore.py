"""``artgen explore``: directions in a run's latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def explore(
    run: Path,
    *,
    count: int = 5,
    seed: int = 0,
    label: str | None = None,
    between: tuple[str, ...] = (),
    rename: tuple[str, ...] = (),
    amounts: Annotated[tuple[float, ...], Parameter(consume_multiple=True)] = (-3.0, -1.5, 0.0, 1.5, 3.0),
    device: str = "auto",
) -> None:
    """Find directions that change a work, measure what each changes, and show them on a page (explore.html).

    Parameters
    ----------
    run
        A run folder.
    count
        Directions of each kind.
    seed
        The work that is shown.
    label
        Its class.
    between
        A direction of your own from one group to another, as seeds or classes: older=0,4,9:1,3,7 or rockier=classical:rock;
        may be repeated.
    rename
        Give a direction that was found a name: s1=brighter, or s1 for the name that is suggested; may be repeated. Nothing is
        searched anew.
    amounts
        Standard deviations at which the work is shown.
    device
        auto, cpu, cuda or mps.
    """
    from artgen import play
    from artgen.play.explore import explore_run, suggestions

    opened = play.load(run, device)
    page, known = explore_run(opened, count, seed, label, between, rename, amounts)
    for direction in known:
        print(f"{direction.name:12} {direction.kind:10} {direction.effect or 'nothing clear'}")
    for old, new in suggestions(known).items():
        print(f"name: artgen explore {run} --rename {old}={new}")
    print(f"page: {page}\nmove: artgen sample {run} --move {known[0].name}=2")
