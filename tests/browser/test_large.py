"""Promise: a work at rest is shown as large as it is saved, one on the move as quickly as it is made; it is saved in the size
that is chosen, at first in the one of its run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect

from tests.browser.waiting import ready, settled, still

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = "window.widths = []; addEventListener('painted', ({ detail }) => widths.push(detail.width))"


def test_a_work_at_rest_is_as_large_as_it_is_saved(page: Page, tmp_path: Path) -> None:
    page.locator("[data-plugin=image]").get_by_role("button", name="Play at once").click()
    page.wait_for_selector(".play")
    ready(page)
    before = still(page)
    page.evaluate(WIDTHS)
    page.keyboard.press("ArrowRight")
    settled(page, before)
    assert page.evaluate("widths") == [64, 256]
    size = page.get_by_label("Size of saved works")
    expect(size.locator("option:checked")).to_have_text("256 \N{MULTIPLICATION SIGN} 256")
    assert saved(page, tmp_path) == (256, 256)
    size.select_option("64 \N{MULTIPLICATION SIGN} 64")
    assert saved(page, tmp_path) == (64, 64)


def saved(page: Page, folder: Path) -> tuple[int, int]:
    """The size of the work that is saved now."""
    with page.expect_download() as got:
        page.get_by_role("button", name="Save", exact=True).click()
    path = folder / got.value.suggested_filename
    got.value.save_as(path)
    with Image.open(path) as picture:
        return picture.size
