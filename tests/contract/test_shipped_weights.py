"""Promise: weights that ship with a plugin are those of its default networks, so that a new run really starts from them."""

from __future__ import annotations

import pytest

from artgen.config import resolve
from artgen.host import Host
from artgen.train.checkpoint import load, matching
from artgen.types import DataSpec


@pytest.mark.parametrize(("plugin", "shape"), [("image", (3, 32, 32)), ("music", (64, 64)), ("video", (3, 16, 32, 32))])
def test_the_weights_that_ship_fit_the_default_networks(plugin: str, shape: tuple[int, ...]) -> None:
    """Whatever the classes; a change of the default networks would leave them behind unnoticed."""
    host = Host(plugin)
    assert host.domain.start is not None
    config = resolve(host.domain, {"plugin": plugin})
    nets = host.networks(config.domain, DataSpec(shape, ("cats", "dogs")))
    mine = {f"ema.{name}": tensor for name, tensor in nets.generator.state_dict().items() if "embed" not in name}
    assert mine.keys() == matching(host.domain.start, mine).keys()
    assert max(float(tensor.abs().max()) for tensor in load(host.domain.start, mine).values()) < 100
