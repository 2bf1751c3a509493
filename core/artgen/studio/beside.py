"""What is made for a run in processes of their own while it can be played: walks, films, works that are changed or looked for.

It ends when the run is thrown away: a process that went on would write where the run lay, into a folder made anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from artgen.errors import InputError
from artgen.runfolder.locate import fresh_folder
from artgen.runtime.disk import clear_strays
from artgen.studio.jobs import PROGRAM
from artgen.studio.processes import started
from artgen.studio.shelf import GONE

T = TypeVar("T")


class Beside:
    """What is being made for runs, by their ids."""

    def __init__(self) -> None:
        self._made: dict[str, dict[asyncio.Task[Any], str]] = {}
        self._leaving: set[str] = set()

    async def make(self, name: str, run: Path, what: str, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` gives, which writes in the folder of a run.

        - ``name``: the id of the run.
        - ``run``: its folder.
        - ``what``: what is made, for a sentence: "the walk".

        Raises InputError where the run is thrown away before the work is done, and what the work raises."""
        if name in self._leaving or not run.exists():
            work.close()
            raise InputError(GONE)
        task = asyncio.ensure_future(work)
        mine = self._made.setdefault(name, {})
        mine[task] = what
        try:
            found = await task
        except asyncio.CancelledError:
            if name in self._leaving:
                raise InputError(
                    f"this run was thrown away, so {what} was stopped; nothing of it was written"
                ) from None
            raise
        finally:
            del mine[task]
        if not run.exists():  # somebody else has moved it
            raise InputError(f"{GONE}, so {what} was lost")
        return found

    @contextmanager
    def left(self, name: str) -> Iterator[None]:
        """Within, nothing new is made for a run."""
        self._leaving.add(name)
        try:
            yield
        finally:
            self._leaving.discard(name)

    async def end(self, name: str) -> list[str]:
        """End all that is made for a run; what was ended."""
        mine = dict(self._made.get(name, {}))
        for task in mine:
            task.cancel()
        if mine:
            await asyncio.wait(mine)
        return list(mine.values())


def clear(run: Path) -> None:
    """Remove what those have left in the folder of a run who were ended while they wrote in it: its player, too."""
    for folder in (exports(run), run / "projections"):
        clear_strays(folder)


def exports(run: Path) -> Path:
    """Where works of a run are saved."""
    return run.resolve() / "samples" / "studio"


@contextmanager
def room(run: Path, name: str) -> Iterator[Path]:
    """A new folder ``RUN/samples/<name>-<number>``, of which nothing stays where what is made in it is ended."""
    with fresh_folder(run.resolve(), name) as folder:
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


async def command(*words: str, nice: int = 0) -> tuple[int, str]:
    """Run a command of artgen; its exit code and what it said last. Cancelled, it has ended. Raises StorageError where the system
    starts no process."""
    streams = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    process = await started(*PROGRAM, *words, nice=nice, **streams)
    try:
        out, _ = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    lines = [line for line in out.decode(errors="replace").splitlines() if line.strip()]
    return process.returncode or 0, (lines[-1] if lines else "").removeprefix("artgen: error: ")
