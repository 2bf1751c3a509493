"""Promise: weights that ship with a plugin are those of its presets, so that a new run really starts from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import Tensor

from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.runfolder.checkpoint import load, matching
from artgen.types import DataSpec

SHIPPED = {
    "image": {"small": (3, 64, 64), "tiny": (3, 32, 32)},
    "music": {"tiny": (64, 64)},
    "video": {"small": (3, 16, 64, 64), "tiny": (3, 16, 32, 32)},
}


def starts(host: Host, preset: str, shape: tuple[int, ...]) -> list[tuple[Path, dict[str, Tensor]]]:
    """The weights that a run of ``preset`` may start from, and the tensors that it takes over."""
    config = resolve(host.domain, {"plugin": host.domain.name}, preset)
    nets = host.networks(config.domain, DataSpec(shape, ("cats", "dogs")))
    mine = {f"ema.{name}": tensor for name, tensor in nets.generator.state_dict().items() if "embed" not in name}
    return [(path, mine) for path in host.domain.starts if matching(path, mine).keys() == mine.keys()]


@pytest.mark.parametrize("plugin", SHIPPED)
def test_weights_that_ship_fit_a_preset(plugin: str) -> None:
    """Whatever the classes; a change of the networks would leave them behind unnoticed, and each file is some preset's."""
    host = Host(plugin)
    each = [starts(host, preset, shape) for preset, shape in SHIPPED[plugin].items()]
    assert all(each), "every preset has a start"
    found = [one for several in each for one in several]
    assert [path for path, _ in found] == list(host.domain.starts)
    assert all(float(t.abs().max()) < 100 for path, mine in found for t in load(path, mine).values())
