"""What a CUDA device does for artgen, in about eight minutes: ``python benchmarks/gpu.py --out results/gpu.md``.

One table, a section a question, each in its own right: one that fails says why and the others go on.

1. ``equal``: do networks of all domains give on the device what they give on the CPU (float32, same weights, same input)?
2. ``precision``: items a second in float32, tf32 and bf16, and whether a training in each stays finite.
3. ``compile``: the same with ``--set compile=true``.
4. ``graphs``: sampling through a captured CUDA graph against plain calls.
5. ``feed``: batches a second that the data feed alone delivers, against steps a second.
6. ``use``: peak memory, and the share of the device's own matrix product speed that a step reaches (MFU).
7. ``processes``: two processes on one device train together (NCCL takes one process a device; then gloo is tried and said).
8. ``resume``: a training that was stopped ends with the bits of one that was not.

``--device cpu --toy`` runs every section with small networks, to test the script itself; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import artgen  # isort: skip

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from artgen.data.store import Store, write_store
from artgen.runfolder.checkpoint import part
from artgen.train.feed import Feed
from artgen.train.trainer import Trainer
from artgen.types import SampleOptions
from artgen.verbs.plan import TrainRequest, make_plan

Row = tuple[str, str, str]
HEAD = ("question", "of", "answer")
LARGE = {"image": ("base", "base256"), "video": ("base",), "music": ("latent",)}
TOY = {
    "image": ("size=16", "base_channels=8", "max_channels=8", "batch=4", "style=8"),
    "music": ("seconds=1.0", "batch=4", "generator_widths=[8,8,8]", "discriminator_widths=[8,8,8]"),
    "video": ("size=16", "frames=8", "base_channels=8", "max_channels=8", "batch=4", "train_crop=8"),
}
CLOSE = 2e-3  # largest difference in float32, as a share of the largest value: sums are taken in another order
WARM, STEPS = 6, 20


class Bench:
    """Trainers on one device, with data that is prepared once a plugin and size."""

    def __init__(self, device: torch.device, toy: bool, folder: Path) -> None:
        self.device, self.toy, self._folder = device, toy, folder
        self._stores: dict[str, Store] = {}

    def presets(self) -> Iterator[tuple[str, str | None]]:
        """Plugin and preset of everything that is measured; toys take the default's networks."""
        for plugin, names in LARGE.items():
            yield from ((plugin, None if self.toy else name) for name in (names[:1] if self.toy else names))

    def trainer(self, plugin: str, preset: str | None, *sets: str, device: str | None = None) -> Trainer:
        """A trainer from nothing, on the embedded data."""
        own = TOY[plugin] if self.toy else ()
        asked = TrainRequest(preset=preset or ("tiny" if self.toy else None), init="scratch", sets=(*own, *sets),
                             out=self._folder / "run")  # fmt: skip
        plan = make_plan(plugin, asked)
        source = plan.sources.data
        assert source is not None
        name = plan.config.run.prepared
        if name not in self._stores:
            items = plan.host.prepare(source, plan.config.domain)
            self._stores[name] = write_store(self._folder / name, items, source.labels)
        return Trainer(plan.host, plan.config, self._stores[name], torch.device(device or self.device))

    def rate(self, trainer: Trainer) -> float:
        """Steps a second."""
        warm, steps = (1, 2) if self.toy else (WARM, STEPS)
        for _ in range(warm):
            trainer.step()
        self.wait()
        start = time.perf_counter()
        for _ in range(steps):
            trainer.step()
        self.wait()
        return steps / (time.perf_counter() - start)

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def equal(bench: Bench) -> Iterator[Row]:
    for plugin, preset in bench.presets():
        here, there = (bench.trainer(plugin, preset, "precision=float32", device=name) for name in ("cpu", None))
        there.restore({name: tensor.to(bench.device) for name, tensor in here.tensors().items()}, here.state)
        raw = torch.from_numpy(here.store.items[:4].copy())
        real = here.codec.encode(here.codec.vary(raw, torch.Generator().manual_seed(0)))
        for what, answer in (("discriminator", _judged), ("generator", _made)):
            mine, theirs = (answer(one, real).cpu() for one in (here, there))
            far = float((mine - theirs).abs().max() / mine.abs().max().clamp_min(1e-9))
            yes = "yes" if far < CLOSE else "NO"
            yield "equal to the CPU", f"{what} of {plugin} {preset or ''}", f"{yes} (largest difference {far:.1e})"


@torch.no_grad()
def _judged(trainer: Trainer, real: torch.Tensor) -> torch.Tensor:
    """What the discriminator says of encoded items."""
    discriminator, classes = trainer.networks.discriminator, trainer.spec.classes
    assert discriminator is not None
    condition = torch.full((len(real), classes), 1 / max(classes, 1), device=trainer.device)
    return discriminator.eval()(real.to(trainer.device), condition)


def _made(trainer: Trainer, _real: torch.Tensor) -> torch.Tensor:
    """What the averaged generator makes of two seeds, encoded."""
    model = trainer.model()
    model.generator.eval()
    rows = torch.cat([model.condition({model.spec.labels[0]: 1.0} if model.spec.labels else {}) for _ in range(2)])
    return model.encoded([0, 1], rows, SampleOptions())


def precision(bench: Bench) -> Iterator[Row]:
    kinds = ("float32", "tf32", "bf16") if bench.device.type == "cuda" else ("float32",)
    for plugin, preset in bench.presets():
        for kind in kinds:
            trainer = bench.trainer(plugin, preset, f"precision={kind}")
            rate = bench.rate(trainer)
            values, _ = trainer.read_figures()
            sound = all(np.isfinite(value) for value in values.values()) and not trainer.state.skipped
            items = f"{rate * trainer.config.train.batch:.0f}{'' if sound else ', NOT finite'}"
            yield "items a second", f"{plugin} {preset or ''} {kind}", items


def compiled(bench: Bench) -> Iterator[Row]:
    for plugin, preset in bench.presets():
        rates = [bench.rate(bench.trainer(plugin, preset, f"compile={word}")) for word in ("false", "true")]
        yield "compiled against plain", f"{plugin} {preset or ''}", f"{rates[1] / rates[0]:.2f}"


def graphs(bench: Bench) -> Iterator[Row]:
    """Sampling of one item, where the start of kernels costs most."""
    plugin, preset = next(bench.presets())
    model = bench.trainer(plugin, preset, "precision=float32").model()
    model.generator.eval()
    label = [model.label_of(0)]
    plain = _seconds(bench, lambda: model.raw([0], label))
    if bench.device.type != "cuda":
        yield "a CUDA graph against plain calls", plugin, f"no CUDA; plain: {1000 * plain:.1f} ms"
        return
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            model.raw([0], label)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        model.raw([0], label)
    yield "a CUDA graph against plain calls", plugin, f"{plain / _seconds(bench, graph.replay):.2f} times as fast"


def _seconds(bench: Bench, work: Callable[[], object]) -> float:
    times = 2 if bench.toy else 50
    work()
    bench.wait()
    start = time.perf_counter()
    for _ in range(times):
        work()
    bench.wait()
    return (time.perf_counter() - start) / times


def feed(bench: Bench) -> Iterator[Row]:
    for plugin, preset in bench.presets():
        trainer = bench.trainer(plugin, preset)
        steps = bench.rate(trainer)
        taker, batch = Feed(trainer.store, bench.device), trainer.config.train.batch
        rng = np.random.default_rng(0)
        rows = [rng.integers(0, len(trainer.store.items), batch) for _ in range(5 if bench.toy else 100)]
        start = time.perf_counter()
        for numbers, then in zip(rows, [*rows[1:], None], strict=True):
            taker.take(numbers, then)
        bench.wait()
        delivered = len(rows) / (time.perf_counter() - start)
        yield "batches of the feed for each step", f"{plugin} {preset or ''}", f"{delivered / steps:.0f}"


def use(bench: Bench) -> Iterator[Row]:
    cuda = bench.device.type == "cuda"
    kind = "bf16" if cuda else "float32"
    peak = _peak(bench)
    yield "matrix products", kind, f"{peak / 1e12:.2f} TFLOP/s"
    for plugin, preset in bench.presets():
        if cuda:
            torch.cuda.reset_peak_memory_stats()
        trainer = bench.trainer(plugin, preset, f"precision={kind}")
        rate = bench.rate(trainer)
        every = trainer.config.train.penalty_every  # a lazy penalty comes in one step of so many
        with FlopCounterMode(display=False) as counter:
            for _ in range(every):
                trainer.step()
        share = counter.get_total_flops() / every * rate / peak
        memory = f", {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if cuda else ""
        yield "share of them that a step reaches", f"{plugin} {preset or ''}", f"{share:.0%}{memory}"


def _peak(bench: Bench) -> float:
    """Operations a second of a large matrix product."""
    cuda = bench.device.type == "cuda"
    side = 8192 if cuda and not bench.toy else 512
    a = torch.randn(side, side, device=bench.device, dtype=torch.bfloat16 if cuda else torch.float32)
    return 2 * side**3 / _seconds(bench, lambda: a @ a)


def processes(bench: Bench) -> Iterator[Row]:
    sets = [word for one in (*TOY["image"], "holdout=0") for word in ("--set", one)]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "artgen", "run", "--plugin",
               "image", "--preset", "tiny", "--init", "scratch", "--images", "64", "--device", bench.device.type]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*command, *sets, "--out", f"{folder}/run"], capture_output=True, text=True, check=False,
                              env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
    why = (done.stderr.strip().splitlines() or ["no word"])[-1][:120]
    yield "two processes on one device", "image tiny", "train together" if done.returncode == 0 else f"do not: {why}"


def resume(bench: Bench) -> Iterator[Row]:
    level = (
        "warmup=0",
        "decay_from=1",
        "gamma_end=1",
        "holdout=0",
    )  # rates that do not depend on the length of the budget
    own = {"sets": [*TOY["image"], *level], "preset": "tiny", "init": "scratch", "device": str(bench.device)}
    with tempfile.TemporaryDirectory() as folder:
        whole, pieces = Path(folder) / "whole", Path(folder) / "pieces"
        artgen.run("image", out=whole, images="64", **own)
        artgen.run("image", out=pieces, images="32", **own)
        artgen.run(out=pieces, resume=True, images="32", device=str(bench.device))
        one, other = (part(run / "checkpoints" / "last.safetensors", ("generator.",)) for run in (whole, pieces))
    far = max(float((one[name] - other[name]).abs().max()) for name in one)
    yield "resumed and uninterrupted", "image tiny", "equal to the bit" if far == 0 else f"differ by {far:.1e}"


SECTIONS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "equal": equal, "precision": precision, "compile": compiled, "graphs": graphs, "feed": feed, "use": use,
    "processes": processes, "resume": resume,
}  # fmt: skip


def measured(bench: Bench, sections: list[str]) -> list[Row]:
    """The rows of some sections; one that fails is a row."""
    rows: list[Row] = []
    for name in sections:
        start = time.perf_counter()
        try:
            for row in SECTIONS[name](bench):
                print(" | ".join(row), flush=True)
                rows.append(row)
        except Exception as error:  # the others still answer
            rows.append((name, "failed", f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"))
        rows.append((f"seconds of {name}", "", f"{time.perf_counter() - start:.0f}"))
    return rows


def main() -> None:
    from tables import table  # beside this script

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], default=[])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--toy", action="store_true")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    device = torch.device(words.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Bench(device, words.toy, Path(folder)), words.sections or list(SECTIONS))
    text = "\n".join([f"{name}, torch {torch.__version__}", "", *table(HEAD, [list(row) for row in rows]), ""])
    print(text)
    if words.out is not None:
        words.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
