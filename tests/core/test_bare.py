"""Promise: a program of the tests that hangs ends with its test, and is never taken for another one (tests/bare.py)."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from tests.bare import SERVE, Bare
from tests.forked import until


def test_what_hangs_ends_with_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = SERVE.replace("import torch\ntorch.set_num_threads(1)\n", "")  # which takes two seconds
    monkeypatch.setattr("tests.bare.SERVE", quick)

    def over(*_: object) -> None:
        raise TimeoutError

    others = set(psutil.Process().children(True))  # of tests that ran before, in this process
    bare, before = Bare(), signal.signal(signal.SIGUSR1, over)
    hanging = f"import os, signal, time\nos.kill({os.getpid()}, signal.SIGUSR1)\ntime.sleep(1000)"
    try:
        with pytest.raises(TimeoutError):
            bare(hanging)
        until(lambda: set(psutil.Process().children(True)) <= others)
        done = bare("import sys; print(*sys.argv[1:], 'numpy.random' in sys.modules); sys.exit(3)", "a", "b")
        assert (done.returncode, done.stdout[:4]) == (1, "a b ")
        assert bare("raise SystemExit").returncode == 1
        assert bare("").returncode == 0
    finally:
        signal.signal(signal.SIGUSR1, before)
        bare.end()
