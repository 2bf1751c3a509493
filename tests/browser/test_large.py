"""Promise: a work at rest is shown as large as it is saved, one on the move as quickly as it is made; it is saved in the size
that is chosen, at first in the one of its run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import open_run
from tests.browser.waiting import ready, settled, still
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
