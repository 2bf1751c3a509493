"""From a batch to what the generator makes of it, whatever the task: items that the discriminator can look at."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Batch


def cropped(nets: Networks, batch: Batch) -> Batch:
    """The batch with the part of its items that this step looks at."""
    if nets.train_crop is None:
        return batch
    source = None if batch.source is None else nets.train_crop(batch.source)
    return replace(batch, real=nets.train_crop(batch.real), source=source)


def source_of(nets: Networks, batch: Batch) -> Tensor:
    """What the generator is given, ``[b, given, ...]``."""
    return batch.real[:, : nets.source_channels] if batch.source is None else batch.source


def run_generator(nets: Networks, batch: Batch) -> Tensor:
    """Whole items ``[b, *shape]``: made from latents; or sources together with what the generator makes of them, so that a
    discriminator sees both (pix2pix, Isola 2017); or, where there are no pairs, the result alone."""
    if not nets.source_channels:
        return nets.generator(batch.noise.normal(nets.latent), batch.condition, batch.noise)
    source = source_of(nets, batch)
    result = nets.generator(source, batch.condition, batch.noise)
    return result if batch.source is not None else torch.cat([source, result], 1)
