"""Promise: nothing private is in what a run writes: no home folder, no name of the user or the machine, no EXIF, no place."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from artgen.cli import main
from tests.e2e.private import found_in

USER, HOST, ARTIST, CAMERA, PLACE = (
    "janetelltale",
    "telltale-machine",
    "Tell Tale Artist",
    "TellTaleCam 9000",
    (271_828, 5_821),
)
WORDS = (
    f"home/{USER}",
    USER,
    HOST,
    ARTIST,
    CAMERA,
    "secret cellar",
    *(struct.pack(f"{order}II", *PLACE) for order in "<>"),
)
SMALL = ("size=16", "base_channels=4", "max_channels=8", "batch=4", "style=8", "latent=6", "holdout=0.0")


def photograph(path: Path, number: int) -> None:
    """A picture as a camera leaves it: artist, camera, machine and place in EXIF, and in a text of a PNG."""
    exif = Image.Exif()
    exif[0x013B], exif[0x0110], exif[0x013C] = ARTIST, CAMERA, HOST
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (47.0, 36.0, PLACE[0] / PLACE[1]), 3: "E", 4: (8.0, 1.0, PLACE[0] / PLACE[1])}
    )
    pixels = np.random.default_rng(number).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", ARTIST, zip=True)
    Image.fromarray(pixels).save(path, exif=exif, **({"pnginfo": texts} if path.suffix == ".png" else {}))


def test_a_run_on_photographs_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / USER
    data = home / "secret cellar" / "pictures"
    for label in ("cats", "dogs"):
        (data / label).mkdir(parents=True)
        for number in range(8):
            photograph(data / label / f"{number}.{'png' if number % 2 else 'jpg'}", number)
    (data / "cats" / "broken.png").write_text("no picture")
    assert found_in(data, [ARTIST, CAMERA, *WORDS[-2:]]), "the photographs say it, or the test would prove nothing"
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, USER)
    monkeypatch.setattr("socket.gethostname", lambda: HOST)
    monkeypatch.setattr("platform.node", lambda: HOST)
    monkeypatch.chdir(home)
    sets = [word for pair in SMALL for word in ("--set", pair)]
    run = (
        "run",
        "--plugin",
        "image",
        "--preset",
        "tiny",
        "--data",
        str(data),
        "--images",
        "32",
        "--out",
        str(home / "run"),
        "--device",
        "cpu",
    )
    for words in (
        (*run, *sets),
        ("sample", str(home / "run"), "--count", "2"),
        ("run", "--resume", "--out", str(home / "run"), "--images", "8"),
        (
            "pack",
            "--plugin",
            "image",
            "--preset",
            "tiny",
            "--data",
            str(data),
            "--out",
            str(home / "run" / "shards"),
            *sets,
        ),
    ):
        with pytest.raises(SystemExit) as left:
            main(list(words))
        assert not left.value.code, words
    assert json.loads((home / "run" / "skipped.jsonl").read_text())["name"] == "cats/broken.png"
    assert list((home / "run" / "shards").glob("*.tar"))
    assert found_in(home / "run", WORDS) == []


def test_the_search_sees_through_every_wrapping(tmp_path: Path) -> None:
    """A page with a picture with a packed text; archives; names."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", ARTIST, zip=True)
    Image.new("L", (9, 9)).save(tmp_path / "a.png", pnginfo=text)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Author", ARTIST, zip=True)
    Image.new("L", (9, 9)).save(tmp_path / "b.png", pnginfo=info)
    (tmp_path / "c.gz").write_bytes(gzip.compress(b".." + ARTIST.encode()))
    with zipfile.ZipFile(tmp_path / "d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.png", "x")
    (tmp_path / "e.html").write_bytes(
        b"<img src='data:image/png;base64," + base64.b64encode((tmp_path / "a.png").read_bytes()) + b"'>"
    )
    (tmp_path / "f.bin").write_bytes(b"\xff\xd8" + ARTIST.encode("utf-16-le"))
    (tmp_path / f"g {ARTIST}").touch()
    (tmp_path / "clean").write_bytes(b"nothing")
    assert [line[0] for line in found_in(tmp_path, [ARTIST])] == list("abcdefg")
