"""Batches of prepared items on the device of the training: compact, as they lie in the store."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from artgen.data.store import Store


class Feed:
    """Copies batches to ``device``.

    On CUDA the batch that comes next is gathered into pinned memory by a thread meanwhile: only from there does a copy overlap
    with the step. Elsewhere a batch is gathered when it is asked for. ``ahead``: gather ahead; None: on CUDA only."""

    def __init__(self, store: Store, device: torch.device, ahead: bool | None = None) -> None:
        self._store, self._device = store, device
        self._pins = device.type == "cuda"
        self._pool = ThreadPoolExecutor(1, "artgen-feed") if (self._pins if ahead is None else ahead) else None
        self.ahead = self._pool is not None
        self._next: tuple[np.ndarray, Future[Tensor]] | None = None

    def take(self, numbers: np.ndarray, then: np.ndarray | None = None) -> Tensor:
        """The items of ``numbers``, ``[b, *item]``. ``then``: those that will be asked for next, as far as is known."""
        known, self._next = self._next, None
        ready = (
            None if known is None else known[1].result()
        )  # also where it is not wanted: stores are read by one thread
        fits = known is not None and np.array_equal(known[0], numbers)
        raw = ready if fits and ready is not None else self._gather(numbers)
        if self._pool is not None and then is not None:
            self._next = then, self._pool.submit(self._gather, then)
        return raw.to(self._device, non_blocking=self._pins)

    def _gather(self, numbers: np.ndarray) -> Tensor:
        raw = torch.from_numpy(self._store.items[numbers])
        return raw.pin_memory() if self._pins else raw
