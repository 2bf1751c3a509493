"""The processes of a run: one by default, several under torchrun. The only module that talks to torch.distributed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class World:
    """``rank`` of ``size`` processes, ``local`` on this machine. With ``size`` 1 every method costs nothing.

    ``patient``: the group for waiting, since preparing the data may take longer than a lost process may go unnoticed."""

    rank: int = 0
    size: int = 1
    local: int = 0
    patient: dist.ProcessGroup | None = None

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """This process's part of a global batch; the batch is divided as evenly as it goes."""
        return slice(batch * self.rank // self.size, batch * (self.rank + 1) // self.size)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Mean of the gradients over all processes, in one flat reduction."""
        if self.size == 1:
            return
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in grads])
        dist.all_reduce(flat)
        flat /= self.size
        for grad, part in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
            grad.copy_(part.view_as(grad))

    def mean(self, values: Tensor) -> Tensor:
        """Mean over all processes."""
        if self.size > 1:
            dist.all_reduce(values)
            values = values / self.size
        return values

    def agree(self, value: float) -> float:
        """The first process's value, on all (a clock, a decision)."""
        if self.size == 1:
            return value
        box = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(box, 0)
        return float(box)

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            dist.barrier(self.patient)


@contextmanager
def joined() -> Iterator[World]:
    """The world that torchrun's environment describes."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=timedelta(seconds=60)
    )
    try:
        patient = dist.new_group(backend="gloo", timeout=timedelta(hours=12))
        assert isinstance(patient, dist.ProcessGroup)
        yield World(int(os.environ["RANK"]), size, int(os.environ.get("LOCAL_RANK", "0")), patient)
    finally:
        dist.destroy_process_group()
