"""``artgen get``: a run that somebody shared."""

from __future__ import annotations

from pathlib import Path


def get(place: str, *, out: Path | None = None) -> None:
    """Bring a shared run here and check every file of it. Nothing of it runs, and no plugin is installed.

    Parameters
    ----------
    place
        Where it lies: a folder, an address (https://...), or hf:USER/NAME on Hugging Face, hf:USER/NAME@REVISION.
    out
        The run folder (default: runs/NAME).
    """
    from artgen.cli.bars import waiting
    from artgen.host import discover
    from artgen.runfolder.fetch import get as bring
    from artgen.runfolder.fetch import name_of
    from artgen.runtime.typed import typed

    target = out or Path("runs") / name_of(place)
    with waiting("bringing it here and checking it"):
        card = bring(place, target)
    for line in card.lines():
        print(line)
    print(f"{len(card.files)} files, {card.size / 1e6:.1f} MB, checked and written to {target}")
    if card.plugin not in {found.name for found in discover()}:
        print(
            f"plugin {card.plugin} is not installed here; who shares this says it comes from {card.distribution}. If you trust "
            f"that package: pip install {card.distribution}"
        )
        return
    print(f"play it: {typed('artgen', 'sample', target)}, or {typed('artgen', 'studio', target)}")
