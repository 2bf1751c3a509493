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
    from artgen.cli.bars import waiting
    from artgen.cli.parse import parse_group, parse_label, parse_renames
    from artgen.errors import InputError
    from artgen.runtime.typed import typed
    from artgen.verbs.explore import Between, explore_run, suggestions
    from artgen.verbs.loaded import open_run

    opened = open_run(run, device)
    pairs = []
    for word in between:
        name, _, groups = word.partition("=")
        here, colon, there = groups.partition(":")
        if not (name and here and colon and there):
            raise InputError(
                "write name=here:there with seeds or classes, such as older=0,4,9:1,3,7", at="--between", value=word
            )
        pairs.append(Between(name.strip(), *(parse_group(word, side.strip(), opened.labels) for side in (here, there))))
    weights, renames = parse_label(label, opened.labels), parse_renames(rename)
    with waiting("looking for directions"):
        page, known = explore_run(
            opened, count=count, seed=seed, weights=weights, pairs=pairs, renames=renames, amounts=amounts
        )
    for direction in known:
        print(f"{direction.name:12} {direction.kind:10} {direction.effect or 'nothing clear'}")
    for old, new in suggestions(known).items():
        print(f"name: {typed('artgen', 'explore', run, '--rename', f'{old}={new}')}")
    print(f"page: {page}\nmove: {typed('artgen', 'sample', run, '--move', f'{known[0].name}=2')}")
