"""Does a generator leave the same fine marks at the same places in all of its works? Class by class, beside real works.

    python benchmarks/pattern.py RUN [--against FOLDER] [--count 192]

The first two columns: of the power of what is fine in samples, and in real works, the share that all of them have in common. The
third: the power by which the mean sample and the mean real work differ, in shares of what is fine in real works; near zero where
nothing but the works' own order (eyes in the middle of faces) is in common. A few hundredths are within what so few works tell.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

import artgen
from artgen.errors import InputError
from artgen.judge.real_items import reals_of
from artgen.judge.reference_sets import SEED, real_items
from artgen.tasks.pattern import fine, fixed_pattern

BATCH = 16


def shared(items: Tensor) -> float:
    """The share of what is fine in items ``[b, c, ...]`` that any two of them have in common, on average."""
    nothing, one = torch.zeros_like(items), torch.ones(len(items), 1)
    return float(fixed_pattern(items, nothing, one)) / power(items)


def power(items: Tensor) -> float:
    """The power of what is fine in an item, on average."""
    return float(fine(items).square().sum()) / len(items)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("run", type=Path)
    parser.add_argument(
        "--against", type=Path, help="folder of real works; default: those that the run learned and holds out"
    )
    parser.add_argument("--count", type=int, default=192, help="works of each class, a multiple of 16")
    options = parser.parse_args()
    run = artgen.load(options.run)
    model, count = run.model, options.count
    try:
        reals = reals_of(run.host, run.config, None, options.against)
    except InputError as error:
        parser.error(f"{error}, or give real works with --against")
    print("| class | samples | real | difference |\n|---|---|---|---|")
    for label in run.labels or (None,):
        raw = [model.raw(range(SEED + i, SEED + i + BATCH), [label] * BATCH) for i in range(0, count, BATCH)]
        made = torch.cat([model.codec.encode(part) for part in raw])
        numbers = reals.of(label)[0][:count]
        real = model.codec.encode(real_items(model.codec, reals.store, numbers, torch.Generator().manual_seed(0)))
        most = min(len(made), len(real))
        difference = float(
            fixed_pattern(made[:most], real[:most], torch.ones(most, 1)) / (fine(real).square().sum() / len(real))
        )
        print(f"| {label or 'all'} | {shared(made):.3f} | {shared(real):.3f} | {difference:.3f} |")


if __name__ == "__main__":
    main()
