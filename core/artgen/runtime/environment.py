"""Environment variables, read with care: a wrong value is an input error, or it is removed with a warning."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from artgen.errors import InputError


def whole_number(name: str, default: int) -> int:
    """The environment variable ``name`` as a whole number that is not negative. Raises InputError for anything else."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 18:
        raise InputError(
            f"{name}={text}: the environment variable is no whole number; set it right, or unset it",
            page="the processes that should train together do not fit together; start the studio anew, alone",
        )
    return int(text)


def folder(name: str) -> Path | None:
    """The environment variable ``name`` as a folder, ``~`` being the person's own; None where it is not set."""
    text = os.environ.get(name)
    return at_home(Path(text)) if text else None


def at_home(path: Path) -> Path:
    """A path with the person's own folder for ``~``; as it is where nobody has that name."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def usable_cores() -> int:
    """How many cores this process may really use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_surroundings() -> list[str]:
    """Remove environment variables that libraries cannot read, and return a line about each.

    Raises InputError where the current folder no longer exists."""
    try:
        os.getcwd()  # noqa: PTH109 -- no path is wanted, only whether there is one
    except OSError:
        raise InputError("the current folder no longer exists; change to another folder") from None
    wrong = [name for name, good in _NUMBERS.items() if os.environ.get(name) and not good(os.environ[name].strip())]
    return [f"{name}={os.environ.pop(name)} cannot be used; it is ignored" for name in wrong]


def _counts(text: str) -> bool:
    return all(part.strip().isdecimal() and part.strip().strip("0") and len(part) < 9 for part in text.split(","))


# environment variables that libraries read, and what they can be
_NUMBERS: dict[str, Callable[[str], bool]] = {
    "OMP_NUM_THREADS": _counts,
    "MKL_NUM_THREADS": _counts,
    "SOURCE_DATE_EPOCH": str.isdecimal,
    "COLUMNS": _counts,
    "LINES": _counts,
}
