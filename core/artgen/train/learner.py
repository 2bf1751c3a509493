"""One side of the game: the weights that learn in its steps, their optimizer, and the guard over their gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from artgen.contract.settings import TrainConfig
from artgen.runtime.adam import Adam
from artgen.runtime.distributed import World
from artgen.train.guard import StepGuard


class Learner:
    """What learns together, by gradients that a caller computes.

    - ``parts``: networks; their parameters that take gradients learn.
    - ``lr``: learning rate of its first step. ``train``: the other settings of its optimizer, and the largest norm."""

    def __init__(self, parts: Sequence[nn.Module], lr: float, train: TrainConfig, device: torch.device) -> None:
        whole = nn.ModuleList(parts)
        self._all = list(whole.parameters())
        self.optimizer = Adam((p for p in self._all if p.requires_grad), lr, (train.beta1, train.beta2))
        self.guard = StepGuard(whole, train.clip_norm, device)

    @property
    def parameters(self) -> list[Tensor]:
        """Those that take gradients now."""
        return [parameter for parameter in self.optimizer.parameters if parameter.requires_grad]

    def move(self, world: World) -> Tensor:
        """One step along the gradients there are, or none where the guard forbids it. Returns their norm, a scalar."""
        world.average_gradients(self._all)
        norm, bad = self.guard.clip()
        self.optimizer.step(skip=bad)
        return norm

    def tensors(self, name: str) -> Iterator[tuple[str, Tensor]]:
        """The state of both under the names of a checkpoint, for a side that is called ``name``."""
        for key, value in self.optimizer.tensors():
            yield f"adam_{name}.{key}", value
        yield f"guard_{name}", self.guard.state
