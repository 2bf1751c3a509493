"""Widen trained networks: ``python plugins/image/tools/widen_start.py RUN OUT --widths 128,96,64,32``, then ``--init OUT``.

Old weights keep their places among the first channels; new channels are drawn as in fresh networks, but the old ones do not
listen to them at first (their weights are zero), so the widened generator draws the old pictures before its first step
(after Net2Net, Chen 2016). The discriminator stays as it is unless ``--discriminator-widths`` says otherwise.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from artgen.host import Host
from artgen.host import resolve as configs
from artgen.runfolder import checkpoint
from artgen.runfolder.locate import find_checkpoint
from artgen.types import DataSpec

LEVEL = re.compile(r"discriminator\.trunk\.levels\.(\d+)\.0\.layers\.0\.weight")


def widen(source: Path, out: Path, widths: tuple[int, ...], discriminator: tuple[int, ...] | None = None) -> None:
    """Write the checkpoint ``source`` to ``out`` as one that fits wider networks. Raises InputError where it cannot be read."""
    header = checkpoint.read_header(source)
    host = Host(header.plugin)
    old = checkpoint.part(source, ("ema.", "discriminator."))
    both = {"widths": list(widths), "discriminator_widths": list(discriminator or discriminator_widths(old))}
    settings = {**header.config, "domain": {**header.config["domain"], **both}}
    config = configs.parse(host.domain, settings)
    torch.manual_seed(0)
    nets = host.networks(config.domain, DataSpec(header.shape, header.labels))
    assert nets.discriminator is not None
    fresh = {f"ema.{name}": tensor for name, tensor in nets.generator.state_dict().items()}
    fresh |= {f"discriminator.{name}": tensor for name, tensor in nets.discriminator.state_dict().items()}
    tensors = {name: widened(old[name] if name in old else same(tensor), tensor) for name, tensor in fresh.items()}
    checkpoint.save(out, replace(header, config=config.plain()), tensors)


def discriminator_widths(old: dict[str, Tensor]) -> list[int]:
    """Channels of its levels, coarsest first; the trunk counts from the finest."""
    found = {int(m[1]): len(tensor) for name, tensor in old.items() if (m := LEVEL.match(name))}
    return [found[level] for level in sorted(found, reverse=True)]


def same(fresh: Tensor) -> Tensor:
    """What stood in the place of a mixing ``[o, i, 1, 1]`` between levels that were equally wide: nothing, the identity."""
    return torch.eye(min(fresh.shape[:2]))[:, :, None, None]


def widened(old: Tensor, fresh: Tensor) -> Tensor:
    """``old`` in the first places of a tensor as large as ``fresh``; what leads from new inputs to old outputs is zero."""
    result = fresh.clone()
    outputs = old.shape[0]
    if old.dim() > 1:
        result[:outputs] = 0
    result[tuple(slice(size) for size in old.shape)] = old
    return result


def numbers(text: str) -> tuple[int, ...]:
    """``128,96,64`` as numbers."""
    return tuple(int(word) for word in text.split(","))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--widths", type=numbers, required=True)
    parser.add_argument("--discriminator-widths", type=numbers)
    words = parser.parse_args()
    widen(find_checkpoint(words.run), words.out, words.widths, words.discriminator_widths)
