"""The processes of a run: one by default, several under torchrun. The only module that talks to torch.distributed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from artgen.errors import TrainingError
from artgen.runtime.environment import whole_number

TIMEOUT = timedelta(seconds=50)  # a process that hangs is noticed within a minute


@dataclass(frozen=True)
class World:
    """``rank`` of ``size`` processes, ``local`` on this machine. With ``size`` 1 every method costs nothing.

    - ``patient``: the group for waiting, since preparing the data may take longer than a lost process may go unnoticed.
    - ``restarted``: torchrun started this process anew after one was lost. Every exchange raises TrainingError when a
      process is gone: gloo sees a closed connection at once, a hanging one after TIMEOUT.
    """

    rank: int = 0
    size: int = 1
    local: int = 0
    patient: dist.ProcessGroup | None = None
    restarted: bool = False

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
        with _company():
            dist.all_reduce(flat)
        flat /= self.size
        for grad, part in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
            grad.copy_(part.view_as(grad))

    def mean(self, values: Tensor) -> Tensor:
        """Mean over all processes."""
        if self.size > 1:
            with _company():
                dist.all_reduce(values)
            values = values / self.size
        return values

    def agree(self, value: float) -> float:
        """The first process's value, on all (a clock, a decision)."""
        return self.agree_on(value)[0]

    def agree_on(self, *values: float) -> list[float]:
        """The same for several values in one exchange."""
        if self.size == 1:
            return list(values)
        box = torch.tensor(values, dtype=torch.float64)
        with _company():
            dist.broadcast(box, 0)
        return box.tolist()

    def gather(self, values: Tensor) -> list[Tensor]:
        """Every process's tensor ``[n, ...]``, in their order, on all; n may differ. Waits for the slowest, however long."""
        if self.size == 1:
            return [values]
        lengths = [torch.zeros(1, dtype=torch.int64) for _ in range(self.size)]
        data = values.detach().cpu().contiguous().view(-1).view(torch.uint8)
        with _company():
            dist.all_gather(lengths, torch.tensor([len(data)]), group=self.patient)
            padded = torch.zeros(max(map(int, lengths)), dtype=torch.uint8)
            padded[: len(data)] = data
            parts = [torch.empty_like(padded) for _ in lengths]
            dist.all_gather(parts, padded, group=self.patient)
        cut = [part[: int(length)].view(values.dtype) for part, length in zip(parts, lengths, strict=True)]
        return [part.view(-1, *values.shape[1:]) for part in cut]

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            with _company():
                dist.barrier(self.patient)


@contextmanager
def _company() -> Iterator[None]:
    """Around an exchange: what it raises when a process has gone, in words."""
    try:
        yield
    except RuntimeError as error:
        raise TrainingError(
            "another process of this run was lost or did not answer; go on from the last checkpoint with --resume "
            f"({str(error).splitlines()[0][:120]})",
            page="another process of this run was lost or did not answer; go on from the last checkpoint",
        ) from error


@contextmanager
def joined() -> Iterator[World]:
    """The world that torchrun's environment describes."""
    size = whole_number("WORLD_SIZE", 1)
    if size == 1:
        yield World()
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=TIMEOUT)
    try:
        patient = dist.new_group(backend="gloo", timeout=timedelta(hours=12))
        assert isinstance(patient, dist.ProcessGroup)
        again = whole_number("TORCHELASTIC_RESTART_COUNT", 0) > 0
        yield World(whole_number("RANK", 0), size, whole_number("LOCAL_RANK", 0), patient, again)
    finally:
        dist.destroy_process_group()
