"""What an objective is given, and what it answers.

An objective is a pure function of networks and batch; the loop owns optimizers, devices and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from artgen.contract.networks import Networks, Noise

Figures: TypeAlias = "dict[str, Tensor]"


@dataclass(frozen=True)
class Batch:
    """``real`` ``[b, *shape]``, ``condition`` ``[b, k]`` class weights, ``noise`` for latents, ``rng`` for everything else
    that is random. All on the training device. ``source`` ``[b, *shape]``: the works to be moved toward the style, where
    ``real`` is that style; None: the leading channels of ``real`` are the source, or there is none."""

    real: Tensor
    condition: Tensor
    noise: Noise
    rng: torch.Generator
    source: Tensor | None = None


@dataclass(frozen=True)
class StepState:
    """Where the training stands: ``gamma`` of the penalty now, ``penalize`` whether this step pays it,
    ``strength`` of the augmentation, ``seed`` to repeat an augmentation draw."""

    gamma: float
    penalize: bool
    strength: float
    seed: int


@runtime_checkable
class Objective(Protocol):
    """What a task optimizes. Each loss returns the scalar to minimize and scalars to report, all on the device."""

    def discriminator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]: ...

    def generator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]: ...


@runtime_checkable
class TrainableObjective(Protocol):
    """An objective with weights of its own: they learn in the generator's steps and travel in the checkpoint."""

    @property
    def heads(self) -> nn.Module: ...
