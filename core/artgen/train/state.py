"""What a training knows besides its tensors: counters and controls, all plain numbers, all in the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

_LATER = ("wishes",)  # what checkpoints of before do not have


@dataclass
class TrainState:
    """Where a training stands.

    - ``seen``: items shown to the discriminator.
    - ``steps``: generator steps.
    - ``seconds``: of training, over all resumes.
    - ``progress``: share of the budget.
    - ``strength``: of augmentation.
    - ``lr_scale``: halved by each rollback.
    - ``gamma_scale``: of the penalty, doubled by each collapse.
    - ``wishes``: how many were taken (``runfolder/wishes.py``).
    """

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
    wishes: int = 0

    def plain(self) -> dict[str, float]:
        return {name: float(value) for name, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, values: Mapping[str, float]) -> TrainState:
        """Raises KeyError for a missing counter."""
        state = cls()
        for field in fields(cls):
            if field.name in values or field.name not in _LATER:
                setattr(state, field.name, type(getattr(state, field.name))(values[field.name]))
        return state
