"""Promise: a process that is killed costs at most one interval, and the run goes on to the same bits; one of several that is
killed ends or restarts the others within a minute."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
import safetensors.torch

import artgen
from artgen.runfolder import checkpoint
from artgen.train.state import TrainState
from tests.forked import Family, child, until, wait
from tests.patience import PATIENCE

SOON = ("batch=8", "checkpoint_seconds=0.2", "report_seconds=0.05", "augment=adaptive", "augment_items=500")
CALM = SOON[:1] + SOON[3:]  # what is learned does not depend on how often it is saved


def digest(run: Path) -> str:
    """SHA-256 over all tensors, and the counters that do not depend on the clock."""
    found = hashlib.sha256()
    for name, tensor in sorted(safetensors.torch.load_file(run / "checkpoints" / "last.safetensors").items()):
        found.update(name.encode() + tensor.numpy().tobytes())
    state = TrainState.from_plain(checkpoint.read_header(run / "checkpoints" / "last.safetensors").state)
    return found.hexdigest() + f" {state.seen} {state.steps} {state.strength}"


def rows(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_a_run_killed_again_and_again_loses_an_interval_each_time_and_nothing_else(
    toy: Path, curves: Path, tmp_path: Path
) -> None:
    out, straight = tmp_path / "run", tmp_path / "straight"
    saved = out / "checkpoints" / "last.safetensors"
    moments = random.Random(0)
    wishes: dict[str, Any] = {"data": curves, "images": "3k", "sets": SOON}
    artgen.run("toy", out=straight, **{**wishes, "sets": CALM})
    for number in range(3):
        before = saved.stat().st_mtime_ns if number else 0
        words = {"resume": True} if number else wishes
        pid = child(lambda words=words: artgen.run("toy", out=out, **words))
        until(lambda before=before: saved.exists() and saved.stat().st_mtime_ns > before)
        time.sleep(moments.uniform(0, 0.2))
        os.kill(pid, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL, "it was done before it was killed"
        told, kept = [row["seconds"] for row in rows(out)], checkpoint.read_header(saved).state["seconds"]
        slowest = max(later - before for before, later in pairwise(told))
        assert told[-1] - kept <= 0.2 + 2 * slowest, (
            "an interval, and what this machine takes from one report to the next"
        )
    artgen.run("toy", out=out, resume=True)
    assert digest(out) == digest(straight)


def ranks(count: int, work: Callable[[], object]) -> list[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    common = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [child(work, RANK=str(rank), LOCAL_RANK=str(rank), **common) for rank in range(count)]


def test_a_lost_process_is_noticed_by_the_others(
    toy: Path, curves: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    pids = ranks(2, lambda: artgen.run("toy", data=curves, out=out, images="1m", sets=SOON))
    until((out / "checkpoints" / "last.safetensors").exists)
    os.kill(pids[1], signal.SIGKILL)
    os.waitpid(pids[1], 0)
    assert wait(pids[0]) == 4
    assert "another process of this run was lost" in capfd.readouterr().err
    assert artgen.load(out, "cpu").sample([1])


def test_torchrun_restarts_a_run_that_lost_a_process_and_it_ends_with_the_same_bits(
    toy: Path, curves: Path, tmp_path: Path
) -> None:
    """``torchrun --standalone --nproc-per-node 2 --max-restarts 1 -m artgen run ...``, rank 1 killed on the way."""
    out, straight, count = tmp_path / "run", tmp_path / "straight", "1200"
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "--max-restarts",
        "1",
    ]
    sets = [word for pair in SOON for word in ("--set", pair)]
    words = [
        "-m",
        "artgen",
        "run",
        "--plugin",
        "toy",
        "--data",
        str(curves),
        "--images",
        count,
        "--device",
        "cpu",
        *sets,
    ]
    environment = {**os.environ, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
    command = [*launch, *words, "--out", str(out)]
    with Family(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as job:
        until(
            lambda: (
                len((out / "metrics.jsonl").read_text().splitlines()) > 3 if (out / "metrics.jsonl").exists() else False
            )
        )
        until((out / "checkpoints" / "last.safetensors").exists)
        _, second = sorted(
            psutil.Process(job.pid).children(), key=lambda process: process.pid
        )  # in the order of the ranks
        second.kill()
        _, told = job.communicate(timeout=PATIENCE)
    assert job.returncode == 0, told
    pids = ranks(2, lambda: artgen.run("toy", data=curves, out=straight, images=count, sets=CALM))
    assert [wait(pid) for pid in pids] == [0, 0]
    assert rows(out)[-1]["seen"] == 1200
    assert digest(out) == digest(straight)
    artgen.run(out=out, resume=True, images="16")  # and one process goes on with what two have made
    assert rows(out)[-1]["seen"] == 1216
