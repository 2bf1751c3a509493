"""Shared by the tests of the core: trainings of the toy domain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.test_trainer import Bench


@pytest.fixture
def bench(toy: Path, curves: Path, tmp_path: Path) -> Bench:
    return Bench(curves, tmp_path)
