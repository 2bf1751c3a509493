"""Errors that a person can act on: each carries its exit code and says the way out. Anything else that escapes is our bug."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePath


class ArtgenError(Exception):
    """Base of all expected errors. ``str(error)`` is one line that names the file, flag or plugin and what to do.

    - ``message``: what is wrong, and the way out.
    - ``at``: the flag or the command that is meant, such as ``--steps``; only the command line names it.
    - ``value``: what was given there; without ``at`` what is wrong, such as the path of a file, of which a page says the name.
    - ``page``: the same for a person who sees a page and no command line, where ``message`` names flags or commands."""

    exit_code = 1

    def __init__(self, message: str, *, at: str = "", value: object = None, page: str = "") -> None:
        where = " ".join(str(part) for part in (at, value) if part not in ("", None))
        super().__init__(f"{where}: {message}" if where else message)
        name = value.name if isinstance(value, PurePath) else value
        self.page = page or (message if value is None else f"“{name}”: {message}")
        """The error as a page says it: without flags and folders."""


class InputError(ArtgenError):
    """The user's input, flag, path, file or checkpoint is wrong."""

    exit_code = 2


class PluginError(ArtgenError):
    """A plugin is missing, broken or incompatible."""

    exit_code = 3


class TrainingError(ArtgenError):
    """The training diverged or collapsed after all recoveries; the last good checkpoint is kept."""

    exit_code = 4


class StorageError(ArtgenError):
    """The disk is full, read-only or not ours to write to."""

    exit_code = 5


class NotMarked(ArtgenError):
    """A file carries no label of artgen."""

    exit_code = 6


class Altered(ArtgenError):
    """A file carries labels of artgen, but was changed since."""

    exit_code = 7


class Stopped(ArtgenError):
    """A signal asked the run to stop; everything is saved."""

    def __init__(self, message: str, signal_number: int, *, page: str = "") -> None:
        super().__init__(message, page=page)
        self.exit_code = 128 + signal_number


def close_to(word: str, names: Iterable[str]) -> list[str]:
    """The names that are most likely meant, at most two: those that begin with the word first, a word that was not typed to its
    end, then those that are spelled much like it."""
    known, bare = sorted(names), word.strip().lower()
    begun = [name for name in known if len(bare.strip("-")) > 1 and name.lower().startswith(bare)]
    return list(dict.fromkeys([*sorted(begun, key=len), *difflib.get_close_matches(word, known, n=2)]))[:2]


def nearest(word: str, names: Iterable[str]) -> str:
    """A ``(did you mean ...?)`` hint, or the list of names when none is close."""
    known = sorted(names)
    close = close_to(word, known)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(known)}" if known else "none is known"
