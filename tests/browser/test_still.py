"""Promise: where the system of a person asks for less motion nothing of the page moves by itself, and what is started moves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import open_run, studio_page
from tests.browser.waiting import WAIT, reload, settled, stands
from tests.browser.waiting import still as picture
from tests.studio.serving import Served, run_of
from tests.video.conftest import write_mp4

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

LONG = 700  # ms, in which each of these would have moved
# Whether a style moves something there that a screenshot shows at rest
ENDLESS = (
    """at => at.getAnimations({ subtree: true }).some((one) => one.effect.getComputedTiming().endTime === Infinity)"""
)
WIPE = """async ([before, after]) => {
  const { wipe } = await import('/page/change.js');
  document.querySelector('main').replaceChildren(wipe({ name: 'mine', before, after }));
}"""


@pytest.fixture
def still(chromium: Browser, studio: Served) -> Iterator[Page]:
    with studio_page(chromium, studio) as page:
        page.emulate_media(reduced_motion="reduce")
        yield page


def seen(at: Locator) -> bytes:
    """What is seen there; buttons as they are once their colors have changed."""
    return at.screenshot(animations="disabled")


def rests(at: Locator) -> bool:
    """Whether the same is seen there in the course of a while, and no style moves it without an end."""
    if at.evaluate(ENDLESS):
        return False
    before = seen(at)
    for _ in range(4):
        at.page.wait_for_timeout(LONG / 5)
        if seen(at) != before:
            return False
    return True


def moves(at: Locator) -> bool:
    """Whether something else is seen there in the end, however long this machine takes for it."""
    before, end = seen(at), time.monotonic() + WAIT / 1000
    while seen(at) == before and time.monotonic() < end:
        at.page.wait_for_timeout(LONG / 5)
    return time.monotonic() < end


def moving_gif(path: Path) -> None:
    frames = [Image.new("RGB", (96, 96), color) for color in ("red", "green", "blue", "white")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=110, loop=0)


def test_a_moving_picture_waits_until_it_is_started(still: Page, studio: Served) -> None:
    run = run_of(studio.folder, "0050-moving", "image", still=True)
    (run / "samples").mkdir()
    moving_gif(run / "samples" / "a.gif")
    row = {
        "seen": 8,
        "seconds": 1,
        "kind": "snapshot",
        "sheet": None,
        "items": [{"seed": 1, "files": ["samples/a.gif"]}],
    }
    (run / "samples" / "index.jsonl").write_text(json.dumps(row) + "\n")
    still.goto(f"{studio.address.partition('?')[0]}#/learn/{studio.run(run.name)}")
    work = still.locator(".work")
    expect(work.locator("canvas")).to_have_js_property("width", 96)
    assert rests(work)
    work.get_by_role("button", name="Play").click()
    expect(work.locator("img")).to_be_visible()
    assert moves(work)
    work.get_by_role("button", name="Stop").click()
    assert rests(work)


def test_what_a_run_keeps_moving_rests_until_the_person_goes_on(still: Page, studio: Served) -> None:
    run = run_of(studio.folder, "0051-waves", "image", still=True)
    row = {"source": "lfo/1", "to": "/direction/s1", "mode": "add", "amount": 1}
    (run / "modulation.json").write_text(json.dumps({"format": 1, "lfos": {"1": {"seconds": 0.5}}, "rows": [row]}))
    open_run(still, studio, run.name)
    still.wait_for_selector(".play[data-busy=false]")
    freeze = still.get_by_role("button", name="Freeze", include_hidden=True)
    expect(still.locator("#toast")).to_contain_text("as your system asks for less motion")
    before = stands(still)
    still.locator("main").focus()
    still.keyboard.press("r")
    there = settled(still, before)  # it is played as ever
    way = still.get_by_label("Seconds to another place")
    way.evaluate("field => { field.value = 0.3; field.dispatchEvent(new Event('change')); }")
    still.keyboard.press("r")
    settled(still, there)
    arrived = stands(still)
    still.keyboard.press("z")  # and drawn at once
    assert picture(still) == there
    still.keyboard.press("Shift+Z")
    assert picture(still) == arrived, "a way that the person began has an end"
    expect(freeze).to_have_attribute("aria-pressed", "true")
    still.keyboard.press("f")
    expect(freeze).to_have_attribute("aria-pressed", "false")
    assert moves(still.locator(".stage canvas"))


def test_a_film_and_its_small_ones_wait(still: Page, studio: Served) -> None:
    open_run(still, studio, "0001-video")
    still.wait_for_selector(".play[data-busy=false]")
    work, small = still.locator(".stage canvas"), still.locator(".tiles .tile").first
    expect(small.locator("canvas")).not_to_have_js_property("width", 8)
    still.wait_for_selector(".near[data-busy=false]")  # those beside it may come later, and move it
    small.hover()
    assert rests(small.locator("canvas"))
    assert rests(work)
    still.locator(".transport").get_by_role("button", name="Play").click()
    assert moves(work)


@pytest.mark.parametrize("after", ["after.png", "after.mp4"])
def test_a_moving_picture_that_was_changed_rests(still: Page, studio: Served, after: str) -> None:
    """Beside a picture or a film, which a page cannot show as one another."""
    run = run_of(studio.folder, f"0053-{after[-3:]}", "image", still=True)
    (run / "samples").mkdir()
    moving_gif(run / "samples" / "before.gif")
    Image.new("RGB", (96, 96), "gray").save(run / "samples" / "after.png")
    write_mp4(run / "samples" / "after.mp4", np.zeros((20, 48, 48, 3), np.uint8))
    files = f"/files/{studio.run(run.name)}/samples"
    still.evaluate(WIPE, [f"{files}/before.gif", f"{files}/{after}"])
    expect(still.locator(".layers canvas.before")).to_have_js_property("width", 96)
    assert rests(still.locator(".layers"))
    reload(still)


def test_films_that_were_changed_wait(still: Page, studio: Served) -> None:
    """Before and after start together."""
    run = run_of(studio.folder, "0052-changed", "video", still=True)
    (run / "samples").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (20, 48, 48, 3), dtype=np.uint8)
    for name in ("before", "after"):
        write_mp4(run / "samples" / f"{name}.mp4", noise)
    files = f"/files/{studio.run(run.name)}/samples"
    still.evaluate(WIPE, [f"{files}/before.mp4", f"{files}/after.mp4"])
    shown = still.locator("video")
    for number in range(2):
        expect(shown.nth(number)).to_have_js_property("readyState", 4)
    still.wait_for_timeout(LONG)
    for paused, name in ((True, "Play"), (False, "Pause"), (True, "Play")):
        for number in range(2):
            expect(shown.nth(number)).to_have_js_property("paused", paused)
        still.get_by_role("button", name=name).click()
    reload(still)
