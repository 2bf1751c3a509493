"""Items a second and peak memory of a step with the networks that others publish: ``python benchmarks/equal.py dcgan64``.

For a fair comparison with another program: the networks, the batch and the size are those of its paper, the data is prepared
beforehand, and only steps are timed. Run both programs in turns on a quiet machine, with the same number of threads. Names:

- ``dcgan64``: DCGAN (Radford 2016), 64 px, 64 base channels, batch norm in both networks, batch 64, no penalty;
- ``r3gan32``: bottleneck blocks without normalization (Huang 2024), 32 px, both zero-centered penalties in every step;
- ``cyclegan64``: the generator of CycleGAN with six residual blocks and its patch discriminator (Zhu 2017), 64 px, pairs;
- ``stylegan64``: StyleGAN 2 (Karras 2020), 64 px, penalty in every sixteenth step.
"""

from __future__ import annotations

import argparse
import resource

import artgen  # isort: skip  # noqa: F401  before torch, as in a run: it says how long waiting threads spin

import torch
from speed import step_seconds, trainer

from artgen.runtime.device import use_cores
from artgen.types import Task
from artgen.verbs.plan import TrainRequest

PLAIN = ("augment=off", "features=none", "threads=0")
NETWORKS: dict[str, tuple[Task, str, tuple[str, ...]]] = {
    "dcgan64": ("generate", "dcgan-base", ("base_channels=64", "max_channels=512", "batch=64", "penalty=none")),
    "r3gan32": ("generate", "base", ("size=32", "base_channels=64", "max_channels=256", "batch=64", "penalty=exact")),
    "cyclegan64": ("translate", "translate", ("size=64", "translator=resnet", "base_channels=64", "batch=2")),
    "stylegan64": ("generate", "stylegan-base", ("size=64", "batch=16", "penalty=lazy", "penalty_every=16")),
}
ROUNDS = 3


def request(name: str, sets: tuple[str, ...] = ()) -> TrainRequest:
    """What a training with these networks is asked by."""
    task, preset, own = NETWORKS[name]
    return TrainRequest(task=task, preset=preset, init="scratch", sets=(*PLAIN, *own, *sets))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--set", action="append", default=[], dest="sets")
    words = parser.parse_args()
    found = trainer("image", request(words.network, tuple(words.sets)))
    nets, train = found.networks, found.config.train
    assert nets.discriminator is not None
    sizes = [sum(p.numel() for p in network.parameters()) / 1e6 for network in (nets.generator, nets.discriminator)]
    seconds = min(step_seconds(found) for _ in range(ROUNDS))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cores = use_cores(train.threads)
    print(
        f"{words.network}: torch {torch.__version__}, {cores} cores, batch {train.batch}, item {list(found.spec.shape)}"
    )
    print(f"parameters: generator {sizes[0]:.2f} M, discriminator {sizes[1]:.2f} M")
    print(f"items a second: {train.batch * train.d_steps / seconds:.1f}; milliseconds a step: {1000 * seconds:.1f}")
    print(f"peak memory of the process: {memory:.0f} MB")


if __name__ == "__main__":
    main()
