"""What a detector found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """``z``: height of the best match in standard deviations of all matches; ``code``: the byte of the model's hash that goes
    with it; it is a mark from ``threshold`` on."""

    z: float
    code: int
    threshold: float

    @property
    def found(self) -> bool:
        return self.z >= self.threshold
