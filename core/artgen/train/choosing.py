"""Which of the weights that ship a new run starts from: those whose pictures, songs, films are most like the person's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from artgen.contract.domain import StartWeights
from artgen.errors import PluginError
from artgen.host import Host
from artgen.runfolder import checkpoint
from artgen.train.trainer import Trainer

LOOKED_AT = 96  # items: the nearest start of a folder is plain long before that


def choose(host: Host, trainer: Trainer, starts: Sequence[StartWeights]) -> tuple[int, Tensor | None]:
    """The number of the start that lies nearest to the items of the training, and of which of its classes the classes of the
    training are made at first, ``[k, k of the start]`` (see ``transfer``).

    By the mean distance of an item to the nearest class. Number 0 and None where the plugin does not say."""
    store = trainer.store
    streamed = store.folder is None  # an even spread would fetch all of it
    numbers = trainer.items[:LOOKED_AT] if streamed else store.some(trainer.items, LOOKED_AT)
    distances = host.start_distances(np.stack([store.items[int(n)] for n in numbers]), starts, trainer.config.domain)
    if distances is None:
        return 0, None
    number = int(np.argmin([found.min(1).mean() for found in distances]))
    found, labels = distances[number], checkpoint.read_header(starts[number].path).labels
    if not labels:
        return number, None
    if found.shape[1] != len(labels):
        raise PluginError(
            f"{host.found}: artgen_start_distances gave {found.shape[1]} distances an item for {starts[number].name}, "
            f"which has {len(labels)} classes"
        )
    nearest = np.eye(len(labels))[found.argmin(1)]
    of = store.label_index[numbers] if trainer.spec.labels else np.zeros(len(numbers), np.int64)
    rows = [nearest[of == row] if (of == row).any() else nearest for row in range(max(1, len(trainer.spec.labels)))]
    return number, torch.from_numpy(np.stack([row.mean(0) for row in rows])).float()
