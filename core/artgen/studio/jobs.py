"""Trainings: the ordinary command as a process of its own, which goes on when the page or the studio ends.

What a run does is read off its folder (``shelf.py``); here it is started, paused, resumed and finished. One trains at a time,
others wait in ``studio/queue.json``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artgen.contract.settings import EMBEDDED
from artgen.contract.task import TASKS
from artgen.data.names import own_name
from artgen.errors import ArtgenError, InputError, StorageError
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.locate import next_folder
from artgen.runtime.disk import make_folder, write_atomic
from artgen.runtime.typed import typed
from artgen.studio.processes import unstartable
from artgen.studio.shelf import Place, alive, holder

PROGRAM = [sys.executable, "-c", "from artgen.cli import main; main(page=True)"]
_FINISH = ("--images", "1")  # a budget that the next step spends
_NICE = 5  # a page that plays comes before a training
_LOOK = 1.0  # seconds
_MOST_WAITING = 50
_ERROR = re.compile(r"^artgen: error: (.*)$", re.MULTILINE)
_STARTED = "$ artgen run "  # begins what a start writes into the log
_TAIL = 4000  # characters of a log that are read


@dataclass(frozen=True)
class Wanted:
    """A training that was asked for. ``run``: its folder. ``words``: what stands behind ``artgen run``."""

    run: Path
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        """As it is typed."""
        return typed("artgen", "run", *self.words)

    @property
    def section(self) -> dict[str, Any]:
        """What the config of the run will say: plugin, task, data, and style where one was given."""
        flags = dict(zip(self.words, self.words[1:], strict=False))
        names = {name: own_name(Path(flags[f"--{name}"]).name) for name in ("data", "style") if f"--{name}" in flags}
        task = flags.get("--task", "generate")
        usual = {"data": EMBEDDED} | ({"style": EMBEDDED} if task in TASKS and TASKS[task].takes_style else {})
        return {"plugin": flags.get("--plugin"), "task": task, **usual, **names}


@dataclass
class Jobs:
    """The trainings of a folder."""

    place: Place
    _running: dict[Path, subprocess.Popen[bytes]] = field(default_factory=dict)
    _then: dict[Path, Wanted] = field(default_factory=dict)  # what follows when a run has stopped
    _asked: dict[Path, Wanted] = field(default_factory=dict)  # of runs that were started here
    _started: dict[Path, Wanted] = field(default_factory=dict)  # how each was started last
    _ended: dict[Path, int] = field(default_factory=dict)
    _unstarted: dict[Path, Wanted] = field(default_factory=dict)  # until they are asked for again
    _why: dict[Path, str] = field(default_factory=dict)  # of these, and of orders that a full disk holds up

    def order(self, asked: dict[str, Any], data: Path | None, style: Path | None = None) -> Wanted:
        """A new run from what the page asked for; it begins as soon as no other trains.

        - ``data``: the works to learn from, None: those that ship.
        - ``style``: the works of the style, None: those that ship, or the task has none.

        Raises InputError, and StorageError; then nothing is left of it."""
        plugin = str(asked.get("plugin", ""))
        name = re.sub(r"[^\w+-]+", "-", str(asked.get("name") or plugin)).strip("-")[:60] or plugin
        run = next_folder(self.place.runs, name)
        words = ["--plugin", plugin, "--task", str(asked.get("task") or "generate")]
        words += ["--data", str(data)] if data else []
        words += ["--style", str(style)] if style else []
        for flag in ("preset", "budget", "images", "init"):
            words += [f"--{flag}", str(asked[flag])] if asked.get(flag) else []
        for word in asked.get("sets", ()):
            words += ["--set", str(word)]
        make_folder(run)
        wanted = Wanted(run, (*words, "--out", str(run)))
        try:
            self._wait(wanted)
        except ArtgenError:
            _leave(run)
            raise
        return wanted

    def go_on(self, run: Path, budget: str | None = None, images: str | None = None) -> Wanted:
        """Resume a run, or try again to start one whose start failed. ``budget``, ``images``: what is added to it."""
        if (again := self._unstarted.get(run)) and not (budget or images):
            if all(wanted.run != run for wanted in self._noted()):
                self._keep([again, *self._noted()])
            del self._unstarted[run], self._why[run]
            self._try()
            return again
        if again:  # for longer than it was asked for before
            self.stop(run)
        words = ["--resume", "--out", str(run)]
        words += ["--budget", budget] if budget else ["--images", images] if images else []
        wanted = Wanted(run, tuple(words))
        if self.state(run) in ("running", "waiting"):
            raise InputError("this run is training already")
        self._wait(wanted)
        return wanted

    def stop(self, run: Path) -> bool:
        """Save and stop: what a pause is; of a run that waits for its first turn nothing is left. True where there was something
        to be stopped."""
        before = self._noted()
        kept = [wanted for wanted in before if wanted.run.resolve() != run.resolve()]
        if len(kept) < len(before):
            self._keep(kept)  # first: on a full disk the order stays what it is
        due = self._then.pop(run, None) is not None  # what would have followed is not wanted any more
        due |= self._unstarted.pop(run, None) is not None
        self._why.pop(run, None)
        if len(kept) < len(before):
            _leave(run)
            return True
        pid = self._pid(run)
        if pid is None:
            return due
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM)
        return True

    def sooner(self, run: Path) -> bool:
        """Put a waiting run before the one that it waits behind. True where it was moved."""
        waiting = self.waiting()
        at = next((k for k, wanted in enumerate(waiting) if wanted.run.resolve() == run.resolve()), 0)
        if at == 0:
            return False
        moved = [*waiting[: at - 1], waiting[at], waiting[at - 1], *waiting[at + 1 :]]
        self._keep([*moved, *(wanted for wanted in self._noted() if wanted.run in self._unstarted)])
        return True

    def check_discard(self, run: Path) -> None:
        """Raises InputError for a run that trains, and for one that is not this folder's: neither is thrown away."""
        if run.resolve().parent != self.place.runs.resolve():
            raise InputError("only runs of the folder runs can be thrown away here")
        if self.state(run) == "running":
            raise InputError("this run is learning; pause it first")

    def discard(self, run: Path) -> Path | None:
        """Move a run out of the way, into ``studio/thrown-away``; where it lies then, None for one that was refused and made
        nothing.

        Raises InputError as ``check_discard`` does, StorageError where it cannot be moved."""
        self.check_discard(run)
        self.stop(run)  # it may wait
        self._running.pop(run, None)  # it has ended a moment ago, and nobody has looked since
        self._ended.pop(run, None)
        if not run.exists():  # it was refused
            return None
        target, number = self.place.own / "thrown-away" / run.name, 2
        while target.exists():
            target, number = target.with_name(f"{run.name}-{number}"), number + 1
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            run.rename(target)
        except OSError as error:
            raise StorageError(f"cannot be moved ({error.strerror})", value=run) from None
        return target

    def finish(self, run: Path) -> Wanted:
        """End the training here: last samples, judging and the report, as after a whole budget.

        The command line ends a run by its budget: the run is stopped, and resumed with a budget that its next step spends.
        Raises InputError for one that has nothing yet to be resumed from."""
        if not RunFolder(run).holds_run:
            raise InputError("this run has not begun to learn; pause it, or finish it later")
        wanted = Wanted(run, ("--resume", "--out", str(run), *_FINISH))
        if self.stop(run):
            self._then[run] = wanted
        else:
            self._wait(wanted)
        return wanted

    def state(self, run: Path) -> str:
        """running, waiting, failed or still."""
        if self.unstarted(run):
            return "failed"
        if any(wanted.run.resolve() == run.resolve() for wanted in self.waiting()) or run in self._then:
            return "waiting" if self._pid(run) is None else "running"
        if self._pid(run) is not None:
            return "running"
        return "failed" if self._ended.get(run, 0) not in (0, 130, 143, -signal.SIGTERM, -signal.SIGINT) else "still"

    def ends(self, run: Path) -> bool:
        """Whether a run is being finished: it is saved for that, or makes its last works and is measured."""
        begun = self._started.get(run)
        return run in self._then or (begun is not None and begun.words[-2:] == _FINISH and self.here(run))

    def here(self, run: Path) -> bool:
        """Whether this studio has started what a run does now, so that its log is that of now."""
        process = self._running.get(run)
        return process is not None and process.poll() is None

    def unstarted(self, run: Path) -> bool:
        """Whether a training was asked for and could not be started, by anyone so far; ``go_on`` tries again."""
        return run in self._unstarted and self._pid(run) is None

    def problem(self, run: Path) -> str:
        """Why a training failed, in its own words, or why it could not be started; empty where neither is so."""
        if run in self._why and self._pid(run) is None:
            return self._why[run]
        if self.state(run) != "failed":
            return ""
        found = _ERROR.findall(self._told(run))
        return found[-1] if found else "the training ended without a word"

    def said(self, run: Path) -> list[str]:
        """What the training told a person since it was started last, the last lines without the error that ended it; nothing
        where it has never been."""
        if self.state(run) == "waiting" and not RunFolder(run).holds_run:
            return []  # the log is that of another run, which was refused and had the same name
        lines = [line for line in self._told(run).splitlines() if line.startswith("artgen: ")]
        return [line.removeprefix("artgen: ") for line in lines if not _ERROR.match(line)][-5:]

    def _told(self, run: Path) -> str:
        """The end of the log, from the last start on: another run may have had the same name before."""
        try:
            return self.log(run).read_text(errors="replace")[-_TAIL:].rpartition(_STARTED)[2]
        except OSError:
            return ""

    @property
    def training(self) -> bool:
        """Whether a training of this studio goes on."""
        return any(process.poll() is None for process in self._running.values())

    def asked(self, run: Path) -> Wanted | None:
        """What was asked for where this studio has started a run that is new, or lets a run wait."""
        kept = self._unstarted.get(run) or self._asked.get(run)
        return next((wanted for wanted in self._noted() if wanted.run == run), kept)

    def begun(self) -> list[Path]:
        """Runs that this studio has started since it began, or tried to, some of which may have no config yet. One that was
        stopped before it had made anything is none any more."""
        ended = (run for run in self._ended if run.exists() or self.state(run) == "failed")
        return list(dict.fromkeys((*self._running, *self._unstarted, *ended)))

    def log(self, run: Path) -> Path:
        """Where the output of a training goes."""
        return self.place.own / "logs" / f"{run.name}.log"

    def waiting(self) -> list[Wanted]:
        """The queue, first come first served, without what could not be started."""
        return [wanted for wanted in self._noted() if wanted.run not in self._unstarted]

    def _noted(self) -> list[Wanted]:
        """What stands in ``queue.json``: also what could not be started, which is tried anew when the studio begins again."""
        try:
            rows = json.loads((self.place.own / "queue.json").read_bytes())
            return [Wanted(Path(str(row["run"])), tuple(str(word) for word in row["words"])) for row in rows]
        except (OSError, ValueError, TypeError, KeyError):
            return []

    async def watch(self) -> None:
        """Start what waits, for as long as the studio lives."""
        while True:
            self._try()
            await asyncio.sleep(_LOOK)

    def _try(self) -> None:
        with contextlib.suppress(ArtgenError, OSError):  # a disk that is full may have room when ``watch`` looks again
            self._look()

    def _look(self) -> None:
        for run, process in [*self._running.items()]:
            if process.poll() is not None:
                self._ended[run] = process.returncode
                del self._running[run]
                _leave(run)  # of one that was refused there is no more than this
        for run in [run for run in self._then if self._pid(run) is None]:
            self._begin(self._then.pop(run))
        waiting = self.waiting()
        if waiting and not self._running and all(holder(run) is None for run in self._nearby()):
            first = waiting[0]
            try:
                self._keep([wanted for wanted in self._noted() if wanted.run != first.run])
            except ArtgenError as error:  # it goes on waiting, for room
                self._why[first.run] = error.page
                raise
            self._begin(first)

    def _begin(self, wanted: Wanted) -> None:
        """Start a training. Where that fails the order is kept, with the reason, until it is asked for again."""
        self._why.pop(wanted.run, None)
        try:
            self._start(wanted)
        except (OSError, subprocess.SubprocessError) as error:
            self._unstarted[wanted.run] = wanted
            self._why[wanted.run] = unstartable(error)
            with contextlib.suppress(ArtgenError):  # a full disk: it is known for as long as the studio lives
                self._keep([wanted, *self._noted()])

    def _nearby(self) -> list[Path]:
        """Runs of the folder that somebody else may train."""
        return (
            [path for path in self.place.runs.iterdir() if (path / ".lock").exists()]
            if self.place.runs.is_dir()
            else []
        )

    def _start(self, wanted: Wanted) -> None:
        log = self.log(wanted.run)
        log.parent.mkdir(parents=True, exist_ok=True)
        self._ended.pop(wanted.run, None)
        self._started[wanted.run] = wanted
        if "--resume" not in wanted.words:
            self._asked[wanted.run] = wanted
        with log.open("ab") as out:
            out.write(f"{_STARTED}{typed(*wanted.words)}\n".encode())
            out.flush()
            self._running[wanted.run] = subprocess.Popen(  # noqa: S603  our own program
                [*PROGRAM, "run", *wanted.words], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, cwd=self.place.folder, preexec_fn=_calm if hasattr(os, "nice") else None,
            )  # fmt: skip

    def _pid(self, run: Path) -> int | None:
        """The process that trains a run, whoever started it."""
        process = self._running.get(run)
        if process is not None and process.poll() is None:
            return process.pid
        if not RunFolder(run).config.is_file():
            return None
        found = holder(run)
        return found if found and alive(found) else None

    def _wait(self, wanted: Wanted) -> None:
        noted = self._noted()
        if len(noted) >= _MOST_WAITING:
            raise InputError(f"{_MOST_WAITING} trainings wait already")
        self._keep([*noted, wanted])
        self._try()

    def _keep(self, waiting: list[Wanted]) -> None:
        rows = [{"run": str(wanted.run), "words": list(wanted.words)} for wanted in waiting]
        write_atomic(self.place.own / "queue.json", json.dumps(rows, indent=1).encode())


def _leave(run: Path) -> None:
    """Take back the folder that ``Jobs.order`` made, where nothing was written into it."""
    with contextlib.suppress(OSError):
        run.rmdir()


def _calm() -> None:
    os.nice(_NICE)
