"""Promise: a run travels whole, opening one runs and exhausts nothing, and what only the artist knows is never guessed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

import artgen
from artgen.cli import main
from artgen.data import remote
from artgen.errors import InputError, StorageError
from artgen.report.page import refresh_report, write_report
from artgen.runfolder import favorites
from artgen.runfolder.card import FILE, Card
from artgen.runfolder.fetch import get, name_of, place_of
from artgen.studio.opening import opened
from artgen.verbs import export
from artgen.verbs.plan import TrainRequest, make_plan
from artgen.verbs.publish import Exported
from tests.sharing.serving import Files, Hub, serving
from tests.studio.serving import run_of

SAID = [
    "--license",
    "CC BY 4.0",
    "--about-data",
    "My own | <b>drawings</b>\nof 2019",
    "--title",
    "Faces & co",
    "--by",
    "A. Person",
]


def ended(words: list[str]) -> int:
    with pytest.raises(SystemExit) as done:
        main(words)
    return int(str(done.value.code))


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with figures, a star, and a star of a work of one's own."""
    run = run_of(tmp_path_factory.mktemp("travel"), "mine", "image")
    figures = [
        {"name": "KID", "value": 0.2, "real": 0.1, "noise": 0.9},
        {"name": "copies", "value": 0.08, "real": 0.01, "noise": 0.0},
    ]
    (run / "quality.json").write_text(json.dumps({"features": "eyes", "items": 200, "figures": figures}))
    favorites.star(run, {"seed": 11, "truncation": 0.5}, 0)
    return run


@pytest.fixture(scope="module")
def card(mine: Path) -> Path:
    """The card of the run, by the command line; pages have few steps here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_SIDES", dict.fromkeys(("picture", "film", "sound", None), (3, 2)))
        patch.setattr(export, "_WORKS", {"picture": 2})
        (mine / "private-notes.txt").write_text("secret")
        kept = json.loads((mine / "favorites.json").read_text())
        own = {"id": "0" * 8, "state": {"projected": "grandmother"}, "note": "", "seen": 0}
        (mine / "favorites.json").write_text(json.dumps({**kept, "stops": [{"projected": "grandmother"}, {"seed": 4}]}))
        assert ended(["share", str(mine), "--to", str(mine.parent / "card"), *SAID]) == 0
        assert own["state"] == {"projected": "grandmother"}
    return mine.parent / "card"


@pytest.fixture
def served(card: Path) -> Any:
    """The files of a card by the paths of a web space."""
    return {
        f"/cards/faces/{path.relative_to(card).as_posix()}": path.read_bytes()
        for path in card.rglob("*")
        if path.is_file()
    }


def test_a_card_holds_what_playing_needs_and_nothing_private(mine: Path, card: Path) -> None:
    found = Card.model_validate_json((card / FILE).read_bytes())
    names = {file.name for file in found.files}
    assert names == {path.relative_to(card).as_posix() for path in card.rglob("*") if path.is_file()} - {FILE}
    assert {"config.toml", "quality.json", "favorites.json", "README.md", "index.html", "gallery/sheet.png"} <= names
    assert (found.plugin, found.license, found.copies, found.title) == ("image", "CC BY 4.0", 0.08, "Faces & co")
    kept = favorites.read(card)
    assert [work.state.seed for work in kept.works] == [11]
    assert [state.seed for state in kept.stops] == [4]
    whole = b"".join(path.read_bytes() for path in card.rglob("*") if path.is_file())
    assert not any(
        word in whole for word in (b"grandmother", b"secret", str(mine).encode(), str(Path.home()).encode() + b"/")
    )
    first = sorted(path.name for path in (card / "gallery").iterdir())[1]
    assert "seed11" in first  # stars come first


def test_python_writes_what_the_command_line_writes(
    mine: Path, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_SIDES", dict.fromkeys(("picture", "film", "sound", None), (3, 2)))
    monkeypatch.setattr(export, "_WORKS", {"picture": 2})
    said = dict(zip((flag.strip("-").replace("-", "_") for flag in SAID[::2]), SAID[1::2], strict=True))
    run = artgen.load(mine)
    found = run.share(tmp_path / "card", **said)
    assert found == Card.model_validate_json((card / FILE).read_bytes())
    said.pop("about_data")
    done = run.export(tmp_path / "page.html", layers="atlas", **said)
    assert done == Exported(tmp_path / "page.html", None)
    assert (tmp_path / "page.html").read_bytes() == (card / "index.html").read_bytes()
    with pytest.raises(InputError, match=r"--license: say it in your own words"):
        run.share(tmp_path / "other", license=" ", about_data="mine")


def test_the_model_card_says_what_was_said_and_measured(card: Path) -> None:
    text = (card / "README.md").read_text()
    assert text.startswith('---\nlibrary_name: artgen\nlicense: other\nlicense_name: "CC BY 4.0"\n')
    for line in (
        "# Faces & co",
        "by A. Person",
        "> My own \\| \\<b\\>drawings\\</b\\>",
        "> of 2019",
        "| KID | 0.2 | 0.1 | 0.9 | lower |",
    ):
        assert line in text.splitlines()
    assert "Near copies of training items: 8% of the works" in text


def test_what_only_the_artist_knows_is_asked(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["share", str(mine), "--to", str(tmp_path / "card"), "--license", "CC0"]) == 2
    said = capsys.readouterr().err
    assert "8% of the works are near copies" in said
    assert "--about-data: say it in your own words" in said
    assert not (tmp_path / "card").exists()


def test_a_card_from_a_folder_plays_the_same(
    mine: Path, card: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "stick"
    shutil.copytree(card, moved)
    assert ended(["get", str(moved), "--out", str(tmp_path / "theirs")]) == 0
    said = capsys.readouterr().out
    assert "license: CC BY 4.0" in said
    assert "near copies of training items: 8%" in said
    works = [artgen.load(run, "cpu").sample([7])[0].data for run in (mine, tmp_path / "theirs", moved)]
    assert all((work == works[0]).all() for work in works)
    favorites.star(tmp_path / "theirs", {"seed": 99}, 0)
    get(str(moved), tmp_path / "theirs")  # once more: what a person starred stays
    assert len(favorites.read(tmp_path / "theirs").works) == 2
    with pytest.raises(InputError, match="holds something else"):
        get(str(moved), mine)


def test_every_verb_takes_an_address(served: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(Files, served) as (address, server):
        place = f"{address}/cards/faces"
        assert ended(["sample", place, "--seeds", "7", "--out", "works", "--device", "cpu"]) == 0
        assert (tmp_path / "works" / "sheet.png").is_file()
        asked = len(server.asked)
        assert artgen.load(place, "cpu").folder == Path("runs/faces")
        assert set(server.asked[asked:]) == {f"/cards/faces/{FILE}"}  # the rest is here
        plan = make_plan("image", TrainRequest(init=place, out=tmp_path / "new", budget="1s"))
        assert plan.starts[0].path == Path("runs/faces/checkpoints/last.safetensors")
        assert opened(Path(place)).first == Path("runs/faces")


def test_the_hub_by_an_imitation(
    card: Path, mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.chdir(tmp_path)
    from artgen.runfolder.hub import upload

    with serving(Hub) as (address, server):
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("HF_TOKEN", "hf_wrong")
        with pytest.raises(StorageError, match=r"hf:me/vases: the hub does not take it .*401"):
            upload(card, "me/vases")
        monkeypatch.setenv("HF_TOKEN", "hf_right")
        assert upload(card, "me/vases") == f"{address}/me/vases"
        assert len(server.files["/me/vases/resolve/main/checkpoints/last.safetensors"]) > 1e6
        assert ended(["get", "hf:me/vases"]) == 0
        assert "checked and written to runs/vases" in capsys.readouterr().out
        assert (
            artgen.load("hf:me/vases", "cpu").sample([3])[0].data == artgen.load(mine, "cpu").sample([3])[0].data
        ).all()
        assert ended(["get", "hf:me/nothing"]) == 2
        assert "there is no such file" in capsys.readouterr().err


def changed(card: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    rows = json.loads((card / FILE).read_text())
    change(rows)
    (card / FILE).write_text(json.dumps(rows))


FORGED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "up": (lambda c: c["files"][0].update(name="../../.bashrc"), "no card holds a file"),
    "root": (lambda c: c["files"][0].update(name="/etc/cron.d/x"), "no card holds a file"),
    "inside": (lambda c: c["files"][0].update(name="gallery/../../x.png"), "no card holds a file"),
    "hidden": (lambda c: c["files"][0].update(name="gallery/.x.png"), "no card holds a file"),
    "windows": (lambda c: c["files"][0].update(name="gallery\\..\\x.png"), "no card holds a file"),
    "code": (lambda c: c["files"][0].update(name="gallery/x.py"), "no card holds a file"),
    "pickle": (lambda c: c["files"][0].update(name="checkpoints/last.pt"), "no card holds a file"),
    "own list": (lambda c: c["files"][0].update(name=FILE), "no card holds a file"),
    "twice": (lambda c: c["files"].append(c["files"][0]), "listed twice"),
    "case": (
        lambda c: (
            c["files"].append({**c["files"][0], "name": "gallery/A.png"})
            or c["files"].append({**c["files"][0], "name": "gallery/a.png"})
        ),
        "listed twice",
    ),
    "large": (lambda c: c["files"][0].update(size=2**40), "at most"),
    "negative": (lambda c: c["files"][0].update(size=-1), "size"),
    "hash": (lambda c: c["files"][0].update(sha256="x"), "sha256"),
    "many": (lambda c: c.update(files=[{"name": "x", "size": 1, "sha256": ""}] * 101), "files"),
    "no weights": (
        lambda c: c.update(files=[f for f in c["files"] if "last" not in f["name"]]),
        "lists no checkpoints",
    ),
    "newer": (lambda c: c.update(format=2), "format"),
    "words": (lambda c: c.update(note="x" * 5000), "note"),
    "no license": (lambda c: c.pop("license"), "license"),
    "plugin": (lambda c: c.update(plugin="music"), "its list says plugin music"),
    "classes": (lambda c: c.update(labels=["a"]), "or other classes"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_lists_are_refused(name: str, card: Path, tmp_path: Path) -> None:
    change, reason = FORGED[name]
    shutil.copytree(card, tmp_path / "card")
    changed(tmp_path / "card", change)
    with pytest.raises(InputError, match=reason) as found:
        get(str(tmp_path / "card"), tmp_path / "theirs")
    assert "\n" not in str(found.value)
    assert not (tmp_path / "theirs").exists() or not list((tmp_path / "theirs").iterdir())


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"<html>", b"{" * 30_000, b'{"format": 1}', b"\xff\xfe"])
def test_what_is_no_list_is_refused(text: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(text)
    with pytest.raises(InputError, match="describes no run"):
        get(str(tmp_path), tmp_path / "theirs")


def test_files_that_are_not_the_shared_ones(card: Path, tmp_path: Path) -> None:
    shutil.copytree(card, tmp_path / "card")
    page = tmp_path / "card" / "index.html"
    data = page.read_bytes()
    page.write_bytes(data.replace(b"<title>", b"<titel>"))
    with pytest.raises(InputError, match=r"index\.html is not the file that was shared"):
        get(str(tmp_path / "card"), tmp_path / "theirs")
    page.write_bytes(data + b" ")
    with pytest.raises(InputError, match="larger than"):
        get(str(tmp_path / "card"), tmp_path / "theirs")
    page.unlink()
    with pytest.raises(InputError, match=r"index\.html cannot be read"):
        get(str(tmp_path / "card"), tmp_path / "theirs")
    page.symlink_to(card / "index.html")
    with pytest.raises(InputError, match="is a link"):
        get(str(tmp_path / "card"), tmp_path / "theirs")
    page.unlink()
    os.mkfifo(page)
    with pytest.raises(InputError, match="is no file"):
        get(str(tmp_path / "card"), tmp_path / "theirs")
    assert not list((tmp_path / "theirs").iterdir())


def test_weights_that_are_none(card: Path, tmp_path: Path) -> None:
    shutil.copytree(card, tmp_path / "card")
    data = b"\x80\x04 a pickle"
    (tmp_path / "card" / "checkpoints" / "last.safetensors").write_bytes(data)
    row = {"name": "checkpoints/last.safetensors", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    changed(tmp_path / "card", lambda c: c.update(files=[row]))
    with pytest.raises(InputError, match="a pickle, which artgen never opens"):
        get(str(tmp_path / "card"), tmp_path / "theirs")


def test_slow_and_endless_answers_end(
    served: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_SILENCE", 0.3)
    with serving(Files, served) as (address, server):
        server.endless.add(f"/cards/faces/{FILE}")
        with pytest.raises(InputError, match="larger than the 65536 bytes"):
            get(f"{address}/cards/faces", tmp_path / "theirs")
        server.endless.clear()
        server.slow.add("/cards/faces/index.html")
        with pytest.raises(InputError, match="slower than 2000 bytes a second"):
            get(f"{address}/cards/faces", tmp_path / "theirs")
        server.slow.clear()
        server.files["/cards/faces/README.md"] += b"x" * 100_000
        with pytest.raises(InputError, match="larger than"):
            get(f"{address}/cards/faces", tmp_path / "theirs")
    assert not list((tmp_path / "theirs").iterdir())


def test_a_missing_plugin_is_named_and_not_installed(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("artgen.host.discover", list)
    assert ended(["get", str(card), "--out", str(tmp_path / "theirs")]) == 0
    assert (
        "plugin image is not installed here; who shares this says it comes from artgen-suite" in capsys.readouterr().out
    )


@pytest.mark.parametrize("address", ["hf:me", "hf:me/a/b", "hf:../me", "hf:me/..", "hf:me/x@../../y", "hf:me/x y"])
def test_names_of_the_hub(address: str) -> None:
    with pytest.raises(InputError, match="write hf:USER/NAME"):
        place_of(address)


def test_addresses() -> None:
    assert place_of("https:/example.org/a").address == "https://example.org/a"  # as a path has it
    assert name_of("https://example.org/a/My vases/") == "My-vases"
    assert name_of("hf:me/vases@v2") == "vases"
    assert name_of("https://example.org/..") == "shared"


def test_codes_for_the_terminal_are_not_said(card: Path) -> None:
    found = Card.model_validate_json((card / FILE).read_bytes()).model_copy(update={"title": "\x1b[2Jgone"})
    assert "\x1b" not in "".join(found.lines())


def test_the_report_links_to_what_was_published(tmp_path: Path) -> None:
    run = run_of(tmp_path, "mine", "image")
    (run / "config.toml").write_text("[run]\nplugin = 'image'\n")
    refresh_report(run)
    assert not (run / "report.html").exists()  # nobody asked for one
    write_report(run)
    for name in ("export.html", "networks/network.json", "card/artgen.json"):
        (run / name).parent.mkdir(exist_ok=True)
        (run / name).write_text("{}")
    refresh_report(run)
    text = (run / "report.html").read_text()
    assert all(f'href="./{name}"' in text for name in ("export.html", "networks", "card"))
