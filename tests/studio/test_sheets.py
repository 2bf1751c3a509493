"""Promise: what weights that ship make is seen before they are opened, in a labelled picture."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

import artgen
from artgen.host import Host
from artgen.provenance.verify import verify
from artgen.runfolder.folder import RunFolder
from artgen.studio.player import Player
from artgen.studio.server import newer
from artgen.studio.shelf import Place, Shelf
from tests.forked import until
from tests.studio.serving import Served, run_of

COUNT = len(Host("image").domain.named_starts)


def test_a_sheet_shows_the_first_works(tmp_path: Path) -> None:
    player, sheet = Player(), tmp_path / "shown" / "sheet.png"
    player.answer({"op": "open", "path": str(run_of(tmp_path, "mine", "image"))})
    assert player.answer({"op": "sheet", "file": str(sheet)})[0]["kind"] == "saved"
    with Image.open(sheet) as shown:
        colors = shown.convert("RGB").getcolors(2**20)
    assert colors is not None
    assert len(colors) > 1000, "works, and no empty page"
    assert verify(sheet).marked


def test_any_of_the_weights_can_be_opened(served: Served) -> None:
    found = {served.post("/api/starts", {"plugin": "image", "number": number})["id"] for number in range(COUNT)}
    assert len(found) == COUNT
    for number in (COUNT, -1, "0"):
        status, _, body = served.options("POST", "/api/starts", {"plugin": "image", "number": number})
        assert (status, b"problem" in body) == (400, True), number


@pytest.mark.parametrize("plugin", ["image", "music", "video"])
def test_weights_that_ship_have_a_labelled_picture_of_what_they_make(plugin: str) -> None:
    """Drawn by ``benchmarks/looks.py``, anew whenever weights change."""
    for start in Host(plugin).domain.named_starts:
        found = verify(start.look)
        assert found.marked, start.name
        assert (found.fields or {})["model"] == artgen.load(start.path, "cpu").fingerprint(), (
            f"of other weights: {start.name}"
        )
        with Image.open(start.look) as look:
            assert 200 < look.width <= 480


def test_a_page_need_not_wait_until_a_picture_is_drawn(served: Served) -> None:
    def starts() -> list[dict[str, str]]:
        hello = json.loads(served.options("GET", "/api/hello")[2])
        return next(plugin for plugin in hello["plugins"] if plugin["name"] == "image").get("starts", [])

    until(starts)  # the plugin has said what it is
    assert [start.get("sheet") for start in starts()] == [f"/looks/image/{number}" for number in range(COUNT)]
    status, _, body = served.options("GET", "/looks/image/1")
    assert (status, Image.open(io.BytesIO(body)).format) == (200, "WEBP")
    for place in ("/looks/image/9", "/looks/none/0", "/looks/image/x"):
        assert served.options("GET", place)[0] == 404, place


def test_a_sheet_of_weights_that_are_no_longer_those_is_drawn_anew(tmp_path: Path) -> None:
    sheet, weights = tmp_path / "sheet.png", tmp_path / "last.safetensors"
    weights.write_bytes(b"")
    assert not newer(sheet, weights)
    sheet.write_bytes(b"")
    os.utime(weights, ns=(10, 10))
    os.utime(sheet, ns=(20, 20))
    assert newer(sheet, weights)
    os.utime(weights, ns=(30, 30))
    assert not newer(sheet, weights)


def test_weights_of_a_newer_version_take_the_place_of_those_of_before(tmp_path: Path) -> None:
    """Of the same networks they have the same size."""
    shelf, weights = Shelf(Place(tmp_path)), tmp_path / "start.safetensors"
    for number, version in enumerate((b"old", b"new")):
        weights.write_bytes(version)
        os.utime(weights, (number, number))  # a quick disk may write both at the same moment
        checkpoint = RunFolder(shelf.start("image", weights)).checkpoint
        assert checkpoint.read_bytes() == version
    before = checkpoint.stat().st_ino
    shelf.start("image", weights)
    assert checkpoint.stat().st_ino == before, "written only where they differ"


def test_weights_that_ship_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each opening of a start would read some 20 MB twice; another version, or a run folder that was touched, is noticed."""
    weights, shelf = tmp_path / "start.safetensors", Shelf(Place(tmp_path))
    weights.write_bytes(b"first")
    checkpoint = RunFolder(shelf.start("image", weights)).checkpoint
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} is read again"))
        for _ in range(3):
            shelf.start("image", weights)
    weights.write_bytes(b"other")
    os.utime(weights, ns=(0, 0))  # packages may have files of that time
    shelf.start("image", weights)
    assert checkpoint.read_bytes() == b"other"
    checkpoint.write_bytes(b"a person's own")
    shelf.start("image", weights)
    assert checkpoint.read_bytes() == b"other"
