"""``artgen verify``: is this file machine-made, and does it still say the truth?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artgen.provenance.manifest import Claim
    from artgen.provenance.verify import Verdict


def verify(file: Path, *more: Path, run: Path | None = None) -> None:
    """Look for the labels that artgen gives to everything it makes. Exit code 0: marked, 6: not marked, 7: altered. Of several
    files, the code is that of the first that is not marked or altered.

    Parameters
    ----------
    file
        A picture, a sound, a film or a page.
    more
        More of them.
    run
        Ask as well whether this run, or checkpoint, made the file; 7 when its label names another model.
    """
    from artgen.errors import ArtgenError

    worst: ArtgenError | None = None
    for each in (file, *more):
        if more:
            print(f"{each}:")
        try:
            _verify(each, run)
        except ArtgenError as error:
            worst = worst or error
            if more:
                print(error)
    if worst is not None:
        raise worst


def _verify(file: Path, run: Path | None) -> None:
    from artgen.errors import Altered, NotMarked
    from artgen.provenance.verify import verify as look

    verdict = look(file)
    print("\n".join(_lines(verdict)))
    if not verdict.marked and not verdict.altered:
        raise NotMarked(f"{file}: not marked by artgen, which does not prove that it was made by hand")
    if verdict.altered:
        raise Altered(f"{file}: changed since it was made: {verdict.altered}")
    if run is not None:
        _compare(file, verdict, run)
    print("marked: machine-made, by artgen")


def _lines(verdict: Verdict) -> list[str]:
    """What was found, a line for each kind of label."""
    about = "none of artgen"
    if verdict.fields is not None:
        told = (f"{name} {value}" for name, value in sorted(verdict.fields.items()) if name != "content")
        about = "".join(c for c in ", ".join(told) if c.isprintable())
    mark = verdict.mark
    if mark is None:
        seen = "could not be looked for"
    elif mark.found:
        seen = f"found, {mark.z:.1f} standard deviations (mark from {mark.threshold}), model hash begins with {mark.code:02x}"
    else:
        seen = f"none ({mark.z:.1f} standard deviations, mark from {mark.threshold})"
    lines = [f"metadata:       {about}", f"invisible mark: {seen}"]
    if verdict.claim is not None:
        lines.append(f"C2PA manifest:  {_about(verdict.claim)}")
    return lines


def _about(claim: Claim) -> str:
    if claim.sound is None:
        return "there is one; to check it: pip install 'artgen-suite[provenance]'"
    if not claim.sound:
        return f"does not fit the file ({', '.join(claim.problems) or 'invalid'})"
    who = "your own certificate" if claim.mine else f"{claim.signer} (nobody vouches for this name)"
    told = "".join(f", {name} {value}" for name, value in sorted(claim.fields.items()))
    what = "machine-made" if claim.made else "does not say machine-made"
    line = f"valid, {what}, by {claim.generator or 'an unnamed program'}{told}, signed with {who}"
    return "".join(c for c in line if c.isprintable())


def _compare(file: Path, verdict: Verdict, run: Path) -> None:
    """Say that the run made the file. Raises Altered when its label names another model, InputError when it names none."""
    from artgen.errors import Altered, InputError
    from artgen.verbs.loaded import open_run

    mine, theirs = open_run(run, "cpu").fingerprint(), verdict.model
    if theirs is None:
        raise InputError(f"{file}: marked, but its label names no model, so it cannot be compared with {run}")
    if not mine.startswith(theirs):
        raise Altered(f"{file}: its label names model {theirs}, and {run} is model {mine}: made by another model, or by an "
                      "earlier state of this run")  # fmt: skip
    sure = "" if len(theirs) > 2 else ", as far as the mark says: 1 in 256 other models has the same two digits"
    print(f"model:          {theirs}, that of {run}{sure}")
