"""artgen: train, play and judge generative adversarial networks on your own art.

``artgen.public`` lists what is public; nothing deeper is promised. Names load on first use, so that ``import artgen`` costs
milliseconds and not the second that torch takes.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from artgen.contract.hookspecs import hookimpl
from artgen.public import HOMES, RENAMED

if TYPE_CHECKING:
    from artgen.api import Run, compare, load, run
    from artgen.contract.codec import Codec
    from artgen.contract.data import DataSpec, RawItem, Skipped, Source
    from artgen.contract.domain import Domain, TaskDefaults
    from artgen.contract.hookspecs import API
    from artgen.contract.judge import Judge
    from artgen.contract.networks import Networks, Noise
    from artgen.contract.options import SampleOptions
    from artgen.contract.settings import DomainConfig
    from artgen.contract.writer import Opened, Sample, WalkWriter, Writer
    from artgen.data.pairs import pair_files
    from artgen.verbs.pack import pack

# Threads that wait for each other spin; with any other busy process on the machine that made a training step 70 times slower
# (2 cores: 2 items a second, 149 with this). It has to be said before torch loads OpenMP.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

_WHERE = {name: home for home, names in HOMES.items() for name in names}

__all__ = [
    "API", "Codec", "DataSpec", "Domain", "DomainConfig", "Judge", "Networks", "Noise", "Opened", "RawItem", "Run",
    "Sample", "SampleOptions", "Skipped", "Source", "TaskDefaults", "WalkWriter", "Writer", "compare", "hookimpl",
    "load", "pack", "pair_files", "run",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in RENAMED:
        return getattr(import_module("artgen.types"), name)
    if name not in _WHERE:
        raise AttributeError(f"module 'artgen' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
