"""Send broken inputs to a target: the same ones for the same seed."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

from fuzz.mutate import mutate
from fuzz.targets import TARGETS, Target

SLOW = 20.0  # seconds in which any file has to be answered


@dataclass(frozen=True)
class Finding:
    """An input that was not answered as promised. ``number``: of the input, for its target and seed."""

    target: str
    number: int
    what: str
    data: bytes
    suffix: str


def fuzz(name: str, count: int, seed: int = 0, seconds: float = float("inf")) -> tuple[int, list[Finding]]:
    """``count`` broken inputs, or as many as fit into ``seconds``: how many were tried, and what was found."""
    target = TARGETS[name]
    seeds, found, start = target.seeds(), list[Finding](), time.monotonic()
    number = 0
    while number < count and time.monotonic() - start < seconds:
        inputs = list[tuple[bytes, str]]()
        for one in range(number, min(number + target.together, count)):
            rng = random.Random(f"{name} {seed} {one}")
            inputs.append((mutate(rng, seeds), rng.choice(target.suffixes)))
        if what := _wrong(target, inputs):
            alone = [_wrong(target, [one]) for one in inputs]
            said = alone if any(alone) else [what] * len(inputs)  # all of them where none is wrong without the others
            found += [Finding(name, number + at, said[at], *inputs[at]) for at in range(len(inputs)) if said[at]]
        number += len(inputs)
    return number, found


def _wrong(target: Target, inputs: list[tuple[bytes, str]]) -> str:
    """What was not answered as promised; empty: nothing. ``inputs``: data and suffixes."""
    with tempfile.TemporaryDirectory(prefix="artgen-fuzz-") as folder:
        paths = [Path(folder) / f"{name}{suffix}" for name, (_, suffix) in zip(ascii_lowercase, inputs, strict=False)]
        for path, (data, _) in zip(paths, inputs, strict=True):
            path.write_bytes(data)
        before = time.monotonic()
        try:
            target.answer(*paths)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        took = time.monotonic() - before
        return f"took {took:.0f} s" if took > SLOW else ""
