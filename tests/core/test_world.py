"""Promise: several processes train as one would: same gradients at the same global batch, penalties included."""

from __future__ import annotations

import os
import socket
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from artgen.runtime.distributed import World, joined
from artgen.tasks.penalties import squared_gradient_norm
from tests.forked import child, wait


def loss_of(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    logits, square = squared_gradient_norm(network, x)
    return nn.functional.softplus(logits).mean() + square.mean()


def make() -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Softplus(), nn.Linear(8, 1)), torch.randn(8, 6)


def work(rank: int, port: int, out: Path) -> None:
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with joined() as world:
        network, x = make()
        loss_of(network, x[world.share(8)]).backward()
        world.average_gradients(network.parameters())
        told = world.agree(41.0 + rank)
        mean = float(world.mean(torch.tensor([float(rank)])))
        world.wait()
        grads = torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])
    (out / f"{rank}.txt").write_text(" ".join(map(repr, [told, mean, *grads.tolist()])))


def test_two_processes_agree_with_one(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pids = [child(partial(work, rank, port, tmp_path)) for rank in range(2)]
    assert [wait(pid) for pid in pids] == [0, 0]
    network, x = make()
    loss_of(network, x).backward()
    alone = torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None]).tolist()
    for rank in range(2):
        told, mean, *grads = map(float, (tmp_path / f"{rank}.txt").read_text().split())
        assert (told, mean) == (41.0, 0.5)
        assert grads == pytest.approx(alone, abs=1e-6)


def test_shares_cover_the_batch() -> None:
    covered = [list(range(10))[World(rank, 3).share(10)] for rank in range(3)]
    assert [n for part in covered for n in part] == list(range(10))
    assert World().agree(3.0) == 3.0
