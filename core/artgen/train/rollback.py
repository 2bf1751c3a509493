"""The way back when a training goes wrong: copies of the last two good states in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from artgen.errors import TrainingError
from artgen.runfolder.checkpoint import finite
from artgen.train.state import TrainState
from artgen.train.trainer import Trainer

LIMIT = 3


@dataclass(frozen=True)
class _Good:
    tensors: dict[str, Tensor]
    state: TrainState


class Rollback:
    """``keep()`` remembers a good state; ``back()`` returns to the newest with half the learning rates, at most three times.

    A state that has gone wrong once is not returned to again: the one before it may be sounder."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._good: list[_Good] = []
        self.keep()

    def keep(self) -> bool:
        """Copy the state if it is finite; costs a copy of all tensors, so call it once a checkpoint. False: it is not.

        Only the newest copy stays on the training's device."""
        tensors = self._trainer.tensors()
        if finite(tensors) is not None:
            return False
        older = [_Good({n: t.cpu() for n, t in good.tensors.items()}, good.state) for good in self._good[-1:]]
        kept = {name: tensor.detach().clone() for name, tensor in tensors.items()}
        self._good = [*older, _Good(kept, replace(self._trainer.state))]
        return True

    def back(self, collapsed: bool = False) -> None:
        """Raises TrainingError after the third time, with a good state in place. ``collapsed``: the penalty is doubled too."""
        now = self._trainer.state
        good = self._good.pop() if len(self._good) > 1 else self._good[0]
        # seen goes on, or the same data and draws would fail in the same way again
        state = replace(now, lr_scale=now.lr_scale / 2, rollbacks=now.rollbacks + 1, strength=good.state.strength,
                        collapses=now.collapses + collapsed, gamma_scale=now.gamma_scale * (2 if collapsed else 1))  # fmt: skip
        self._trainer.restore(good.tensors, state)
        if now.rollbacks >= LIMIT:
            why = self._trainer.suspect()
            way = "try a smaller lr_g and lr_d or a larger gamma"
            if why:
                way = f"{why}: a fault of the plugin where it is so from the start; else {way}"
            raise TrainingError(
                f"the training {'collapsed' if collapsed else 'diverged'} after {now.rollbacks} rollbacks; the last good state "
                f"is saved; {way}"
            )
