"""One studio for all tests of its server, with runs of the weights that ship."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio.serving import Served, run_of


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("studio")
    for plugin in ("image", "music", "video"):
        run_of(folder, f"0001-{plugin}", plugin, still=True)
    studio = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}).start()
    yield studio
    assert studio.end() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
