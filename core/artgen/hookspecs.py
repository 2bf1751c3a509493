"""The whole contract between artgen and a plugin: its hooks."""

from artgen.contract.hookspecs import (
    API,
    artgen_codec,
    artgen_domain,
    artgen_judge,
    artgen_networks,
    artgen_objective,
    artgen_open,
    artgen_prepare,
    artgen_report,
    artgen_run_end,
    artgen_run_start,
    artgen_snapshot,
    artgen_start_distances,
    artgen_writer,
    hookimpl,
    hookspec,
)

__all__ = [
    "API",
    "artgen_domain",
    "artgen_prepare",
    "artgen_codec",
    "artgen_networks",
    "artgen_objective",
    "artgen_writer",
    "artgen_judge",
    "artgen_open",
    "artgen_start_distances",
    "artgen_run_start",
    "artgen_report",
    "artgen_snapshot",
    "artgen_run_end",
    "hookimpl",
    "hookspec",
]
