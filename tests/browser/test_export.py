"""The page of ``artgen export``, opened from disk in a real Chromium that has no network."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

import artgen
from artgen.errors import InputError
from artgen.provenance.verify import verify
from artgen.runfolder import favorites
from artgen.verbs import export
from artgen.verbs.export import Words, export_page
from artgen.verbs.loaded import open_run
from tests.browser.conftest import axe
from tests.browser.waiting import until
from tests.forked import Command
from tests.studio.serving import STARTS, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PIXELS = """() => { const c = document.querySelector('#stage canvas');
    return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; }"""
SHOWN = "title => document.documentElement.dataset.artgenShown === title"


def opened(context: BrowserContext, path: Path, fragment: str = "") -> Page:
    page = context.new_page()
    page.goto(f"{path.as_uri()}{fragment}")
    page.wait_for_selector("html[data-artgen-state=atlas]")
    return page


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of pictures with two stars, by the command line."""
    folder = tmp_path_factory.mktemp("published")
    run = run_of(folder, "mine", "image")
    for state in ({"seed": 11, "truncation": 0.5}, {"seed": 4, "moves": {}}):
        favorites.star(run, state, 0)
    words = [
        "--layers",
        "atlas",
        "--title",
        "</title><script>alert(1)</script>",
        "--by",
        "A & B",
        "--license",
        "CC BY",
        "--note",
        "One.\nTwo.",
    ]
    done = Command("export", str(run), "--seeds", "0-4", "--out", "page.html", *words, cwd=folder).end()
    assert "page.html written" in done.stdout, done.stderr
    assert (folder / "page.html").stat().st_size < 10e6
    return folder / "page.html"


def test_pictures_are_played_and_saved(lonely: BrowserContext, pictures: Path, tmp_path: Path) -> None:
    page = opened(lonely, pictures, "#seed=2")
    expect(page.get_by_role("heading", level=1)).to_have_text("</title><script>alert(1)</script>")
    until(page, SHOWN, "seed 2, faces")
    expect(page.locator("#works button")).to_have_count(7)
    expect(page.get_by_role("button", name="Starred: seed 11")).to_be_visible()

    (mine,) = artgen.load(STARTS["image"], "cpu").sample([11], truncation=0.5)
    page.get_by_role("button", name="Starred: seed 11").click()
    until(page, SHOWN, f"seed 11, {mine.label}")
    got = np.asarray(page.evaluate(PIXELS), np.uint8).reshape(32, 32, 4)[:, :, :3]
    assert np.abs(got.astype(int) - np.moveaxis(mine.data, 0, -1)).max() <= 2  # but for the invisible mark

    slider = page.locator("#slider-0")
    before = page.evaluate(PIXELS)
    slider.fill("1.7")
    until(page, f"before => JSON.stringify(({PIXELS})()) !== before", json.dumps(before, separators=(",", ":")))
    expect(page.locator("#caption")).to_contain_text("+1.7")
    for name in ("between", "whole"):
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save").click()
        path = tmp_path / f"{name}.png"
        saved.value.save_as(path)
        assert "generative adversarial network" in (verify(path).fields or {})["comment"], name
        page.keyboard.press("Escape")
        page.locator("#works button").nth(3).click()
        until(page, "() => document.documentElement.dataset.artgenShown.startsWith('seed 1')")
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page, "color-contrast") == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_pad_and_the_keys(lonely: BrowserContext, pictures: Path) -> None:
    page = opened(lonely, pictures)
    first = until(page, PIXELS)
    box = page.locator("#pad").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.2)
    expect(page.locator("#across")).to_have_value(re.compile(r"1\.[78].*"))
    until(page, "() => /, .*, /.test(document.documentElement.dataset.artgenShown)")
    assert page.evaluate(PIXELS) != first
    page.locator("#across").fill("0")
    page.locator("#up").fill("0")
    until(page, "() => document.documentElement.dataset.artgenShown.endsWith('+0.0')")
    moved = np.abs(np.subtract(page.evaluate(PIXELS), first))
    assert moved.mean() < 1  # where they began, but for the invisible mark
    page.get_by_role("button", name="Save").press("ArrowRight")
    expect(page.locator("#caption")).to_contain_text("seed 4")
    page.get_by_role("button", name="Walk").click()
    expect(page.locator("#stage video, #stage canvas")).to_be_visible()
    expect(page.get_by_role("button", name="Walk")).to_have_attribute("aria-pressed", "true")


def test_the_first_work_is_there_without_scripts(chromium: Browser, pictures: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pictures.as_uri())
    expect(page.get_by_role("img", name="seed 11")).to_be_visible()
    expect(page.get_by_text("Every file that is saved from here says so")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("plugin", "tag", "mime"), [("music", "audio", "audio/flac"), ("video", "video", "video/mp4")])
def test_sounds_and_films(
    lonely: BrowserContext, plugin: str, tag: str, mime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_SIDES", dict.fromkeys(("picture", "film", "sound", None), (2, 2)))
    monkeypatch.setattr(export, "_SLIDERS", 1)
    path = export_page(open_run(STARTS[plugin], "cpu"), tmp_path / "page.html", Words("Mine"), [0, 1])
    page = opened(lonely, path)
    player = page.locator(f"#stage {tag}")
    until(page, f"() => document.querySelector('#stage {tag}').readyState >= 2")
    first = player.get_attribute("src") or ""
    assert first.startswith(f"data:{mime};base64,")
    page.locator("#slider-0").fill("3")
    expect(player).not_to_have_attribute("src", first)
    until(page, f"() => document.querySelector('#stage {tag}').readyState >= 2")
    page.locator("#works button").nth(1).click()
    expect(page.locator("#caption")).to_contain_text("seed 1")
    expect(page.locator("#works img")).to_have_count(2)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    kept = tmp_path / saved.value.suggested_filename
    saved.value.save_as(kept)
    assert (verify(kept).fields or {})["seed"] == "1"
    assert axe(page) == []


def test_the_same_run_gives_the_same_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_SIDES", dict.fromkeys(("picture", "film", "sound", None), (2, 2)))
    run = open_run(STARTS["image"], "cpu")
    pages = [export_page(run, tmp_path / name, seeds=[3]).read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]
    assert len(base64.b64encode(pages[0])) < 2e6


def test_what_cannot_be_published_is_said_in_a_line(tmp_path: Path) -> None:
    run = open_run(STARTS["image"], "cpu")
    with pytest.raises(InputError, match=r"a page ends in \.html"):
        export_page(run, tmp_path / "page.txt")
    done = Command("export", str(tmp_path), "--out", "x.html", cwd=tmp_path).end()
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
