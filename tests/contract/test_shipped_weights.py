"""Promise: weights that ship with a plugin are those of its presets, so that a new run really starts from them."""

from __future__ import annotations

import pytest

from artgen.config import resolve
from artgen.host import Host
from artgen.train.checkpoint import load, matching
from artgen.types import DataSpec

SHIPPED = [("image", "tiny", (3, 32, 32)), ("music", "tiny", (64, 64)), ("video", "tiny", (3, 16, 32, 32))]


@pytest.mark.parametrize(("plugin", "preset", "shape"), SHIPPED)
def test_weights_that_ship_fit_a_preset(plugin: str, preset: str, shape: tuple[int, ...]) -> None:
    """Whatever the classes; a change of the networks would leave them behind unnoticed."""
    host = Host(plugin)
    config = resolve(host.domain, {"plugin": plugin}, preset)
    nets = host.networks(config.domain, DataSpec(shape, ("cats", "dogs")))
    mine = {f"ema.{name}": tensor for name, tensor in nets.generator.state_dict().items() if "embed" not in name}
    fitting = [path for path in host.domain.starts if matching(path, mine).keys() == mine.keys()]
    assert len(fitting) == 1
    assert max(float(tensor.abs().max()) for tensor in load(fitting[0], mine).values()) < 100


@pytest.mark.parametrize("plugin", ["image", "music", "video"])
def test_every_file_that_ships_is_tried(plugin: str) -> None:
    starts = Host(plugin).domain.starts
    assert all(path.is_file() for path in starts)
    assert len(starts) == sum(name == plugin for name, _, _ in SHIPPED)
