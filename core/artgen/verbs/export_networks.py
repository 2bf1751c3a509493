"""Publish the networks of a run as ONNX, for programs other than artgen."""

from __future__ import annotations

from pathlib import Path

from artgen.export.networks import Extras, write_networks
from artgen.export.record import NetworkRecord
from artgen.verbs.loaded import LoadedRun


def export_networks(run: LoadedRun, folder: Path) -> NetworkRecord:
    """Write the graphs of a run, their description and a program that plays them into ``folder``; see ``write_networks``.

    Raises InputError for a run that makes no works from seeds, where a package is missing or another's file is in the way;
    PluginError for a generator that is no graph; StorageError."""
    films = "fps" in run.host.domain.sampling
    extras = Extras(run.metadata(), run.current_directions(), run.usual_fps if films else None)
    return write_networks(run.model, folder, extras)
