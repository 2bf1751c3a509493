"""The version of artgen that runs."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTION = "artgen-suite"  # the name on a package index, where artgen is an ASCII-art tool


def version() -> str:
    """Of the installed distribution; "unknown" where artgen runs from its source."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"
