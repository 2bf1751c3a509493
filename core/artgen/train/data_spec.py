"""What the networks have to fit, measured from real items; and whether they do."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from artgen.contract.codec import Codec, WorkCodec
from artgen.contract.data import DataSpec
from artgen.contract.networks import Networks
from artgen.contract.settings import RunConfig
from artgen.contract.task import TASKS, Task
from artgen.data.store import Store
from artgen.errors import PluginError
from artgen.host import Host

_FIT_ITEMS = 256  # items that a codec learns from


def measure(
    host: Host, task: Task, codec: Codec, store: Store, items: np.ndarray, style: Store | None, device: torch.device
) -> tuple[DataSpec, Tensor]:
    """Fit the codec on an even spread of the training items (their numbers in ``store``), those of the style included, encode
    two and see what comes out: the spec, and those two ``[2, *shape]``."""
    raw = _spread(store, items)
    if style is not None:
        other = _spread(style, np.arange(len(style.items)))
        if other.shape[1:] != raw.shape[1:] or other.dtype != raw.dtype:
            raise PluginError(f"{host.found}: artgen_prepare gave {other.dtype}{list(other.shape[1:])} for the style, "
                              f"{raw.dtype}{list(raw.shape[1:])} for the data")  # fmt: skip
        raw = torch.cat([raw, other])
    raw = raw.to(device)
    with torch.no_grad():
        codec.fit(raw)
        rng = torch.Generator(device).manual_seed(0)
        x, plain = codec.encode(codec.vary(raw[:2], rng)), codec.encode(raw[:2])
        back = None if TASKS[task].changes_works else codec.decode(x[:1])  # of sound each takes a third of a second
    if not bool(x.isfinite().all()):
        raise PluginError(f"{host.found}: artgen_codec encoded an item to values that are not all finite")
    if x.shape != plain.shape:
        raise PluginError(
            f"{host.found}: artgen_codec: encode gave {list(x.shape[1:])} for what vary gave, and {list(plain.shape[1:])} for "
            "the item itself; without vary it takes the middle of a longer item"
        )
    if back is not None and (back.dim() != raw.dim() or back.dtype != raw.dtype):
        raise PluginError(
            f"{host.found}: artgen_codec: decode gave {back.dtype}{list(back.shape[1:])} for an item that was "
            f"{raw.dtype}{list(raw.shape[1:])}"
        )
    labels = () if TASKS[task].changes_works else store.labels  # a work that is to be changed comes without one
    return DataSpec(tuple(x.shape[1:]), labels), x


def _spread(store: Store, numbers: np.ndarray) -> Tensor:
    """An even spread of items ``[b, *item]`` to fit a codec on."""
    return torch.from_numpy(store.items[store.some(numbers, _FIT_ITEMS)])


def check_given(host: Host, config: RunConfig, nets: Networks, codec: Codec, spec: DataSpec) -> None:
    """Raise PluginError where the networks or the codec do not fit a task that changes works, or one that makes them."""
    task, channels = config.run.task, spec.shape[0]
    if nets.source_channels not in TASKS[task].source_channels(channels):
        raise PluginError(
            f"{host.found}: artgen_networks: source_channels={nets.source_channels} of {channels} channels does not fit the task "
            f"{task}"
        )
    if TASKS[task].changes_works and not isinstance(codec, WorkCodec):
        raise PluginError(
            f"{host.found}: artgen_codec: the task {task} needs a codec with part, take and give, see WorkCodec"
        )
