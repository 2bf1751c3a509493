"""What is made for a run in processes of their own while it can be played: walks, films, works that are changed or looked for.

It ends when the run is thrown away: a process that went on would write where the run lay, into a folder made anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from artgen.errors import ArtgenError, InputError
from artgen.runfolder.locate import fresh_folder
from artgen.runtime.disk import clear_strays
from artgen.studio.jobs import PROGRAM
from artgen.studio.processes import started
from artgen.studio.shelf import GONE

T = TypeVar("T")
_MOST_JOBS = 50  # that are remembered
_JOB = re.compile(r"[\w-]{8,40}")


@dataclass
class Job:
    """Something that a page asked for. ``run``: the id of the run; ``kind``: the last word of the route. ``answer``: what came of
    it; ``problem``: why nothing did."""

    run: str
    kind: str
    answer: dict[str, Any] | None = None
    problem: str = ""


class Beside:
    """What is being made for runs, by their ids, and what came of it until a page has shown it. ``tell`` says something to every
    open page."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._made: dict[str, dict[asyncio.Task[Any], str]] = {}
        self._leaving: set[str] = set()
        self._jobs: dict[str, Job] = {}
        self._tell = tell

    def told(self) -> list[dict[str, Any]]:
        """Every job, for a page that was loaded anew."""
        return [_words(name, job) for name, job in self._jobs.items()]

    def seen(self, name: str) -> None:
        """A page has shown what came of a job."""
        self._jobs.pop(name, None)

    async def as_job(
        self, run: str, kind: str, name: object, work: Coroutine[Any, Any, dict[str, Any]]
    ) -> dict[str, Any]:
        """What ``work`` gives. The page that asks for it may be gone by then: any other finds it under ``name``."""
        if not isinstance(name, str) or not _JOB.fullmatch(name):  # of a script, which waits
            return await work
        job = self._jobs[name] = Job(run, kind)
        while len(self._jobs) > _MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]
        try:
            job.answer = await work
        except ArtgenError as error:
            job.problem = error.page
            raise
        except BaseException:  # the studio ends
            self.seen(name)
            raise
        finally:
            if name in self._jobs:
                self._tell({"kind": "made", **_words(name, job)})
        return job.answer

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
        self._jobs = {job: one for job, one in self._jobs.items() if one.run != name or one.answer is None}
        return list(mine.values())


def _words(name: str, job: Job) -> dict[str, Any]:
    return {"job": name, "run": job.run, "of": job.kind, "answer": job.answer, "problem": job.problem}


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
