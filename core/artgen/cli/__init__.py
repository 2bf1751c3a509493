"""The command line: one thin file per command, loaded only when it is called, and one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path

from cyclopts import App, CycloptsError
from rich.console import Console

from artgen.errors import ArtgenError

# what the operating system refuses wherever it happens: the user's path (2) or the disk (5), no bug of ours
_STORAGE = {errno.ENAMETOOLONG: 2, errno.EACCES: 2, errno.ELOOP: 2, errno.ENOTDIR: 2,
            errno.ENOSPC: 5, errno.EDQUOT: 5, errno.EROFS: 5, errno.EFBIG: 5}  # fmt: skip

app = App(name="artgen", help="Train, play and judge generative adversarial networks on your own art.", version="0.1.0")
# the help stands here too, because reading it from the function would import what the command needs
app.command("artgen.cli.run:run", name="run", help="Train on a folder, make samples, judge them, write a report page.")
app.command("artgen.cli.sample:sample", name="sample", help="Make new works from a run.")
app.command(
    "artgen.cli.walk:walk", name="walk", help="Move from seed to seed through the latent space: a film, a long piece."
)
app.command(
    "artgen.cli.explore:explore", name="explore", help="Find directions that change a work: name them, move along them."
)
app.command("artgen.cli.project:project", name="project", help="Find the latents of your own files.")
app.command("artgen.cli.apply:apply", name="apply", help="Send your own files through a run.")
app.command("artgen.cli.evaluate:evaluate", name="evaluate", help="Measure how good a run is.")
app.command("artgen.cli.compare:compare", name="compare", help="Put runs side by side on one page.")
app.command("artgen.cli.report:report", name="report", help="Write the report page of a run anew.")
app.command("artgen.cli.verify:verify", name="verify", help="Say whether a file was made by artgen, and changed since.")
app.command("artgen.cli.plugins:plugins", name="plugins", help="List the installed plugins.")
app.command("artgen.cli.check:check", name="check", help="Check that a plugin keeps every promise.")
app.command("artgen.cli.new_plugin:new_plugin", name="new-plugin", help="Write a plugin of your own to start from.")


def main(words: list[str] | None = None) -> None:
    """Run a command and exit: 0 well, 2 wrong input, 3 plugin, 4 training, 5 storage, 6 not marked, 7 altered, 130/143 signals,
    1 a bug of ours."""
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
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that has gone is noticed here and not while Python shuts down
    except CycloptsError as error:
        _leave(2, " ".join(str(error).split()), debug)
    except ArtgenError as error:
        _leave(error.exit_code, str(error), debug)
    except BrokenPipeError:  # the reader of our output has gone: nothing to say to anyone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except KeyboardInterrupt:
        _leave(130, "stopped", debug)
    except Exception as error:
        code = _STORAGE.get(error.errno or 0) if isinstance(error, OSError) else None
        if code is not None:
            _leave(code, str(error), debug)
        log = _log()
        _leave(1, f"a bug in artgen: {type(error).__name__}: {error}; please report it with {log}", debug)
    sys.exit(0)


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
