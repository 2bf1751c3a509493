"""artgen: train, play and judge generative adversarial networks on your own art.

The public API. Plugins import from here, from ``artgen.types`` and from ``artgen.nn``; nothing deeper is promised. Names
load on first use, so that ``import artgen`` costs milliseconds and not the second that torch takes.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from artgen.hookspecs import hookimpl

if TYPE_CHECKING:
    from artgen.api import run
    from artgen.config import DomainConfig
    from artgen.data.pack import pack
    from artgen.data.pairs import pair_files
    from artgen.host import API
    from artgen.play import Run, load
    from artgen.types import (
        Ask,
        Codec,
        DataSpec,
        Domain,
        Draws,
        Judge,
        Networks,
        Opened,
        RawItem,
        Sample,
        Skipped,
        Source,
        TaskDefaults,
        WalkWriter,
        Writer,
    )

# Threads that wait for each other spin; with any other busy process on the machine that made a training step 70 times slower
# (2 cores: 2 items a second, 149 with this). It has to be said before torch loads OpenMP.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

_HOMES = {
    "artgen.api": ("run",),
    "artgen.data.pairs": ("pair_files",),
    "artgen.data.pack": ("pack",),
    "artgen.play": ("Run", "load"),
    "artgen.config": ("DomainConfig",),
    "artgen.host": ("API",),
    "artgen.types": (
        "Ask", "Codec", "DataSpec", "Domain", "Draws", "Judge", "Networks", "Opened", "RawItem", "Sample",
        "Skipped", "Source", "TaskDefaults", "WalkWriter", "Writer",
    ),
}  # fmt: skip
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "API", "Ask", "Codec", "DataSpec", "Domain", "DomainConfig", "Draws", "Judge", "Networks", "Opened", "RawItem", "Run",
    "Sample", "Skipped", "Source", "TaskDefaults", "WalkWriter", "Writer", "hookimpl", "load", "pack", "pair_files", "run",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'artgen' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
