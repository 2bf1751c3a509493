"""Processes of their own, with signals and exit codes, forked from that of the tests: importing torch anew would take each of
them two seconds and more of the processor.

What happens while a fresh interpreter starts is not tried by them; tests that promise something about it start one."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import psutil
import torch

from artgen.cli import main
from artgen.errors import ArtgenError
from tests.patience import PATIENCE


def child(work: Callable[[], object], **environment: str) -> int:
    """``work`` in a process of its own, whose exit code is the command's; its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.environ.update(environment)
        for number in (signal.SIGTERM, signal.SIGHUP):  # whoever runs the tests may ignore signals
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        torch.set_num_threads(1)
        work()
        code = 0
    except ArtgenError as error:
        sys.stderr.write(f"artgen: error: {error}\n")
        code = error.exit_code
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(pid: int, limit: float = PATIENCE) -> int:
    """Exit code within ``limit`` seconds, or a failure."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError(f"still running after {limit} s")


def until(done: Callable[[], object], limit: float = PATIENCE) -> None:
    """Wait for a condition."""
    end = time.monotonic() + limit
    while not done():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


class Forked:
    """``work`` in a process of its own, in the folder ``cwd``, with ``environment`` beside the one of the tests.

    ``read`` gives what it has written to stdout, ``end`` waits for it."""

    def __init__(self, work: Callable[[], object], cwd: Path, **environment: str) -> None:
        self._files = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2)]  # noqa: SIM115 -- see end

        def within() -> None:
            for number, file in enumerate(self._files, 1):
                os.dup2(file.fileno(), number)
            # what pytest has put in their places
            sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
            os.chdir(cwd)
            work()

        self.pid = child(within, **environment)

    def read(self) -> str:
        size = os.fstat(self._files[0].fileno()).st_size
        return os.pread(self._files[0].fileno(), size, 0).decode()

    def end(self, limit: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Its exit code, and all that it has written. Fails after ``limit`` seconds."""
        code = wait(self.pid, limit)
        said = []
        for file in self._files:
            file.seek(0)
            said.append(file.read())
            file.close()
        return subprocess.CompletedProcess([], code, *said)


class Command(Forked):
    """``artgen WORDS``; ``before`` is called in its process first."""

    def __init__(self, *words: str, cwd: Path, before: Callable[[], object] = lambda: None, **environment: str) -> None:
        super().__init__(lambda: (before(), main(list(words))), cwd, **environment)


class Family(subprocess.Popen[Any]):
    """As ``subprocess.Popen``, but that a program of our interpreter (``python -c``, ``-m``, ``-P FILE``) is forked from this
    process, which has loaded torch already, instead of started anew. What it starts in turn is forked from it.

    Its folder, pipes, group, number, signals and exit code are its own, as ever; only its name in the list of processes is that
    of the tests (see ``named``)."""

    def __init__(
        self, args: list[str], *more: Any, env: dict[str, str] | None = None,
        preexec_fn: Callable[[], Any] | None = None, **others: Any,
    ) -> None:  # fmt: skip
        def become() -> NoReturn:
            if preexec_fn is not None:
                preexec_fn()
            _run([str(word) for word in args[1 + (args[1] == "-u") :]], env)

        ours = args[0] == sys.executable
        super().__init__(args, *more, env=env, preexec_fn=become if ours else preexec_fn, **others)


def named(process: Any, module: str) -> bool:
    """Whether a ``psutil.Process`` runs a module, started anew or of the ``Family``. One that has just ended runs none."""
    try:
        return process.name() == module[-15:] or module in process.cmdline()
    except psutil.NoSuchProcess:  # a process that nobody has waited for yet is one, too
        return False


def _run(words: list[str], environment: dict[str, str] | None) -> NoReturn:
    """Become what ``python WORDS`` is, in the process that ``subprocess`` has forked for it."""
    _let_go()
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)
    code = 1
    try:
        _begin_anew()
        _program(*words)
        code = 0
    except SystemExit as left:
        if isinstance(left.code, str):
            sys.stderr.write(f"{left.code}\n")
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _let_go() -> None:
    """Close all files but the three streams, also the pipe by which whoever waits for the start hears of it. Their numbers stay
    taken, by nothing: objects of the tests that still know them must not write into files that are opened later."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number > 2 and number != nothing:
            os.dup2(nothing, number, inheritable=False)


def _begin_anew() -> None:
    """Signals, streams and the search for packages as a fresh interpreter has them."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, lines, encoding="utf-8", closefd=False)  # noqa: SIM115 -- they stay to the end
        for number, mode, lines in ((0, "r", -1), (1, "w", -1), (2, "w", 1))
    )
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            if type(handler) is logging.StreamHandler:
                handler.stream = sys.stderr  # setStream would flush the old one, which a test may have closed
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:0] = [place for place in places if place not in sys.path]
    importlib.invalidate_caches()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    subprocess.Popen = Family


def _program(how: str, what: str, *words: str) -> None:
    sys.argv = ["-c" if how == "-c" else what, *words]
    with contextlib.suppress(OSError):  # Linux shows it to who looks for the process
        Path("/proc/self/comm").write_text(words[0][-15:] if how == "-P" and words else what[-15:])
    if how == "-c":
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
    elif how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(what, run_name="__main__")
