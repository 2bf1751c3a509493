"""Promise: a work at rest is shown as large as it is saved, one on the move as quickly as it is made; it is saved in the size
that is chosen, at first in the one of its run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import open_run
from tests.browser.waiting import ready, settled, stands, still, until
from tests.studio.serving import Served, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

WIDTH = "document.querySelector('.stage canvas').width"
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


def test_a_work_whose_movement_rests_is_at_rest(page: Page, studio: Served) -> None:
    """Where less motion is asked for, what is kept with a run moves nothing before the person lets it."""
    run = run_of(studio.folder, "0061-rests", "image64", still=True)
    row = {"source": "lfo/1", "to": "/direction/s1", "mode": "add", "amount": 1}
    (run / "modulation.json").write_text(json.dumps({"format": 1, "lfos": {"1": {"seconds": 0.5}}, "rows": [row]}))
    page.emulate_media(reduced_motion="reduce")
    open_run(page, studio, run.name)
    still(page)
    assert page.evaluate(WIDTH) == 256


def test_a_walk_that_is_paused_is_at_rest(page: Page, studio: Served) -> None:
    open_run(page, studio, run_of(studio.folder, "0062-pauses", "image64", still=True).name)
    for number in (3, 5):
        page.get_by_label("Seed", exact=True).fill(str(number))
        page.get_by_label("Seed", exact=True).press("Enter")
        page.get_by_role("button", name="Add this work").click()
        expect(page.locator(".stops li")).to_have_count(number // 2)
    before = still(page)
    page.evaluate(WIDTHS)
    page.locator("main").focus()
    page.keyboard.press("w")
    until(page, "() => widths.length > 2")
    page.keyboard.press("w")
    there = settled(page, before)
    assert set(page.evaluate("widths.slice(0, -1)")) == {64}, "on the move as quickly as they are made"
    assert page.evaluate("widths.at(-1)") == page.evaluate(WIDTH) == 256
    page.get_by_label("Place on the walk").fill("0.5")  # by hand
    settled(page, there)
    assert page.evaluate("widths.slice(-2)") == [64, 256]


@pytest.mark.parametrize(("plugin", "name"), [("image64", "0063-freezes"), ("video64", "0064-freezes")])
def test_a_movement_that_is_frozen_is_at_rest(page: Page, studio: Served, plugin: str, name: str) -> None:
    run = run_of(studio.folder, name, plugin, still=True)
    row = {"source": "lfo/1", "to": "/direction/s1", "mode": "add", "amount": 1}
    (run / "modulation.json").write_text(json.dumps({"format": 1, "lfos": {"1": {"seconds": 0.5}}, "rows": [row]}))
    open_run(page, studio, run.name)
    page.evaluate(WIDTHS)
    until(page, "() => widths.length > 2")
    assert set(page.evaluate("widths")) == {64}
    page.locator("main").focus()
    if plugin == "video64":
        page.keyboard.press(" ")  # the film itself, so that only the movement is seen
    page.keyboard.press("f")
    until(page, f"() => {WIDTH} === 256")
    here = stands(page)
    page.keyboard.press("ArrowRight")  # it stays until it is let go
    assert stands(page) == here
    page.keyboard.press("f")
    until(page, f"() => {WIDTH} === 64")


def test_a_film_that_is_too_long_to_be_enlarged_is_asked_for_once(page: Page, studio: Served) -> None:
    open_run(page, studio, run_of(studio.folder, "0065-long", "video64", still=True).name)
    before = still(page)
    assert page.evaluate(WIDTH) == 256
    page.evaluate(WIDTHS)
    length = page.get_by_label("Seconds", exact=True)
    length.fill("30")
    length.press("Enter")
    settled(page, before)
    assert page.evaluate("widths") == [64]


def test_what_has_no_size_is_asked_for_once(page: Page, studio: Served) -> None:
    """A stranger's plugin may have the setting too, whatever it makes."""

    def larger(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "enlarge": 4})

    page.evaluate("window.painted = 0; addEventListener('painted', () => { window.painted += 1; })")
    page.route("**/open", larger)
    open_run(page, studio, "0001-music")
    page.wait_for_selector(".play[data-busy=false]")
    assert page.evaluate("painted") == 1


def saved(page: Page, folder: Path) -> tuple[int, int]:
    """The size of the work that is saved now."""
    with page.expect_download() as got:
        page.get_by_role("button", name="Save", exact=True).click()
    path = folder / got.value.suggested_filename
    got.value.save_as(path)
    with Image.open(path) as picture:
        return picture.size
