"""Broken versions of good files, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

_SPECIAL = (
    b"\0",
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\0" * 8,
    b"\xff" * 8,
    b"-1",
    b"1e999",
    b"NaN",
    b"[" * 300,
    b'"',
    b"{",
    b"\n",
)


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of ``seeds`` after one to six edits: bits flipped, bytes overwritten, pieces cut, doubled or taken from another
    seed, the end cut off. Most edits fall near the start, where headers are."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.randint(1, 6)):
        at = min(int(len(data) * rng.random() ** rng.choice((1, 3))), max(len(data) - 1, 0))
        size = 1 + int(rng.expovariate(1 / 12))
        edit = rng.randrange(7)
        if edit == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif edit == 1:
            data[at : at + size] = rng.randbytes(size)
        elif edit == 2:
            del data[at : at + size]
        elif edit == 3:
            data[at:at] = data[at : at + size] * rng.randint(1, 20)
        elif edit == 4:
            special = rng.choice(_SPECIAL)
            data[at : at + len(special)] = special
        elif edit == 5:
            other = rng.choice(seeds)
            start = rng.randrange(len(other)) if other else 0
            data[at : at + size] = other[start : start + size]
        elif rng.random() < 0.3:
            del data[at:]
    return bytes(data)
