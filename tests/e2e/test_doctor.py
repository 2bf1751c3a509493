"""Promise: ``artgen doctor`` tries what this machine can do and names the way to the rest."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from artgen.cli import main


def said(capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_it_says_what_is_there_and_how_to_get_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name in ("c2pa", "pillow_heif") else find(name, *rest)
    )
    code, out, err = said(capsys)
    assert (code, err) == (0, "")
    for word in ("torch ", ".webp", ".m4a", ".mts", "MP4 (H.264, AAC)", "MP3", f"{tmp_path}/cache/prepared"):
        assert word in out, word
    assert "pip install 'artgen-suite[provenance]'" in out
    (pictures,) = [line for line in out.splitlines() if "reads .png .jpg" in line]
    assert pictures.endswith(".apng; .heic .heif too with pip install 'artgen-suite[heic]'"), (
        "no more than is read here"
    )
    assert not (tmp_path / "cache").exists(), "looking makes nothing"


def test_a_cache_that_cannot_be_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "file" / "cache"))
    code, out, err = said(capsys)
    assert (code, "1 thing that artgen needs is broken" in err) == (2, True)
    assert "set ARTGEN_CACHE to another folder" in out
