"""Promise: what weights that ship make is seen before they are opened, in a labelled picture."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from artgen.provenance.verify import verify
from artgen.studio.player import Player
from tests.studio.serving import Served, run_of


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
    found = {served.post("/api/starts", {"plugin": "image", "number": number})["id"] for number in range(3)}
    assert len(found) == 3
    for number in (3, -1, "0"):
        status, _, body = served.options("POST", "/api/starts", {"plugin": "image", "number": number})
        assert (status, b"problem" in body) == (400, True), number
