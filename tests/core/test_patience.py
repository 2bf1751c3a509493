"""Promise: what takes long is said to take long."""

from __future__ import annotations

import time

import pytest

from artgen.runtime import patience as module
from artgen.runtime.patience import Patience
from tests.patience import PATIENCE


def test_it_speaks_for_what_is_busy_and_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 0.1)
    said: list[str] = []
    with Patience(said.append)() as patience:
        patience.waiting("")
        time.sleep(0.4)
        assert said == []
        patience.waiting("a slow step")
        end = time.monotonic() + PATIENCE
        while len(said) < 2 and time.monotonic() < end:
            time.sleep(0.02)
    assert len(said) >= 2
    assert all(line.startswith("a slow step has taken ") for line in said)
