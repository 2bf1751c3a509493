"""What a training knows besides its tensors: counters and controls, all plain numbers, all in the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass
class TrainState:
    """``seen``: items shown to the discriminator. ``steps``: generator steps. ``seconds``: of training, over all resumes.
    ``progress``: share of the budget. ``strength``: of augmentation. ``lr_scale``: halved by each rollback.
    ``gamma_scale``: of the penalty, doubled by each collapse."""

    seen: int = 0
    steps: int = 0
    seconds: float = 0.0
    progress: float = 0.0
    strength: float = 0.0
    lr_scale: float = 1.0
    skipped: int = 0
    rollbacks: int = 0
    collapses: int = 0
    gamma_scale: float = 1.0

    def plain(self) -> dict[str, float]:
        return {name: float(value) for name, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, values: Mapping[str, float]) -> TrainState:
        """Raises KeyError for a missing counter."""
        state = cls()
        for field in fields(cls):
            setattr(state, field.name, type(getattr(state, field.name))(values[field.name]))
        return state


def mix(*numbers: int) -> int:
    """A well-spread 63-bit seed from a few integers (the finaliser of SplitMix64, Steele 2014)."""
    value = 0
    for number in numbers:
        value = (value + number + 0x9E3779B97F4A7C15) & (2**64 - 1)
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        value ^= value >> 31
    return value >> 1
