"""The tasks: what the discriminator minimizes and what the generator minimizes, for one batch. One file for each game."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Objective
from artgen.contract.settings import TrainConfig
from artgen.contract.task import Task
from artgen.tasks.adversarial import Adversarial
from artgen.tasks.reconstruct import Reconstruction
from artgen.tasks.style import Style
from artgen.tasks.translate import Translation

_GAMES: dict[Task, Callable[[TrainConfig, Networks, Tensor], Objective]] = {
    "generate": lambda train, nets, x: Adversarial(train),
    "translate": lambda train, nets, x: Translation(train),
    "colorize": lambda train, nets, x: Translation(train),
    "enlarge": lambda train, nets, x: Translation(train),
    "style": Style,
    "reconstruct": lambda train, nets, x: Reconstruction(train),
}


def core_objective(task: Task, train: TrainConfig, nets: Networks, x: Tensor) -> Objective:
    """The core's objective for a task. ``x``: a few encoded items ``[b, *shape]``, by which the weights of an objective that
    learns are sized."""
    return _GAMES[task](train, nets, x)
