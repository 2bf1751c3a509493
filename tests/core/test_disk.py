"""Promise: a path that cannot be is the user's (2), whatever verb it was given to, and the file that is in the way is named; a
file is replaced whole or not at all, also where the power goes."""

from __future__ import annotations

import os
from os import fsync  # the real one: see tests/conftest.py
from pathlib import Path

import pytest

from artgen.errors import InputError
from artgen.runtime.disk import make_folder, staged, unwritable, write_atomic
from artgen.studio.drops import Drops


def test_a_file_where_a_folder_has_to_be_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"a\.png: is a file, give a folder"):
        make_folder(file)
    with pytest.raises(InputError, match=r"works: .*a\.png is a file, choose another folder"):
        make_folder(file / "more" / "works")
    with pytest.raises(InputError, match=r"page\.html: .*a\.png is a file"):
        write_atomic(file / "page.html", b"new")
    with pytest.raises(InputError, match="is a file, give a folder"), staged(file, lambda _old, _new: True):
        pass
    assert file.read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_file_in_which_something_is_to_be_made_is_named(tmp_path: Path) -> None:
    """As where the folder of drops is a file: that is no fault of the disk."""
    file = tmp_path / "drops"
    file.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"drops: is a file, give a folder$"):
        Drops(file).new("songs")
    with staged(tmp_path / "whole", lambda _old, _new: True) as work:
        (work / "one.png").write_bytes(b"new")
    with pytest.raises(InputError, match=r"one\.png: is a file, give a folder$"):
        _stage(tmp_path / "whole", "one.png/two.png")
    assert (tmp_path / "whole" / "one.png").read_bytes() == b"new"
    assert file.read_bytes() == b"mine"


def _stage(folder: Path, name: str) -> None:
    with staged(folder, lambda _old, _new: True) as work:
        (work / name).parent.mkdir()
        (work / name).write_bytes(b"new")


def test_what_is_not_written_over_is_said_to_be_there(tmp_path: Path) -> None:
    """A file in the place of a file is no missing folder."""
    file = tmp_path / "a.take"
    file.write_bytes(b"mine")
    with pytest.raises(FileExistsError) as caught:
        file.open("xb")
    said = unwritable(file, caught.value)
    assert isinstance(said, InputError)
    assert str(said) == f"{file}: is there already and is not written over; choose another name"


def test_a_file_is_on_the_disk_before_it_is_in_place_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.safetensors"
    path.write_bytes(b"old")
    flushed: list[tuple[bytes | None, bytes]] = []

    def noting(handle: int) -> None:
        fsync(handle)
        found = os.fstat(handle)
        (there,) = [file for file in (tmp_path, *tmp_path.iterdir()) if file.stat().st_ino == found.st_ino]
        flushed.append((there.read_bytes() if there.is_file() else None, path.read_bytes()))

    monkeypatch.setattr(os, "fsync", noting)
    write_atomic(path, b"new")
    assert flushed == [(b"new", b"old"), (None, b"new")]
