"""Send broken inputs to a target: the same ones for the same seed."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzz.mutate import mutate
from fuzz.targets import TARGETS

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
        rng = random.Random(f"{name} {seed} {number}")
        data, suffix = mutate(rng, seeds), rng.choice(target.suffixes)
        with tempfile.TemporaryDirectory(prefix="artgen-fuzz-") as folder:
            path = Path(folder) / f"input{suffix}"
            path.write_bytes(data)
            before = time.monotonic()
            try:
                target.one(path)
                what = f"took {time.monotonic() - before:.0f} s" if time.monotonic() - before > SLOW else ""
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
        if what:
            found.append(Finding(name, number, what, data, suffix))
        number += 1
    return number, found
