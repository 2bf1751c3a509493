"""Promise: every preset of every bundled plugin gives networks of a sane size for its own data, those for a GPU too.

Built on the meta device, so that the largest cost neither memory nor seconds; that they train is tried by hand
(``benchmarks/results/image_quality.md``)."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from artgen.data.scan import scan
from artgen.host import Host, discover
from artgen.host.resolve import resolve
from artgen.inference.expected_tensors import NoNoise
from artgen.runtime.version import DISTRIBUTION
from artgen.types import TRANSLATION_TASKS, DataSpec, RawItem, Task

HOSTS = {found.name: Host(found.name) for found in discover() if found.distribution == DISTRIBUTION}
PRESETS = [(plugin, preset) for plugin, host in HOSTS.items() for preset in sorted(host.domain.presets)]


@pytest.mark.parametrize(("plugin", "preset"), PRESETS)
def test_every_preset_builds_networks_of_a_sane_size(plugin: str, preset: str) -> None:
    host = HOSTS[plugin]
    task: Task = next(
        (task for task in TRANSLATION_TASKS if task == preset), "generate"
    )  # else a family, whatever its task
    domain, config = host.domain.of(task), resolve(host.domain, {"plugin": plugin, "task": task}, preset)
    assert domain.embedded is not None
    source = scan(domain.embedded, domain.suffixes)
    items = [item for item in islice(host.prepare(source, config.domain), 2) if isinstance(item, RawItem)]
    raw, codec = torch.from_numpy(np.stack([item.data for item in items])), host.codec(config.domain)
    codec.fit(raw)
    x = codec.encode(codec.vary(raw, torch.Generator().manual_seed(0)))
    with torch.device("meta"), NoNoise():
        nets = host.networks(
            config.domain, DataSpec(tuple(x.shape[1:]), () if task in TRANSLATION_TASKS else source.labels)
        )
    sizes = [sum(p.numel() for p in net.parameters()) for net in (nets.generator, nets.discriminator) if net]
    assert all(3e4 < size < 1e8 for size in sizes), sizes
