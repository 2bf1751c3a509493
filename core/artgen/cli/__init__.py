"""The command line: one thin file per command, loaded only when it is called, and one place where errors become exit codes."""

from __future__ import annotations

import errno
import io
import math
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclopts import App, CycloptsError, Parameter, Token, convert
from rich.console import Console

from artgen.cli.mistakes import in_one_line
from artgen.cli.table import COMMANDS
from artgen.errors import ArtgenError
from artgen.runtime.environment import at_home, check_surroundings
from artgen.runtime.remarks import for_page
from artgen.runtime.signals import Interrupted, interruptible

# what the operating system refuses wherever it happens: the user's path (2) or the disk (5), no bug of ours
_STORAGE = {errno.ENAMETOOLONG: 2, errno.EACCES: 2, errno.ELOOP: 2, errno.ENOTDIR: 2,
            errno.ENOSPC: 5, errno.EDQUOT: 5, errno.EROFS: 5, errno.EFBIG: 5}  # fmt: skip


def _default(value: object) -> str | None:
    """A default where it says something: a switch is off and a list is empty anyway."""
    return None if value is None or value is False or value == () else str(value)


def _converted(wanted: Any, tokens: Sequence[Token]) -> Any:
    """As the library does, but a fraction where a whole number is wanted is refused instead of rounded, and so are an empty word
    (an unset variable of a shell script), which would mean the current folder, and what is no finite number."""
    if wanted is Path:
        return at_home(Path(tokens[0].value)) if tokens[0].value else _converted(str, tokens)
    if wanted is not bool and any(not token.value for token in tokens):
        raise ValueError("it is empty, leave the flag away instead.")
    if wanted is int and any(not token.value.strip().lstrip("+-").isdecimal() for token in tokens):
        raise ValueError(f'unable to convert "{tokens[0].value}" into a whole number.')
    found = convert(wanted, tokens)
    if isinstance(found, float) and not math.isfinite(found):
        raise ValueError(f'"{tokens[0].value}" is no finite number.')
    return found


app = App(
    name="artgen",
    help="Train, play and judge generative adversarial networks on your own art.",
    version="0.1.0",
    suppress_keyboard_interrupt=False,  # said in one line by main
    help_epilogue="Start with: artgen run --plugin image. Help of one command: artgen COMMAND --help. With --debug an "
    "error comes with its traceback.",
    # no --no-loop beside every --loop, and no default where it says nothing
    default_parameter=Parameter(negative=(), show_default=_default, converter=_converted),
)
for command in COMMANDS:
    examples = "Examples:\n\n" + "\n".join(f"    {line}" for line in command.examples)
    app.command(command.target, name=command.name, help=command.help, help_epilogue=examples)


def main(words: list[str] | None = None, *, page: bool = False) -> None:
    """Run a command and exit: 0 well, 2 wrong input, 3 plugin, 4 training, 5 storage, 6 not marked, 7 altered,
    129/130/143 signals, 1 a bug of ours. ``page``: what is said is shown by a page."""
    for_page.set(page)
    words = list(sys.argv[1:] if words is None else words)
    debug = "--debug" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end a command
    words = [word for word in words if word != "--debug"]
    try:
        _warn(check_surroundings())
        with interruptible():
            app(
                words,
                exit_on_error=False,
                print_error=False,
                error_console=Console(stderr=True),
                result_action="return_value",
            )
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that has gone is noticed here and not while Python shuts down
    except CycloptsError as error:
        _leave(2, in_one_line(error, words), debug)
    except ArtgenError as error:
        _leave(error.exit_code, error.page if page else str(error), debug)
    except BrokenPipeError:  # the reader of our output has gone: nothing to say to anyone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except Interrupted as error:
        _leave(128 + error.number, str(error), debug)
    except KeyboardInterrupt:
        _leave(130, "stopped", debug)
    except Exception as error:
        code = _STORAGE.get(error.errno or 0) if isinstance(error, OSError) else None
        if code is not None:
            _leave(
                code,
                f"the disk or the system refused: {getattr(error, 'strerror', error)}" if page else str(error),
                debug,
            )
        log = _log()
        _leave(1, f"a bug in artgen: {type(error).__name__}: {error}; please report it with {log}", debug)
    sys.exit(0)


def _warn(troubles: list[str]) -> None:
    """On the command line: who sees a page can do nothing about it."""
    for trouble in troubles if not for_page.get() else ():
        print(f"artgen: warning: {trouble}", file=sys.stderr)


def _leave(code: int, message: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    line = "".join(c if c.isprintable() else " " for c in message)  # a name from a file could hold terminal codes
    print(f"artgen: error: {line}", file=sys.stderr)
    sys.exit(code)


def _log() -> Path:
    """Keep the traceback of an unexpected error in a file of its own."""
    handle, name = tempfile.mkstemp(prefix="artgen-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(traceback.format_exc())
    return Path(name)
