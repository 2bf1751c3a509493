"""How long a run may take: by the clock or by items seen."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from artgen.errors import InputError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}  # by their first letters, however they are written out
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)(?![a-z])")
_COUNTS = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True)
class Budget:
    """Exactly one of ``seconds`` and ``items`` is set."""

    seconds: float | None = None
    items: int | None = None

    def share(self, seconds: float, items: int) -> float:
        """The share of the budget that is spent, 0 to 1."""
        spent = seconds / self.seconds if self.seconds else items / (self.items or 1)
        return min(spent, 1.0)


def parse_budget(text: str | None, images: str | None, default: str) -> Budget:
    """Budget from ``--budget`` (``90s``, ``3m``, ``1h30m``, ``1 hour 30 minutes``) or ``--images`` (``500``, ``200k``,
    ``1.5m``)."""
    if text and images:
        raise InputError(
            "give one of the two", at="--budget and --images", page="give a time or a number of works, not both"
        )
    if images:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([km]?)", images.strip().lower())
        count = float(match[1]) * _COUNTS[match[2]] if match else 0
        if not 1 <= count <= 1e12:
            raise InputError("write a number between 1 and 1e12 such as 500, 200k or 1.5m", at="--images", value=images)
        return Budget(items=int(count))
    text = (text or default).strip().lower()
    parts = _PART.findall(text)
    seconds = sum(float(number) * _UNITS[unit[0]] for number, unit in parts)
    if (
        not parts
        or _PART.sub("", text).replace(" ", "")
        or not math.isfinite(seconds)
        or not 1 <= seconds <= 366 * 86400
    ):
        raise InputError("write a time between 1s and 1 year such as 90s, 3m or 1h30m", at="--budget", value=text)
    return Budget(seconds=seconds)
