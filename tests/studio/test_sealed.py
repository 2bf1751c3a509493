"""Promise: in a folder in which nothing may be written the page says so, and each error names the way out."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from artgen.runtime.disk import unwritable
from tests.studio.serving import Served, run_of

WAY = "cannot be written: nothing may be written in this folder; begin the studio in another one"


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Served]:
    """A studio whose folder becomes one that can only be read, for root too."""
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "none", str(tmp_path)], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        run_of(tmp_path, "0001-image", "image", still=True)
        served = Served(tmp_path, environment={"ARTGEN_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}).start()
        assert not served.get("/api/hello")["sealed"]
        subprocess.run([mount, "-o", "remount,ro", str(tmp_path)], check=True)
        yield served
        assert served.end() == 0
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_folder_that_can_only_be_read_is_told_of(sealed: Served) -> None:
    assert sealed.get("/api/hello")["sealed"]
    run = sealed.run("0001-image")
    for method, path, body, name in (
        ("POST", "/api/drops", {}, "drops"),
        ("POST", "/api/runs", {"plugin": "image"}, "0002-image"),
        ("POST", f"/api/runs/{run}/favorites", {"state": {"seed": 1}}, "favorites.json"),
    ):
        status, _, answer = sealed.options(method, path, body)
        assert (status, json.loads(answer)) == (507, {"problem": f"“{name}”: {WAY}"}), path


def test_a_disk_that_is_full_is_told_of_in_the_words_of_a_page() -> None:
    error = unwritable(Path("a/favorites.json"), OSError(errno.ENOSPC, "No space left on device"), "; free space")
    assert str(error) == f"{Path('a/favorites.json')}: cannot be written (No space left on device); free space"
    assert error.page == "“favorites.json”: cannot be written: the disk is full; make room on it"
