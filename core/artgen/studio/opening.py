"""What the studio is opened on, found out before the server is loaded: the address is known while a browser starts."""

from __future__ import annotations

import secrets
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from artgen.errors import InputError
from artgen.runtime.environment import at_home
from artgen.studio.shelf import Place, Shelf, holds_run

PORT = 8123  # where it can be had, so that a page that is open finds the studio again
_COUNTED = 10_000  # files of a folder that are looked at to guess what they are


@dataclass(frozen=True)
class Opening:
    """A folder with its runs.

    - ``token``: what the address of its page carries.
    - ``first``: the run to open, where one was named.
    - ``data``: the works that were named."""

    shelf: Shelf
    token: str
    first: Path | None = None
    data: Path | None = None


def opened(given: Path | None) -> Opening:
    """What was named on the command line: a folder with runs, a run, a card elsewhere, or works to learn from.

    Raises InputError for what is not there."""
    folder = Path.cwd() if given is None else _here(given)
    if not folder.exists():
        raise InputError("does not exist; give a folder, a run, or nothing for the current folder", value=folder)
    first = data = None
    if folder.is_file():
        raise InputError("is a file; give the run folder that it lies in", value=folder)
    if holds_run(folder):
        first = folder
        parent = folder.resolve().parent
        home = parent.parent if parent.name == "runs" else parent
    elif given is not None and not _holds_runs(folder) and any(_works(folder)):
        data, home = folder.resolve(), Path.cwd()
    else:
        home = folder
    place = Place(home)
    return Opening(Shelf(place, first), kept_token(place.own / "token"), first, data)


def _here(given: Path) -> Path:
    """The folder that was named, fetched first where it lies elsewhere."""
    from artgen.runfolder.fetch import local_run  # a tenth of a second, which only a named place costs

    return local_run(at_home(given))


def ends_of(folder: Path) -> dict[str, int]:
    """How many files of each ending a folder holds, by which the page guesses what they are."""
    return dict(Counter(path.suffix.lower() for path in islice(_works(folder), _COUNTED)))


def _holds_runs(folder: Path) -> bool:
    return (folder / "studio").is_dir() or any(
        holds_run(path)
        for parent in (folder, folder / "runs")
        if parent.is_dir()
        for path in parent.iterdir()
        if path.is_dir()
    )


def _works(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def listen(port: int | None) -> socket.socket:
    """A socket on this machine alone; without a wish the usual port where it is free. Who connects waits until it is served.

    Raises InputError for one that is taken."""
    taken = None
    for number in (PORT, 0) if port is None else (port,):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", number))
            found.listen(128)
            return found
        except OSError as error:
            taken = error.strerror
            found.close()
    raise InputError(f"cannot be used ({taken}); leave it out, then a free one is taken", at="--port", value=port)


def kept_token(path: Path) -> str:
    """The token of this studio folder, made at the first start and readable by its owner only: a page that was open when the
    studio ended goes on with the next one."""
    try:
        if path.is_file() and path.stat().st_mode & 0o077 == 0 and len(text := path.read_text().strip()) == 32:
            return text
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(16)
        path.touch(mode=0o600)
        path.write_text(token)
    except OSError:  # a folder that cannot be written is played all the same
        return secrets.token_hex(16)
    return token
