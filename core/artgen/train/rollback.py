"""The way back when steps go bad: a copy of the last good state in memory."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from artgen.errors import TrainingError
from artgen.train.guard import finite
from artgen.train.trainer import Trainer

LIMIT = 3


class Rollback:
    """``keep()`` remembers a good state; ``back()`` returns to it with half the learning rates, at most three times."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._kept: dict[str, Tensor] = {}
        self.keep()

    def keep(self) -> bool:
        """Copy the state if it is finite; costs a copy of all tensors, so call it once a checkpoint. False: it is not."""
        tensors = self._trainer.tensors()
        if finite(tensors) is not None:
            return False
        self._kept = {name: tensor.detach().clone() for name, tensor in tensors.items()}
        self._state = replace(self._trainer.state)
        return True

    def back(self) -> None:
        """Raises TrainingError after the third time, with the good state in place."""
        now = self._trainer.state
        # seen goes on, or the same data and draws would fail in the same way again
        state = replace(now, lr_scale=now.lr_scale / 2, rollbacks=now.rollbacks + 1, strength=self._state.strength)
        self._trainer.restore(self._kept, state)
        if now.rollbacks >= LIMIT:
            raise TrainingError(
                f"the training diverged after {now.rollbacks} rollbacks; the last good state is saved; "
                "try a smaller --set lr_g and lr_d or a larger --set gamma"
            )
