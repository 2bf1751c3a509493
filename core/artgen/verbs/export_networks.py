"""Publish the networks of a run as ONNX, for programs other than artgen."""

from __future__ import annotations

from pathlib import Path

from artgen.export.engine import packed
from artgen.export.networks import Extras, write_networks
from artgen.export.record import NetworkRecord
from artgen.inference.directions import find_any
from artgen.report.sketch import refuse_foreign_page, write_sketch
from artgen.verbs.loaded import LoadedRun


def export_networks(run: LoadedRun, folder: Path) -> NetworkRecord:
    """Write the graphs of a run, what describes them, and a program and a page that play them, into ``folder``; see
    ``write_networks``.

    Raises InputError for a run that makes no works from seeds, where a package is missing or another's file is in the way;
    PluginError for a generator that is no graph; StorageError."""
    films = "fps" in run.host.domain.sampling
    extras = Extras(
        run.metadata(), run.current_directions() or find_any(run.model, 4), run.usual_fps if films else None
    )
    refuse_foreign_page(folder)
    record = write_networks(run.model, folder, extras)
    if record.work.medium != "values":  # a page shows pictures and films, and plays sounds
        write_sketch(folder, packed(run.model, record, folder))
    return record
