"""The grammar of the command line: seeds, classes, layers, moves, names, and which flags go together."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artgen.data.names import same
from artgen.errors import InputError

MOST = 100_000


_SHARE = re.compile(
    r'\s*(?:"([^"]+)"|([^",=]+(?:=[^",=]+)*?))\s*=\s*(\d*\.?\d+(?:e-?\d+)?)\s*(?:,|$)'
)  # of a class in a mix


def parse_seeds(seeds: str | None, count: int | None, default: int = 8) -> list[int]:
    """``0-15,99`` or a count to a list of seeds without repeats, in the order given. Raises InputError."""
    if seeds is None:
        count = default if count is None else count
        if not 1 <= count <= MOST:
            raise InputError(f"give 1 to {MOST}", at="--count", value=count)
        return list(range(count))
    if count is not None:
        raise InputError("give one of the two", at="--seeds and --count")
    found: dict[int, None] = {}
    for part in seeds.split(","):
        match = re.fullmatch(r"\s*(\d{1,19})(?:-(\d{1,19}))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last >= 2**63 or len(found) + last - first >= MOST:
            raise InputError(f"write numbers and ranges such as 0-15,99 (at most {MOST})", at="--seeds", value=seeds)
        found |= dict.fromkeys(range(first, last + 1))
    return list(found)


def parse_label(label: str | None, labels: tuple[str, ...]) -> dict[str, float] | None:
    """``rock`` or ``rock=0.5,classical=0.5`` to class weights; None stays None. A class whose own name holds a comma or an equals
    sign is reached alone by its name, and in a mix in quotes: ``"a,b"=0.5,c=0.5``. Raises InputError.

    - ``labels``: the classes of the run."""
    if label is None:
        return None
    whole = same(label, labels) or same(label.strip().strip('"'), labels)
    if whole is not None or "=" not in label:
        return {whole or label: 1.0}
    weights: dict[str, float] = {}
    rest = label
    while rest:
        match = _SHARE.match(rest)
        if match is None:
            raise InputError("write rock or rock=0.5,classical=0.5", at="--label", value=label)
        name = (match[1] or match[2]).strip()
        weights[same(name, labels) or name] = float(match[3])
        rest = rest[match.end() :]
    if not all(0 <= w <= 1e6 for w in weights.values()) or not sum(weights.values()):
        raise InputError("weights must be positive numbers", at="--label", value=label)
    return weights


def parse_layers(layers: str) -> tuple[int, int | None]:
    """``3``, ``3-`` or ``0-2`` to the first and the last style layer (None: to the finest). Raises InputError."""
    match = re.fullmatch(r"\s*(\d{1,3})\s*(-?)\s*(\d{1,3})?\s*", layers)
    if not match:
        raise InputError("write a layer or a range such as 0-2 or 3-, coarse to fine", at="--mix-layers", value=layers)
    first = int(match[1])
    return first, int(match[3]) if match[3] else None if match[2] else first


def parse_moves(words: tuple[str, ...]) -> dict[str, float]:
    """``("s1=2", "older=-1.5")`` to how far to go along each named direction. Raises InputError."""
    moves: dict[str, float] = {}
    for word in words:
        name, sign, number = word.partition("=")
        try:
            amount = float(number) if sign else math.nan
        except ValueError:
            amount = math.nan
        if not abs(amount) <= 20:
            raise InputError(
                "write a direction and how far to go, from -20 to 20, such as s1=2", at="--move", value=word
            )
        if name.strip() in moves:
            raise InputError(f"{name.strip()} is moved twice, give it once", at="--move", value=word)
        moves[name.strip()] = amount
    return moves


def parse_names(words: Sequence[str], again: bool = False) -> list[str]:
    """``("me,you", "cat")`` to names. Raises InputError for a name that is given twice, unless that is fine (``again``)."""
    names = [name.strip() for word in words for name in word.split(",") if name.strip()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None and not again:
        raise InputError("is given twice, give it once", at="--projected", value=twice)
    return names


def parse_group(word: str, group: str, labels: tuple[str, ...]) -> str | list[int]:
    """A class, or seeds."""
    return same(group, labels) or parse_seeds(group, None)


def parse_renames(words: Sequence[str]) -> dict[str, str | None]:
    """``("s1=brighter", "s2")`` to old and new names; None: the name that is suggested."""
    found: dict[str, str | None] = {}
    for word in words:
        old, sign, new = (part.strip() for part in word.partition("="))
        if old in found:
            raise InputError(f"{old} is renamed twice, give it once", at="--rename", value=word)
        found[old] = new if sign else None
    return found


@dataclass(frozen=True)
class Clash:
    """Two flags that do not go together, and why."""

    flag: str
    other: str
    why: str


def refuse_clashes(
    values: Mapping[str, Any], clashes: Sequence[Clash], needs: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Raises InputError where two flags are given that clash, or one without the flag that it needs.

    ``values``: of all flags; one that is None, False or empty is not given."""
    given = {name for name, value in values.items() if value is not None and value is not False and value != ()}
    for clash in clashes:
        if {clash.flag, clash.other} <= given:
            raise InputError(f"{_flag(clash.flag)} with {_flag(clash.other)}: {clash.why}")
    for name, (needed, why) in (needs or {}).items():
        if name in given and needed not in given:
            raise InputError(f"{_flag(name)} without {_flag(needed)}: {why}")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


_WRITTEN = ("enlarge", "enlarge_strength", "enlarger", "format", "loudness", "rate", "stereo")


def written_with(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of the flags of a verb, ``locals()``, those that are settings of what is written; None: as the run has it."""
    return {name: given[name] for name in _WRITTEN if name in given}
