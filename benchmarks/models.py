"""How fast each family of networks is: ``python benchmarks/models.py image tiny dcgan stylegan`` prints a table, a preset a row.

All presets are measured in one process, in turns, so that drift of the machine hits all of them; the last two columns are ratios
to the first preset, which is what carries over to other machines. These are steps alone, the best of a few rounds at the start of
a training; ``quality.py`` divides the items of whole runs by their wall-clock, snapshots, checkpoints and idle cores included.
"""

from __future__ import annotations

import argparse
import time

import artgen  # isort: skip  # noqa: F401  before torch, as in a run: it says how long waiting threads spin

import torch
from speed import products, step_seconds, trainer
from tables import table

from artgen.runtime.device import use_cores
from artgen.train.trainer import Trainer
from artgen.types import SampleOptions
from artgen.verbs.plan import TrainRequest

RECONSTRUCT = ("vae", "autoencoder")
ROUNDS, BATCHES, BATCH = 3, 4, 16
HEAD = (
    "preset",
    "batch",
    "parameters of G",
    "convolutions and products",
    "items/s training",
    "samples/s",
    "training",
    "sampling",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plugin")
    parser.add_argument("presets", nargs="+")
    words = parser.parse_args()
    print(f"{use_cores()} cores, torch {torch.__version__}; steps alone, best of {ROUNDS} rounds\n")
    trainers = {preset: trainer(words.plugin, _order(preset)) for preset in words.presets}
    heavy = {preset: products(found)[0] for preset, found in trainers.items()}
    rounds = [{p: (_training(t), _sampling(t)) for p, t in trainers.items()} for _ in range(ROUNDS)]
    best = {p: tuple(max(found[p][i] for found in rounds) for i in range(2)) for p in trainers}
    first = best[words.presets[0]]
    rows = []
    for preset, (training, sampling) in best.items():
        size = sum(p.numel() for p in trainers[preset].networks.generator.parameters()) / 1e6
        cost = (f"{trainers[preset].config.train.batch}", f"{size:.2f} M", f"{heavy[preset]:.0%}")
        ratios = (f"{training / first[0]:.2f}", f"{sampling / first[1]:.2f}")
        rows.append([preset, *cost, f"{training:.0f}", f"{sampling:.0f}", *ratios])
    print("\n".join(table(HEAD, rows)))


def _order(preset: str) -> TrainRequest:
    return TrainRequest(preset=preset, task="reconstruct" if preset in RECONSTRUCT else "generate")


def _training(found: Trainer) -> float:
    """Items seen a second; a step of five discriminator steps sees five batches."""
    steps = found.config.train.d_steps if found.networks.discriminator is not None else 1
    return found.config.train.batch * steps / step_seconds(found)


def _sampling(found: Trainer) -> float:
    model = found.model()
    model.generator.eval()
    labels = [model.label_of(seed) for seed in range(BATCH)]
    model.raw(range(BATCH), labels, SampleOptions())
    start = time.perf_counter()
    for number in range(BATCHES):
        model.raw(range(number * BATCH, (number + 1) * BATCH), labels, SampleOptions())
    return BATCHES * BATCH / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
