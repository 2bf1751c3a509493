"""Promise: a path that cannot be is the user's (2), whatever verb it was given to, and the file that is in the way is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from artgen.errors import InputError
from artgen.runtime.disk import make_folder, staged, unwritable, write_atomic


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


def test_what_is_not_written_over_is_said_to_be_there(tmp_path: Path) -> None:
    """A file in the place of a file is no missing folder."""
    file = tmp_path / "a.take"
    file.write_bytes(b"mine")
    with pytest.raises(FileExistsError) as caught:
        file.open("xb")
    said = unwritable(file, caught.value)
    assert isinstance(said, InputError)
    assert str(said) == f"{file}: is there already and is not written over; choose another name"
