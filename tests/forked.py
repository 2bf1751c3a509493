"""Processes of their own, with signals and exit codes, forked from that of the tests: importing torch anew would take each of
them two seconds and more of the processor.

What happens while a fresh interpreter starts is not tried by them; tests that promise something about it start one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch

from artgen.cli import main
from artgen.errors import ArtgenError


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


def wait(pid: int, limit: float) -> int:
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


def until(done: Callable[[], object], limit: float = 60.0) -> None:
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

    def end(self, limit: float = 60.0) -> subprocess.CompletedProcess[str]:
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
