"""Promise: a batch is the same whether it was gathered ahead or when it was asked for."""

from __future__ import annotations

import numpy as np
import torch

from artgen.train.feed import Feed
from tests.core.test_trainer import Bench


def test_what_is_gathered_ahead_is_what_is_asked_for(bench: Bench) -> None:
    plan = [np.array(numbers) for numbers in ([0, 3], [5, 1], [2, 2], [4, 0])]
    late, early = (Feed(bench.store, torch.device("cpu"), ahead) for ahead in (False, True))
    for number, numbers in enumerate(plan):
        then = plan[(number + 1) % len(plan)]
        assert torch.equal(early.take(numbers, then), late.take(numbers, then))
    surprise = np.array([1, 1])  # after a rollback the order jumps
    assert torch.equal(early.take(surprise, None), late.take(surprise))
