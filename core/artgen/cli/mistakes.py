"""What was typed and cannot be understood, in one line with the way out."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cyclopts import (
    Argument,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from artgen.cli.table import COMMANDS
from artgen.errors import close_to, nearest
from artgen.runtime.environment import at_home

_PAIRS = {"--set": "a setting", "--move": "a direction", "--rename": "a name"}  # flags that take NAME=VALUE
_TIMES = ("--budget",)


def in_one_line(error: CycloptsError, words: Sequence[str]) -> str:
    """As the library says it, and where that leaves a beginner alone what to type instead.

    - ``words``: all that was typed behind ``artgen``."""
    if isinstance(error, UnusedCliTokensError):
        return _unused(error, words)
    said = " ".join(str(error).split())
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        if error.keyword is None:  # not given at all
            name = error.argument.name
            flag = error.argument.field_info.kind is inspect.Parameter.KEYWORD_ONLY
            return f"{name if flag else name.lstrip('-').upper()} is missing{_example(words[0])}"
        return f"{said} {_help(words[0])} says what it takes"
    if isinstance(error, UnknownCommandError) and words[0].startswith("-"):
        known = [command.name for command in COMMANDS]
        command = next((word for word in words if word in known), "run")
        return f"{words[0]}: a command comes first, its flags behind it: artgen {command} {words[0]} ..."
    if isinstance(error, UnknownCommandError):
        return f'Unknown command "{words[0]}", {nearest(words[0], [command.name for command in COMMANDS])}'
    if isinstance(error, UnknownOptionError):
        word = error.token.keyword or error.token.value
        if Path(word).exists():
            return f"{word}: a name that begins with a dash is written ./{word}"
        flags = [name for found in error.argument_collection if _is_flag(found) for name in found.names]
        close = close_to(word.partition("=")[0], [name for name in flags if name.startswith("--")])
        if close:
            return f"Unknown option: {word}, did you mean {' or '.join(close)}?"
        return f"Unknown option: {word}. {_help(words[0])} lists all"
    return said


def _is_flag(argument: Argument) -> bool:
    """Whether it is given by a flag; what a command acts on is given by its place alone."""
    return argument.parse and argument.field_info.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD


def _example(command: str) -> str:
    """Of the first that has one."""
    return next((f", such as: {found.examples[0]}" for found in COMMANDS if found.name == command), "")


def _help(command: str) -> str:
    return f"artgen {command} --help"


def _unused(error: UnusedCliTokensError, words: Sequence[str]) -> str:
    """Words that nothing takes are most often a folder alone, or the rest of a name with spaces."""
    unused = list(error.unused_tokens or [])
    flags = inspect.signature(error.target).parameters if error.target else {}
    at = len(words) - 1 - list(reversed(words)).index(unused[0]) if unused and unused[0] in words else 0
    flag, value = (words[at - 2], words[at - 1]) if at > 2 and words[at - 2].startswith("--") else ("", "")
    begun = f"{' '.join(unused)}: no flag stands before it; "
    whole = " ".join([words[at - 1], *unused])
    # no guess: that very name is on the disk; Path.exists would raise where it is too long for one
    if at > 1 and os.path.exists(at_home(Path(whole))):  # noqa: PTH110
        return f'{begun}a name with spaces goes in quotes: "{whole}"'
    if flag in _PAIRS and "=" not in value:
        return f"{begun}{_PAIRS[flag]} is one word: {flag} {value}={unused[0]}"
    if flag in _TIMES and value.isdecimal():
        return f"{begun}a time is one word, such as {flag} 90s or {flag} 5m"
    if "seeds" in flags and all(word.replace("-", "").replace(",", "").isdecimal() for word in unused):
        return f"{begun}seeds are given by --seeds: --seeds {','.join(word.strip(',') for word in unused)}"
    given = {word.partition("=")[0] for word in words}
    if "--resume" in given and "--out" not in given:
        return f"{begun}the run to go on with is given by --out: --resume --out {unused[0]}"
    ways = {"--data": "a folder to learn from is given by --data, "} if words[0] == "run" else {}
    if words[0] == "run" and not {"--resume", "--config"} & given:
        ways = {"--plugin": "what to make is given by --plugin, "} | ways
    if "out" in flags:
        ways["--out"] = "what is written goes to --out, "
    hints = "".join(way for name, way in ways.items() if name not in given)
    spaced = (
        f': {flag} "{" ".join([value, *unused])}"' if _takes_path(flag, flags) and not value.startswith("-") else ""
    )
    return f"{begun}{hints}a name with spaces goes in quotes{spaced}"


def _takes_path(flag: str, flags: Mapping[str, inspect.Parameter]) -> bool:
    parameter = flags.get(flag.removeprefix("--").replace("-", "_"))
    return parameter is not None and (parameter.name == "data" or "Path" in str(parameter.annotation))
