"""The best state of a training by a figure of held-out works: more training does not always make a model better, least of all one
that started from good weights on few works."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from artgen.contract.networks import Growing
from artgen.inference.model import Model
from artgen.runfolder import checkpoint
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.slim import PLAYED
from artgen.runtime.budget import Budget
from artgen.train.state import TrainState
from artgen.train.trainer import Trainer

Look = Callable[[Model], Tensor]  # what each of its samples does to a figure, the mean of them: smaller is better
_PARTS, _NEAREST = "looks.parts", "looks.nearest"  # tensors beside the weights of the best
_SECONDS, _ITEMS = 120.0, 2000  # a shorter training has nothing to choose from
_EVERY, _MOST = 80.0, 10  # seconds between two looks at least, and looks
_LOOKS = 4  # where the budget counts items


@dataclass(frozen=True)
class Good:
    """A state that can be played.

    - ``tensors``: under their names in a checkpoint; ``state``: where the training stood.
    - ``parts``: what each sample did to its figure, ``[samples]``; NaN where that is not known.
    - ``nearest``: the same of the state with the lowest figure so far, this one or an earlier one."""

    tensors: dict[str, Tensor]
    state: TrainState
    parts: Tensor
    nearest: Tensor


class BestState:
    """Looks at the averaged generator at fixed shares of the budget, so that trainings of equal seeds choose alike, and keeps a
    copy of the best state.

    The best is the last state that is not clearly farther from real works than the nearest one. Clearly means by more than the
    standard error of the difference, as in the choice of simple models (Breiman 1984): a few samples tell neighboring states
    apart by chance, and a later state has seen more of the works. A state that is nearer than the kept one is always kept.

    - ``look``: gives the figure of a model; None: nothing is looked at, and the last state is the best.
    - ``started``: the training starts from weights.
    - ``knows``: these have learned the same works, so that they may be the best state themselves. Weights of other works never
      are, whatever the figure says: for photographs of animals it preferred landscapes to the first blurred animals."""

    def __init__(self, trainer: Trainer, folder: RunFolder, budget: Budget, look: Look | None, started: bool = False,
                 knows: bool = False) -> None:  # fmt: skip
        self._trainer, self._folder, self._look = trainer, folder, look
        shares = _shares(budget, started, knows) if look is not None else []
        looked = _before_last_step(budget, trainer.state)
        self._shares = [share for share in shares if share > looked]
        self.good: Good | None = self._earlier() if look is not None and trainer.state.seen else None
        self._written: Good | None = None
        self._measured_before = self.good is not None
        if self.good is None and self._shares and trainer.state.progress >= 1.0:  # its last state was its best
            self._shares.insert(0, budget.share(trainer.state.seconds, trainer.state.seen))

    @property
    def due(self) -> bool:
        """Whether it is time for a look."""
        return bool(self._shares) and self._trainer.state.progress >= self._shares[0]

    def look(self) -> None:
        """Look at the state as it is now, and keep it where it is the best so far. The best of an earlier session is looked at
        anew: another version of artgen or of the plugin may measure by something else."""
        assert self._look is not None
        self._shares = [share for share in self._shares if share > self._trainer.state.progress]
        self._trainer.ema.eval()
        good = self.good
        if good is not None and self._measured_before:
            parts = self._look(self.model())
            nearest = good.nearest if _alike(parts, good.parts) else parts
            self.good = good = replace(good, parts=parts, nearest=nearest)
        self._measured_before = False
        parts = self._look(self._trainer.model())
        nearest = parts if good is None or _figure(parts) < _figure(good.nearest) else good.nearest
        if good is None or not clearly_farther(parts, nearest) or _figure(parts) <= _figure(good.parts):
            tensors = {
                name: tensor.detach().clone()
                for name, tensor in self._trainer.tensors().items()
                if name.startswith(PLAYED)
            }
            self.good = Good(tensors, replace(self._trainer.state), parts, nearest)

    def give_up(self) -> None:
        """Look no more; the last state is the best."""
        self._shares, self.good = [], None

    @property
    def other(self) -> Good | None:
        """The best state, where it is another one than the last."""
        return self.good if self.good is not None and self.good.state.seen < self._trainer.state.seen else None

    @property
    def seen(self) -> int:
        """Items that the best state has seen."""
        return (self.other.state if self.other is not None else self._trainer.state).seen

    def save(self, header: checkpoint.Header) -> None:
        """Write the best state, where it is not written yet, beside the last, of which ``header`` is. Where the last is the best,
        its file is taken away. Raises StorageError."""
        other = self.other
        if other is None:
            self._folder.best.unlink(missing_ok=True)
        elif other is not self._written:
            looks = {_PARTS: other.parts, _NEAREST: other.nearest.clone()}
            known = looks if checkpoint.finite(looks) is None else {}  # a checkpoint with another value is never read
            checkpoint.save(self._folder.best, replace(header, state=other.state.plain()), {**other.tensors, **known})
        self._written = other

    def model(self) -> Model:
        """The model to play, show and judge: the best state of the averaged generator."""
        model, other = self._trainer.model(), self.other
        if other is None:
            return model
        generator = copy.deepcopy(model.generator)
        _fill(generator, other.tensors)
        if isinstance(generator, Growing):
            generator.set_progress(other.state.progress)
        return replace(model, generator=generator)

    def _earlier(self) -> Good | None:
        """What was the best when the training was stopped before. Raises InputError where its file does not fit."""
        path = self._folder.best
        if not path.is_file():
            return None
        state = checkpoint.read_header(path).state
        if state.get("seen", 0) > self._trainer.state.seen:
            return None
        played = {name: tensor for name, tensor in self._trainer.tensors().items() if name.startswith(PLAYED)}
        looks = checkpoint.part(path, (_PARTS, _NEAREST))  # none in a run of before
        unknown = torch.full((1,), torch.nan, dtype=torch.float64)
        parts, nearest = (looks.get(name, unknown).double() for name in (_PARTS, _NEAREST))
        return Good(checkpoint.load(path, played), TrainState.from_plain(state), parts, nearest)


def clearly_farther(parts: Tensor, nearest: Tensor) -> bool:
    """Whether samples are farther from real works than those of another model, by more than the standard error of the
    difference. A figure that is no number counts as infinitely far.

    - ``parts``: what each sample does to the figure, ``[samples]``.
    - ``nearest``: the same of the other model and the same seeds; where they are not as many, the figures decide."""
    if math.isinf(_figure(nearest)):
        return False
    if parts.shape != nearest.shape or len(parts) < 2:
        return _figure(parts) > _figure(nearest)
    more = parts - nearest
    return not bool(more.mean() <= more.std() / len(more) ** 0.5)


def _figure(parts: Tensor) -> float:
    """The mean; infinity where that is no number."""
    figure = float(parts.mean())
    return math.inf if math.isnan(figure) else figure


def _alike(one: Tensor, other: Tensor) -> bool:
    """Whether what samples did to a figure, ``[samples]`` twice, is the same but for rounding on another machine."""
    if one.shape != other.shape:
        return False
    return torch.allclose(one.mean(), other.mean(), rtol=1e-3, atol=1e-3 * float(one.std(correction=0)))


def _before_last_step(budget: Budget, state: TrainState) -> float:
    """The share of ``budget`` that was spent before the last step of a resumed training: a look that this step made due is still
    to come. Below 0 before the first step."""
    if not state.steps:
        return -1.0
    before = 1 - 1 / state.steps
    return budget.share(before * state.seconds, round(before * state.seen))


def _shares(budget: Budget, started: bool, knows: bool) -> list[float]:
    """The shares of the budget at which to look, see BestState."""
    if budget.seconds is not None:
        looks = 0 if budget.seconds < _SECONDS else min(int(budget.seconds / _EVERY), _MOST)
    else:
        looks = 0 if (budget.items or 0) < _ITEMS else _LOOKS
    shares = [number / looks for number in range(1, looks + 1)]
    if not started:
        return [share for share in shares if share >= 0.5]  # from nothing, the first half only gets better
    return [0.0, *shares] if knows and shares else shares


@torch.no_grad()
def _fill(generator: nn.Module, tensors: dict[str, Tensor]) -> None:
    for name, mine in generator.state_dict(keep_vars=True).items():
        mine.copy_(tensors[f"ema.{name}"])
