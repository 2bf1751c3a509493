"""An interpreter that has loaded torch and nothing else, forked for each program whose promise is what it loads, or what it needs
beyond that: torch alone takes two seconds of the processor."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SERVE = """
import json, os, sys, traceback
import torch
torch.set_num_threads(1)
def become(job):
    for number, place in enumerate((os.devnull, job["out"], job["err"])):
        os.dup2(os.open(place, os.O_WRONLY if number else os.O_RDONLY), number)
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.path[1:1] = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.argv = ["-c", *job["words"]]
    exec(compile(job["code"], "<string>", "exec"), {"__name__": "__main__"})
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        code = 1
        try:
            become(json.loads(line))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Bare:
    """As ``python -c CODE WORDS`` behind ``import torch``; started at its first call."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, code: str, *words: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        """Exit code (1 after any error), stdout and stderr. ``environment``: beside that of the tests; None leaves one out."""
        if self._process is None:
            self._process = subprocess.Popen([sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             text=True, start_new_session=True)  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        own = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
        with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            job = {"code": code, "words": words, "environment": own, "out": out.name, "err": err.name}
            try:
                self._process.stdin.write(json.dumps(job) + "\n")
                self._process.stdin.flush()
                left = int(self._process.stdout.readline())
            except (
                BaseException
            ):  # such as the end of a test's time: the answer would be taken for that of the next program
                self.end()
                raise
            return subprocess.CompletedProcess([], left, *(Path(file.name).read_text() for file in (out, err)))

    def end(self) -> None:
        """End the interpreter, and the program that it waits for."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
