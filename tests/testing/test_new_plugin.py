"""Promise: what artgen new-plugin writes is found, passes the conformance kit as written and can be trained at once."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

import artgen
from artgen.cli import main
from artgen.testing import check_plugin
from tests.conftest import install


def code(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


def test_the_new_package_passes_the_kit_and_trains(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert code("new-plugin", "two-words") == 0
    folder = tmp_path / "artgen-two-words"
    points = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["artgen"]
    install(site, "artgen-two-words", points, {})
    monkeypatch.syspath_prepend(str(folder))
    try:
        results = check_plugin("two-words")
        assert [r for r in results if not r.ok] == []
        run = artgen.run("two-words", images="400", out=tmp_path / "run", sets=["batch=16"])
        assert run.labels == ("falling", "rising")
        assert run.sample([1], out=tmp_path / "made")
    finally:
        for name in [n for n in sys.modules if n.startswith("artgen_two_words")]:
            del sys.modules[name]


@pytest.mark.parametrize("name", ["Upper", "a b", "../x", "-x", "x--y", "", "x" * 41, "image"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    assert code("new-plugin", "--out", str(tmp_path), "--", name) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "artgen-mine").mkdir()
    assert code("new-plugin", "mine", "--out", str(tmp_path)) == 2
    assert list((tmp_path / "artgen-mine").iterdir()) == []
