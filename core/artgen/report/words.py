"""Numbers, durations and counts as a person reads them."""

from __future__ import annotations

import math
from itertools import pairwise


def number(value: float) -> str:
    """Four significant digits; thousands separated; powers of ten only where nothing else is legible."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if not 1e-4 <= abs(value) < 1e9:
        return f"{value:.3g}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short(value: float) -> str:
    """A tick of an axis: ``20k``, ``1.5M``, ``0.25``."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size <= abs(value) < 1e12:
            return f"{value / size:.4g}{unit}"
    return f"{value:.3g}"


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 2 s``, ``1 h 4 min``, ``2 d 3 h``."""
    whole = max(0, round(seconds))
    sizes = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    for (big, big_name), (small, small_name) in pairwise(sizes):
        if whole >= big:
            rest = whole % big // small
            return f"{whole // big} {big_name}" + (f" {rest} {small_name}" if rest else "")
    return f"{whole} s"


def count(amount: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``12,000 files``."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"
