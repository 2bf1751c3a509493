"""How fast and how large: ``python benchmarks/speed.py [music|image]`` prints a table, one measurement a row.

Everything runs in processes of its own where memory is measured, so that no figure is spoilt by the one before.
"""

from __future__ import annotations

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import artgen  # isort: skip  # noqa: F401  before torch, as in a run: it says how long waiting threads spin

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from artgen.data.store import Store, write_store
from artgen.inference.latent import render, seed_latent
from artgen.runtime.device import use_cores
from artgen.train.guard import StepGuard
from artgen.train.trainer import Trainer
from artgen.types import SampleOptions
from artgen.verbs.plan import TrainRequest, make_plan

_HEAVY = ("conv", "mkldnn", "mm", "linear", "matmul", "einsum")  # operators that are convolutions or matrix products
_STEPS = 40
_STEPS_SEEN = 8  # by the profiler: two with a lazy penalty


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plugin", nargs="?", default="music")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    words = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {use_cores()} threads, torch {torch.__version__}")
    one = trainer(words.plugin, TrainRequest(sets=words.sets))
    share, rate = products(one)
    _row("share of a step in convolutions and matrix products", f"{share:.0%}")
    _row("GFLOP/s of these, of the best convolution in the same run", f"{rate / 1e9:.0f} of {peak(one) / 1e9:.0f}")
    other = trainer(words.plugin, TrainRequest(sets=words.sets), 6)
    blocks = [(step_seconds(one), step_seconds(other)) for _ in range(3)]  # in turns, so that drift hits both
    seconds, more = (min(times) for times in zip(*blocks, strict=True))
    _row("share of a step for judging its gradients", f"{judging(one) / seconds:.2%}")
    _row("training items a second", f"{one.config.train.batch / seconds:.0f}")
    _row("step on six times the data, against the embedded data", f"{more / seconds:.3f}")
    if words.plugin == "music":
        _row("seconds to make 60 s of audio (model loaded)", f"{_minute(one):.2f}")
    _row("artgen --help, seconds", f"{_command('--help'):.2f}")
    _row("artgen plugins, seconds", f"{_command('plugins'):.2f}")
    _row("peak memory of a run, MB", f"{_peak(words.plugin, words.sets):.0f}")


def _row(name: str, value: str) -> None:
    print(f"| {name} | {value} |", flush=True)


def trainer(plugin: str, order: TrainRequest, times: int = 1) -> Trainer:
    """A trainer of what ``order`` asks for, on ``times`` copies of the embedded data."""
    with tempfile.TemporaryDirectory() as folder:
        found = make_plan(plugin, replace(order, out=Path(folder) / "run"))
        host, config, source = found.host, found.config, found.sources.data
        assert source is not None
        store = write_store(Path(folder) / "store", host.prepare(source, config.domain), source.labels)
        tiled = [np.tile(a, times) for a in (store.label_index, store.origin_index)]
        path = Path(tempfile.mkdtemp()) / "items.bin"
        with path.open("wb") as out:
            for _ in range(times):
                out.write(store.items.tobytes())
        shape = (len(store.items) * times, *store.items.shape[1:])
        items = np.memmap(path, dtype=store.items.dtype, mode="r", shape=shape)
        return Trainer(host, config, Store(items, store.labels, *tiled, ()), torch.device("cpu"))


class Operations(TorchDispatchMode):
    """Counts the floating-point operations of convolutions and matrix products while it lasts."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.count += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=made)
        return made


def products(trainer: Trainer) -> tuple[float, float]:
    """Share of a training step that is spent in convolutions and matrix products, and how many operations a second they do."""
    for _ in range(_STEPS_SEEN):
        trainer.step()
    with Operations() as counted:
        for _ in range(_STEPS_SEEN):
            trainer.step()
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(_STEPS_SEEN):
            trainer.step()
    events = seen.key_averages()
    total = sum(e.self_cpu_time_total for e in events)
    heavy = sum(e.self_cpu_time_total for e in events if any(word in e.key.lower() for word in _HEAVY))
    return heavy / total, counted.count / (heavy / 1e6)


@torch.no_grad()
def peak(trainer: Trainer) -> float:
    """Operations a second of the fastest of a few 3 x 3 convolutions, in the arithmetic of the training."""
    best = 0.0
    for channels, side in ((32, 64), (64, 64), (128, 32), (256, 16)):
        x = torch.randn(16, channels, side, side).contiguous(memory_format=torch.channels_last)
        layer = torch.nn.Conv2d(channels, channels, 3, padding=1).to(memory_format=torch.channels_last)
        with trainer._arithmetic:
            if torch.is_autocast_enabled("cpu"):
                x, layer = x.bfloat16(), layer.bfloat16()
            for _ in range(12):
                start = time.perf_counter()
                layer(x)
                best = max(best, 2 * 9 * channels**2 * side**2 * len(x) / (time.perf_counter() - start))
    return best


def judging(one: Trainer) -> float:
    """Seconds of a step that the guards take beyond clipping the gradients, which is done anyway."""

    def seconds(work: Callable[[StepGuard], object]) -> float:
        start = time.process_time()
        for learner in one._learners.values():
            for _ in range(_STEPS):
                work(learner.guard)
        return (time.process_time() - start) / _STEPS

    blocks = [
        seconds(StepGuard.clip) - seconds(lambda guard: clip_grad_norm_(guard._parameters, guard._limit))
        for _ in range(5)
    ]
    return max(0.0, sorted(blocks)[2])


def step_seconds(trainer: Trainer) -> float:
    """Seconds of a training step, the penalised ones among them, with the threads that its preset takes."""
    use_cores(trainer.config.train.threads)
    for _ in range(8):
        trainer.step()
    start = time.perf_counter()
    for _ in range(_STEPS):
        trainer.step()
    return (time.perf_counter() - start) / _STEPS


def _minute(trainer: Trainer) -> float:
    model = trainer.model()
    model.generator.eval()
    list(render(model, [seed_latent(model, 0)], SampleOptions(seconds=2.0)))  # compiles what is compiled on first use
    start = time.perf_counter()
    list(render(model, [seed_latent(model, 1)], SampleOptions(seconds=60.0)))
    return time.perf_counter() - start


def _command(*words: str) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([str(Path(sys.executable).with_name("artgen")), *words], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def _peak(plugin: str, sets: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        options = [part for word in sets for part in ("--set", word)]
        command = ["-m", "artgen", "run", "--plugin", plugin, "--budget", "40s", "--out", f"{folder}/run", *options]
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
