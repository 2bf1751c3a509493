"""The game of a task: what the discriminator minimises and what the generator minimises, for one batch."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Batch, Figures, Learns, Moment, Objective
from artgen.contract.settings import TrainConfig
from artgen.contract.task import Task
from artgen.errors import InputError
from artgen.tasks.adversarial import Adversarial
from artgen.tasks.forward import play
from artgen.tasks.reconstruct import Reconstruction
from artgen.tasks.style import Style
from artgen.tasks.translate import Translation

__all__ = ["Batch", "Figures", "Learns", "Moment", "Objective", "core_objective", "play"]


def core_objective(task: Task, train: TrainConfig, nets: Networks, x: Tensor) -> Objective:
    """The core's objective for a task; ``x``: a few encoded items ``[b, *shape]``, by which the weights of an objective that
    learns are sized. InputError for a task that the core has no game for."""
    if task == "generate":
        return Adversarial(train)
    if task == "reconstruct":
        return Reconstruction(train)
    if task in ("translate", "colorize"):
        return Translation(train)
    if task == "style":
        return Style(train, nets, x)
    raise InputError(f"--task {task}: not available yet")
