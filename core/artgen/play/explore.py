"""Explore a run: find, measure, rename and save directions, and show each on a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import InputError, StorageError, nearest
from artgen.sample.directions import Direction, between, check_name, find, latents_of, save_directions
from artgen.sample.words import parse_label, parse_seeds
from artgen.types import Ask

if TYPE_CHECKING:
    from torch import Tensor

    from artgen.play.run import Run
    from artgen.report.exploration import Strip

_FOUND = re.compile(r"[sp]\d+")  # the name of a direction that nobody has named yet


def explore_run(
    run: Run,
    count: int,
    seed: int,
    label: str | None,
    pairs: Sequence[str],
    renames: Sequence[str],
    amounts: Sequence[float],
) -> tuple[Path, list[Direction]]:
    """Write directions.safetensors and explore.html into the run folder; the page and the directions.

    ``pairs``: ``name=here:there``, groups of seeds or classes. ``renames``: ``old=new``, or ``old`` for the name that is
    suggested; with them, nothing is searched anew. Raises InputError for a run that is no folder, an unknown direction or a
    bad number."""
    from artgen.judge.effects import with_effects
    from artgen.judge.runs import judge_of
    from artgen.report.exploration import write_exploration

    if not run.folder.is_dir():
        raise InputError(f"artgen explore {run.folder}: is a checkpoint; give a run folder, directions are kept there")
    if not 1 <= count <= 50:
        raise InputError(f"--count {count}: give 1 to 50 directions of each kind")
    if not amounts or not all(abs(a) <= 20 for a in amounts):
        raise InputError("--amounts: give numbers from -20 to 20")
    run.model.check_latent()
    judge = judge_of(run.host, run.config, run.model)
    if renames or pairs:
        known = _renamed(run.directions(), renames)
        own = [_own(run, word) for word in pairs]
        kept = [d for d in known if d.name not in {o.name for o in own}]
        known = [*kept, *with_effects(run.model, judge, own)]
    else:
        mine = [d for d in _before(run) if not _FOUND.fullmatch(d.name)]  # what a person has named stays
        new = [d for d in find(run.model, count) if not any(_same(d, m) for m in mine)]
        known = [*with_effects(run.model, judge, new), *mine]
    save_directions(run.folder, known, run.fingerprint())
    strips = [_strip(run, direction, seed, label, amounts) for direction in known]
    return write_exploration(run.folder, strips, suggestions(known)), known


def suggestions(known: Sequence[Direction]) -> dict[str, str]:
    """A name for each direction that has none yet, by what it changes most; the one that changes it more gets the name."""
    found: dict[str, str] = {}
    taken = {direction.name for direction in known}
    offers = [(e.strength, d.name, e.name) for d in known if _FOUND.fullmatch(d.name) for e in d.effects]
    for strength, name, attribute in sorted(offers, reverse=True):
        new = re.sub(r"[^A-Za-z0-9]+", "-", attribute).strip("-")[:40]
        if strength > 0 and name not in found and new not in taken and re.match("[A-Za-z]", new):
            found[name] = new
            taken.add(new)
    return found


def _same(a: Direction, b: Direction) -> bool:
    """Whether two directions lie on one line."""
    return abs(float(a.vector @ b.vector / (a.vector.norm() * b.vector.norm()).clamp_min(1e-12))) > 0.999


def _before(run: Run) -> list[Direction]:
    """What was found before; nothing where that belongs to an earlier state of the run, which is the reason to search anew."""
    try:
        return run.directions()
    except InputError:
        return []


def _renamed(known: list[Direction], renames: Sequence[str]) -> list[Direction]:
    for word in renames:
        old, sign, new = (part.strip() for part in word.partition("="))
        names = [d.name for d in known]
        if old not in names:
            hint = nearest(old, names) if names else "none was found yet, run artgen explore without --rename"
            raise InputError(f"--rename {word}: write old=new; no direction is named {old}, {hint}")
        if not sign:
            new = suggestions(known).get(old, "")
            if not new:
                raise InputError(f"--rename {word}: nothing suggests a name for {old}; write {old}=name")
        if check_name(new) in names:
            raise InputError(f"--rename {word}: a direction named {new} exists already")
        known = [replace(d, name=new) if d.name == old else d for d in known]
    return known


def _own(run: Run, word: str) -> Direction:
    """``name=here:there`` to a direction."""
    name, _, groups = word.partition("=")
    here, colon, there = groups.partition(":")
    if not (name and here and colon and there):
        raise InputError(f"--between {word}: write name=here:there with seeds or classes, such as older=0,4,9:1,3,7")
    return between(run.model, name.strip(), _group(run, here.strip()), _group(run, there.strip()))


def _group(run: Run, words: str) -> Tensor:
    """Latents of seeds, or of many seeds of one class."""
    if words in run.labels:
        return latents_of(run.model, range(256), words)
    return latents_of(run.model, parse_seeds(words, None), None)


def _strip(run: Run, direction: Direction, seed: int, label: str | None, amounts: Sequence[float]) -> Strip:
    """Write the work at each amount into ``explore/<direction>``, as long as it was trained, which is what was measured."""
    from artgen.report.exploration import Strip

    folder, writer, notes = run.folder / "explore" / direction.name, run.writer(), run.notes()
    works = []
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for amount in amounts:
            edit = lambda w, a=amount: w + a * direction.vector.to(w)  # noqa: E731
            (made,) = run.model.samples([seed], parse_label(label), Ask(), edit=edit)
            stem = folder / f"{direction.name}{amount:+g}"
            paths = run.host.blame("artgen_writer", lambda m=made, s=stem: writer.write(m, s, notes))
            works.append((amount, [path.relative_to(run.folder).as_posix() for path in paths]))
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from None
    return Strip(direction, works)
