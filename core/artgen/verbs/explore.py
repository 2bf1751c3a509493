"""Explore a run: find, measure, rename and save directions, and show each on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from artgen.errors import InputError, nearest
from artgen.inference.directions import Direction, between, check_name, find, latents_of, save_directions
from artgen.inference.latent import render, seed_latent
from artgen.judge.effects import with_effects
from artgen.judge.judging import judge_of
from artgen.report.exploration import Strip, write_exploration
from artgen.runtime.disk import empty_folder
from artgen.verbs.loaded import LoadedRun

_FOUND = re.compile(r"[sp]\d+")  # the name of a direction that nobody has named yet

_MOST_SEEDS = 10_000  # of one side of a direction


@dataclass(frozen=True)
class Between:
    """A direction of a person's own: from the mean of one group to that of another. A group is a class, or seeds."""

    name: str
    here: str | Sequence[int]
    there: str | Sequence[int]


def explore_run(
    run: LoadedRun,
    *,
    count: int = 5,
    seed: int = 0,
    weights: Mapping[str, float] | None = None,
    pairs: Sequence[Between] = (),
    renames: Mapping[str, str | None] | None = None,
    amounts: Sequence[float] = (-3.0, -1.5, 0.0, 1.5, 3.0),
) -> tuple[Path, list[Direction]]:
    """Write directions.safetensors and explore.html into the run folder; the page and the directions.

    - ``count``: directions of each kind.
    - ``seed``, ``weights``: the work that is shown, and its classes.
    - ``pairs``: directions of one's own.
    - ``renames``: old names to new ones, None: the name that is suggested; with them, nothing is searched anew.
    - ``amounts``: standard deviations at which the work is shown.

    Raises InputError for a run that is no folder, an unknown direction or a bad number.
    """
    run.needs_folder("explore", "directions are")
    if not 1 <= count <= 50:
        raise InputError("give 1 to 50 directions of each kind", at="--count", value=count)
    if not 0 <= seed < 2**63:
        raise InputError("give a number from 0 to 2**63 - 1", at="--seed", value=seed)
    if not amounts or not all(abs(a) <= 20 for a in amounts):
        raise InputError("give numbers from -20 to 20", at="--amounts")
    run.model.check_latent()
    judge = judge_of(run.host, run.config, run.model)
    if renames or pairs:
        known = _renamed(run.directions(), renames or {})
        own = [between(run.model, p.name, _group(run, p.here), _group(run, p.there)) for p in pairs]
        kept = [d for d in known if d.name not in {o.name for o in own}]
        known = [*kept, *with_effects(run.model, judge, own)]
    else:
        mine = [d for d in run.current_directions() if not _FOUND.fullmatch(d.name)]  # what a person has named stays
        new = [d for d in find(run.model, count) if not any(_same(d, m) for m in mine)]
        known = [*with_effects(run.model, judge, new), *mine]
    save_directions(run.folder, known, run.fingerprint())
    strips = [_strip(run, direction, seed, weights, amounts) for direction in known]
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


def _renamed(known: list[Direction], renames: Mapping[str, str | None]) -> list[Direction]:
    for old, wanted in renames.items():
        names = [d.name for d in known]
        if old not in names:
            hint = nearest(old, names) if names else "none was found yet, run artgen explore without --rename"
            raise InputError(f"write old=new; no direction is named {old}, {hint}", at="--rename", value=old)
        new = suggestions(known).get(old, "") if wanted is None else wanted
        if not new:
            raise InputError(f"nothing suggests a name for {old}; write {old}=name", at="--rename", value=old)
        if check_name(new) in names:
            raise InputError(f"a direction named {new} exists already", at="--rename", value=f"{old}={new}")
        known = [replace(d, name=new) if d.name == old else d for d in known]
    return known


def _group(run: LoadedRun, group: str | Sequence[int]) -> Tensor:
    """Latents of seeds, or of many seeds of one class. Raises InputError for too many."""
    if len(group) > _MOST_SEEDS and not isinstance(group, str):
        raise InputError(f"{len(group):,} seeds in a group, give at most {_MOST_SEEDS:,}", at="--between")
    return latents_of(run.model, range(256), group) if isinstance(group, str) else latents_of(run.model, group, None)


def _strip(
    run: LoadedRun, direction: Direction, seed: int, weights: Mapping[str, float] | None, amounts: Sequence[float]
) -> Strip:
    """Write the work at each amount into ``explore/<direction>``, as long as it was trained, which is what was measured."""
    folder, writer, metadata = run.folder / "explore" / direction.name, run.writer(), run.metadata()
    empty_folder(folder)
    start = seed_latent(run.model, seed, weights)
    works = []
    for amount in amounts:
        place = replace(start, vector=start.vector + amount * direction.vector.to(start.vector))
        (made,) = render(run.model, [place])
        paths = writer.write(made, folder / f"{direction.name}{amount:+g}", metadata)
        works.append((amount, [path.relative_to(run.folder).as_posix() for path in paths]))
    return Strip(direction, works)
