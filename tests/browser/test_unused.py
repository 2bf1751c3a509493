"""Promise: of a folder of mixed things the page says what is learned from, and of every file that is not used, why."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import axe
from tests.browser.waiting import WAIT
from tests.studio.test_sealed import sealed  # noqa: F401  a fixture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.studio.serving import Served


def mixed(folder: Path) -> Path:
    """Nine pictures with names of every kind, four files that are none, a sound and a note."""
    folder.mkdir()
    picture = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)).save(picture, "PNG")
    for name in (
        "a&b=c;d",
        "köln #3 \u2013 “Dom”",
        "100%",
        "\U0001f600\U0001f600",
        "with space (1)",
        "1",
        "2",
        "3",
        "4",
    ):
        (folder / f"{name}.png").write_bytes(picture.getvalue())
    Image.new("RGB", (7, 7)).save(folder / "tiny.png")
    (folder / "empty.png").touch()
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    (folder / "IMG_1.HEIC").write_bytes(b"no photograph")
    (folder / "song.wav").write_bytes(b"RIFF")
    (folder / "notes.txt").write_text("x")
    return folder


def test_of_mixed_things_each_is_used_or_named(page: Page, tmp_path: Path) -> None:
    page.locator("input[webkitdirectory]").first.set_input_files(mixed(tmp_path / "Été \u2013 \U0001f33f & Co (100%)"))
    said = page.locator(".panel .sentence")
    expect(said).to_contain_text("It will learn from 9 files for")
    expect(said).to_contain_text("4 files cannot be used")
    expect(said).to_contain_text("1 other file of another kind is left out")
    expect(said).to_contain_text("1 file of a kind that nothing here reads was not copied")
    expect(said).not_to_contain_text("pieces to learn from")  # as many as files: it was said
    page.get_by_text("Which files, and why").click()
    reasons = page.locator(".panel details .reasons li")
    expect(reasons).to_have_count(5)
    assert [text.partition(":")[0] for text in reasons.all_inner_texts()] == [
        "IMG_1.heic",
        "broken.jpg",
        "empty.png",
        "tiny.png",
        "song.wav",
    ]
    shown = page.locator(".looks img").count()
    expect(page.locator(".looks span")).to_have_text(f"{15 - shown} more")
    assert axe(page) == []


def test_where_nothing_may_be_written_the_page_says_so(chromium: Browser, sealed: Served) -> None:  # noqa: F811
    context = chromium.new_context()
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(sealed.address)
    expect(page.get_by_role("alert").filter(has_text="Nothing may be written")).to_be_visible()
    context.close()
