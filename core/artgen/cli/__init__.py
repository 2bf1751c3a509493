"""The command line: one thin file per command, loaded only when it is called, and one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path

from cyclopts import App, CycloptsError
from rich.console import Console

from artgen.errors import ArtgenError

app = App(name="artgen", help="Train, play and judge generative adversarial networks on your own art.", version="0.1.0")
# the help stands here too, because reading it from the function would import what the command needs
app.command("artgen.cli.run:run", name="run", help="Train on a folder, make samples, judge them, write a report page.")
app.command("artgen.cli.sample:sample", name="sample", help="Make new works from a run.")
app.command("artgen.cli.report:report", name="report", help="Write the report page of a run anew.")
app.command("artgen.cli.plugins:plugins", name="plugins", help="List the installed plugins.")


def main(words: list[str] | None = None) -> None:
    """Run a command and exit: 0 well, 2 wrong input, 3 plugin, 4 training, 5 storage, 130/143 signals, 1 a bug of ours."""
    words = list(sys.argv[1:] if words is None else words)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        app(
            words,
            exit_on_error=False,
            print_error=False,
            error_console=Console(stderr=True),
            result_action="return_value",
        )
    except CycloptsError as error:
        _leave(2, " ".join(str(error).split()), debug)
    except ArtgenError as error:
        _leave(error.exit_code, str(error), debug)
    except BrokenPipeError:  # the reader of our output has gone: nothing to say to anyone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _leave(130, "stopped", debug)
    except Exception as error:
        log = _log()
        _leave(1, f"a bug in artgen: {type(error).__name__}: {error}; please report it with {log}", debug)
    sys.exit(0)


def _leave(code: int, message: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    print(f"artgen: error: {' '.join(message.splitlines())}", file=sys.stderr)
    sys.exit(code)


def _log() -> Path:
    """Keep the traceback of an unexpected error in a file of its own."""
    handle, name = tempfile.mkstemp(prefix="artgen-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(traceback.format_exc())
    return Path(name)
