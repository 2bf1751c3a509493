"""What observers of a run are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RunInfo:
    """What observers learn about a run. ``settings``: the resolved config as plain values."""

    folder: Path
    plugin: str
    task: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Stats:
    """One report of the training: ``seen`` training items so far, seconds of training, share of the budget spent, and
    named scalars (losses, probabilities, speeds), averaged since the last report."""

    seen: int
    seconds: float
    progress: float
    values: Mapping[str, float]
