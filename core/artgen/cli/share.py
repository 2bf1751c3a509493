"""``artgen share``: a run as a folder or a repository that others can play."""

from __future__ import annotations

import sys
from pathlib import Path


def share(
    run: Path,
    *,
    to: str,
    license: str | None = None,  # noqa: A002 -- its flag
    about_data: str | None = None,
    title: str | None = None,
    by: str = "",
    note: str = "",
    device: str = "auto",
) -> None:
    """Write a run for others: slim weights, directions, favorites, a gallery, a model card, the page of artgen export.

    No training item is in it, and nothing that was projected from works of your own. What only you can say is asked: the license,
    and what the run was trained on.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    to
        A folder, to be put on any web space; or hf:USER/NAME, a repository of Hugging Face (needs artgen-suite[hub]).
    license
        License of weights and works, in your own words.
    about_data
        What it was trained on, and by what right, in your own words.
    title
        Its title (default: the name of the run folder).
    by
        Who shares it.
    note
        A few sentences about it.
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import waiting
    from artgen.report.model_card import warn_copies
    from artgen.runfolder.fetch import place_of
    from artgen.runtime.typed import typed
    from artgen.verbs.export import Words
    from artgen.verbs.loaded import open_run
    from artgen.verbs.publish import share_run
    from artgen.verbs.share import Statement, quality_of

    place_of(to)  # a wrong name is said before anything is made
    opened = open_run(run, device)
    words = Words(title, by, _asked(license, "license", "License of weights and works"), note)
    said = Statement(words, _asked(about_data, "about-data", "What was it trained on, and by what right"))
    if warning := warn_copies(quality_of(opened.home)):
        print(f"artgen: warning: {warning}", file=sys.stderr)
    with waiting("making works, the page and the card"):
        card, where = share_run(opened, to, said)
    size = f"{len(card.files)} files, {card.size / 1e6:.1f} MB"
    if to.startswith("hf:"):
        print(f"{size}: {where}\nothers play it: {typed('artgen', 'sample', to)}")
    else:
        print(f"{size}, written to {to}: for any web space, or to be given away")
        print(f"others play it: {typed('artgen', 'get', to)} --out runs/theirs")


def _asked(value: str | None, flag: str, question: str) -> str:
    """What only the artist can say: the flag, or the answer of who sits at the terminal."""
    if value is not None or not (sys.stdin and sys.stdin.isatty()):
        return value or ""
    try:
        return input(f"{question}? (--{flag}) ")
    except EOFError:
        return ""
