"""``artgen verify``: is this file machine-made, and does it still say the truth?"""

from __future__ import annotations

from pathlib import Path


def verify(file: Path) -> None:
    """Look for the labels that artgen gives to everything it makes. Exit code 0: marked, 6: not marked, 7: altered.

    Parameters
    ----------
    file
        A picture, a sound or a film.
    """
    from artgen.errors import Altered, NotMarked
    from artgen.provenance.verify import verify as look

    verdict = look(file)
    if verdict.fields is not None:
        about = ", ".join(f"{name} {value}" for name, value in sorted(verdict.fields.items()) if name != "content")
        print("metadata:       " + "".join(c for c in about if c.isprintable()))
    else:
        print("metadata:       none of artgen")
    mark = verdict.mark
    if mark is None:
        print("invisible mark: could not be looked for")
    elif mark.found:
        print(f"invisible mark: found, {mark.z:.1f} standard deviations (mark from {mark.threshold}), "
              f"model hash begins with {mark.code:02x}")  # fmt: skip
    else:
        print(f"invisible mark: none ({mark.z:.1f} standard deviations, mark from {mark.threshold})")
    if not verdict.marked:
        raise NotMarked(f"{file}: not marked by artgen, which does not prove that it was made by hand")
    if verdict.altered:
        raise Altered(f"{file}: made by artgen and changed since: its content is not the one its metadata speaks of")
    print("marked: machine-made, by artgen")
