"""The command line as a person meets it, within this process: an interpreter and torch take seconds to start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from artgen.cli import main


class Done(NamedTuple):
    """Exit code, and what stood on stdout and stderr (of C libraries too)."""

    returncode: int
    stdout: str
    stderr: str


Call = Callable[..., Done]


@pytest.fixture
def artgen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """``artgen(*words)`` in the folder of the test, or in ``cwd``."""

    def call(*words: str, cwd: Path = tmp_path) -> Done:
        monkeypatch.chdir(cwd)
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(words))
        told = capfd.readouterr()
        return Done(int(left.value.code or 0), told.out, told.err)

    return call
