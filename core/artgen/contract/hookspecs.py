"""The whole contract between artgen and a plugin, on one screen.

Supply hooks: the chosen plugin gives exactly one answer; wrappers (``hookimpl(wrapper=True)``) may decorate it.
Observe hooks: everyone loaded is told, results are ignored, one that raises hides nobody else.
A plugin may leave out trailing arguments that it does not need, as always with pluggy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import numpy as np

    from artgen.contract.codec import Codec
    from artgen.contract.data import DataSpec, RawItem, Skipped, Source, SourceFile
    from artgen.contract.domain import Domain, StartWeights
    from artgen.contract.judge import Judge
    from artgen.contract.networks import Networks
    from artgen.contract.objective import Objective
    from artgen.contract.observer import RunInfo, Stats
    from artgen.contract.settings import DomainConfig, RunConfig
    from artgen.contract.writer import Opened, Writer

API = 1  # of plugins: grows by one when a plugin that was right would go wrong
hookspec = pluggy.HookspecMarker("artgen")
hookimpl = pluggy.HookimplMarker("artgen")


@hookspec(firstresult=True)
def artgen_domain() -> Domain:  # type: ignore[empty-body]
    """Say what the plugin is. Pure: reads nothing, imports no torch. Required."""


@hookspec(firstresult=True)
def artgen_prepare(source: Source, config: DomainConfig) -> Iterator[RawItem | Skipped]:  # type: ignore[empty-body]
    """Decode the user's files, one after the other, into compact items of one shape; a bad file becomes a Skipped.

    Same files and config, same items. Memory stays bounded whatever a file claims. Required."""


@hookspec(firstresult=True)
def artgen_codec(config: DomainConfig) -> Codec:  # type: ignore[empty-body]
    """The way between raw items and model tensors. Required."""


@hookspec(firstresult=True)
def artgen_networks(config: DomainConfig, spec: DataSpec) -> Networks:  # type: ignore[empty-body]
    """Build the networks for ``config`` and the measured ``spec``; the core has seeded torch. Required."""


@hookspec(firstresult=True)
def artgen_objective(config: RunConfig, spec: DataSpec) -> Objective | None:  # type: ignore[empty-body]
    """A loss of the plugin's own; None: the core's for the task. Optional."""


@hookspec(firstresult=True)
def artgen_writer(config: DomainConfig) -> Writer:  # type: ignore[empty-body]
    """Write samples as files. Required."""


@hookspec(firstresult=True)
def artgen_judge(config: DomainConfig) -> Judge | None:  # type: ignore[empty-body]
    """Features and statistics for the quality figures; None: the core uses the encoded items themselves. Optional."""


@hookspec(firstresult=True)
def artgen_open(file: SourceFile, config: DomainConfig) -> Opened | Skipped | None:  # type: ignore[empty-body]
    """Open a user's file whole, at its own size, for ``artgen apply``; None: the core works on its prepared items. Optional."""


@hookspec(firstresult=True)
def artgen_start_distances(  # type: ignore[empty-body]
    items: np.ndarray, starts: Sequence[StartWeights], config: DomainConfig
) -> Sequence[np.ndarray] | None:
    """How far prepared items ``[n, *shape]`` of a person lie from what shipped weights were trained on: for each of ``starts`` an
    array ``[n, k]`` of distances, k its classes in their order, 1 without. The nearest is started from. None: from the first.

    Measured by features that judge no figure. Quick: a run waits for it. Optional."""


@hookspec
def artgen_run_start(run: RunInfo) -> None:
    """A run begins: its folder exists, its data is prepared, nothing is trained yet."""


@hookspec
def artgen_report(run: RunInfo, stats: Stats) -> None:
    """Figures of the training since the last report."""


@hookspec
def artgen_snapshot(run: RunInfo, paths: list[Path]) -> None:
    """Samples of the current state were written."""


@hookspec
def artgen_run_end(run: RunInfo, error: BaseException | None) -> None:
    """The run ended: well (None), or by the error that is raised next."""
