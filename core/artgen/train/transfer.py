"""Start from an earlier run instead of from nothing: a trained network needs a fraction of the items on new data."""

from __future__ import annotations

from pathlib import Path

import torch

from artgen.errors import InputError
from artgen.runfolder import checkpoint
from artgen.train.trainer import Trainer

_PARTS = ("generator.", "ema.", "discriminator.", "codec.", "heads.")


@torch.no_grad()
def transfer(trainer: Trainer, path: Path) -> float:
    """Take over every tensor of the networks and the codec that has the same name and shape in the checkpoint ``path``; the
    others (another number of classes, another size) keep their fresh start. Returns the share of the numbers taken over.

    Raises InputError for another plugin's checkpoint, a damaged one, or one of which nothing fits."""
    header = checkpoint.read_header(path)
    plugin = trainer.config.run.plugin
    if header.plugin != plugin:
        raise InputError(f"--init {path}: is a run of plugin {header.plugin}, not {plugin}")
    mine = {name: t for name, t in trainer.tensors().items() if name.startswith(_PARTS)}
    chosen = checkpoint.matching(path, mine)
    if not any(name.startswith("ema.") for name in chosen):
        raise InputError(f"--init {path}: none of its generator fits these settings; try the settings of that run")
    for name, tensor in checkpoint.load(path, chosen).items():
        mine[name].copy_(tensor)
    for name in [name for name in mine if name.startswith("generator.") and name not in chosen]:
        average = name.replace("generator.", "ema.", 1)  # of a slim checkpoint, which holds no other
        if average in chosen:
            mine[name].copy_(mine[average])
            chosen[name] = mine[name]
    return sum(t.numel() for t in chosen.values()) / sum(t.numel() for t in mine.values())
