"""Promise: which weights that ship are played at once is chosen on the page, by a picture and a word, and stays chosen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from artgen.host import Host
from tests.browser.conftest import axe
from tests.browser.waiting import ready
from tests.studio.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_other_weights_are_chosen_and_stay_chosen(page: Page, studio: Served) -> None:
    tile = page.locator("[data-plugin=image]")
    expect(tile.get_by_role("radio", name="Drawings", exact=True)).to_be_checked()
    expect(tile.locator(".start img")).to_have_count(len(Host("image").domain.named_starts))
    first = tile.locator(".card-picture img").get_attribute("src")
    tile.get_by_role("radio", name="Drawings", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(tile.get_by_role("radio", name="Photographs")).to_be_checked()
    assert tile.locator(".card-picture img").get_attribute("src") != first, "the tile shows what will be played"
    assert axe(page, "color-contrast", "label", "target-size") == []
    tile.get_by_role("button", name="Play at once").click()
    page.wait_for_selector(".play")
    ready(page)
    expect(page.get_by_text("Photographs, the weights that ship")).to_be_visible()
    expect(page).to_have_title(re.compile("^Photographs "))
    page.goto(studio.address.partition("?")[0])
    expect(tile.get_by_role("radio", name="Photographs")).to_be_checked()
