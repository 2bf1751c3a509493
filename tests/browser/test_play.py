"""Journeys of playing, by mouse and by keyboard, in three media."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from artgen.provenance.verify import verify
from tests.browser.conftest import axe, open_run
from tests.browser.waiting import ready, reload, settled, still
from tests.studio.serving import Served
from tests.studio.test_playing import players

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

# The words under the works nearby when the view that plays is first on the page
LAID = """new MutationObserver(() => {
        const tiles = [...document.querySelectorAll('.near .tile')];
        if (tiles.length) window.laid ??= tiles.map((tile) => tile.innerText); })
    .observe(document, { childList: true, subtree: true });"""


def test_a_tile_plays_at_once_and_everything_is_undone(page: Page) -> None:
    page.locator("[data-plugin=image]").get_by_role("button", name="Play at once").click()
    page.wait_for_selector(".play")
    ready(page)
    first = still(page)
    assert page.evaluate("document.querySelector('.stage canvas').width") == 256, "the best weights that ship"
    page.get_by_role("button", name="Surprise me").click()
    second = settled(page, first)
    page.locator(".knob input[type=range]").nth(4).fill("2.5")
    third = settled(page, second)
    page.get_by_role("button", name="Undo").click()
    assert settled(page, third) == second
    page.keyboard.press("z")
    assert settled(page, second) == first
    page.keyboard.press("Shift+z")
    assert settled(page, first) == second
    reload(page)
    assert still(page) == second
    page.get_by_role("button", name="Undo").click()
    assert settled(page, second) == first


def test_keys_do_what_the_list_says(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-video")
    open_run(page, studio, "0001-image")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("surprise me")
    page.keyboard.press("Escape")
    before = still(page)
    page.keyboard.press("r")
    chosen = settled(page, before)
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="★ Starred")).to_be_visible()
    page.keyboard.press("ArrowRight")
    other = settled(page, chosen)
    page.keyboard.press("1")
    assert settled(page, other) == chosen
    page.keyboard.press("[")
    calmer = settled(page, chosen)
    page.keyboard.press("]")
    assert settled(page, calmer) == chosen
    page.keyboard.press("c")
    expect(page.locator(".command")).to_contain_text("artgen sample runs/0001-image --seeds")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.locator(".knobs")).to_be_hidden()
    page.keyboard.press("h")
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="☆ Star")).to_be_visible()


def test_what_is_kept_on_one_page_is_kept_on_the_other(page: Page, studio: Served) -> None:
    """Stars and presets of a run that two tabs play, without a reload."""
    open_run(page, studio, "0001-video")
    other = page.context.new_page()
    other.goto(page.url)
    star, there = page.get_by_role("button", name="☆ Star"), other.get_by_role("button", name="☆ Star")
    expect(there).to_be_visible()
    for at in (page, other):
        at.get_by_label("Seed", exact=True).fill("4711")
        at.get_by_label("Seed", exact=True).press("Enter")
    star.click()
    expect(other.get_by_role("button", name="★ Starred")).to_be_visible()
    expect(other.get_by_role("button", name="Favorite 1: seed 4711")).to_be_visible()
    page.keyboard.press("Shift+Digit3")
    expect(other.get_by_role("button", name="Preset 3: seed 4711")).to_have_attribute("aria-pressed", "true")
    other.get_by_role("button", name="★ Starred").click()
    expect(star).to_be_visible()
    expect(page.get_by_role("region", name="Favorites")).to_be_hidden()
    other.get_by_role("button", name="Preset 3: seed 4711").press("Delete")
    expect(page.get_by_role("button", name="Keep this work as preset 3")).to_be_visible()
    other.close()


def test_a_dialog_goes_with_the_view_that_it_lies_over(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    expect(page.locator("dialog")).to_have_count(0)


def test_a_closed_dialog_leaves_the_keys_to_the_page(page: Page, studio: Served) -> None:
    """The next key may come before the browser has drawn the page without the dialog."""
    open_run(page, studio, "0001-image")
    for leave in ("box.querySelector('.close').click()", "box.dispatchEvent(new Event('cancel', {cancelable: true}))"):
        page.keyboard.press("?")
        hidden = page.evaluate(
            f"""() => {{ const box = document.querySelector('dialog');
              {leave};
              const key = () => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'h', bubbles: true }}));
              key();
              const hidden = document.querySelector('.play').classList.contains('bare');
              key();
              return hidden; }}"""
        )
        assert hidden, leave


def test_a_saved_file_dropped_back_in_restores_its_place(page: Page, studio: Served, tmp_path: Path) -> None:
    open_run(page, studio, "0001-image")
    page.get_by_label("Seed", exact=True).fill("77")
    page.get_by_label("Seed", exact=True).press("Enter")
    page.get_by_role("button", name="faces", exact=True).click()
    page.locator(".knob input[type=range]").nth(4).fill("1.5")
    mine = still(page)
    with page.expect_download() as got:
        page.keyboard.press("s")
    path = tmp_path / got.value.suggested_filename
    got.value.save_as(path)
    assert verify(path).marked
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text(f"Saved in runs/0001-image/samples/studio: {path.name}.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    said.get_by_role("button", name="See it").click()
    expect(page.locator(".files img")).to_be_visible()
    expect(said).to_be_hidden()
    page.keyboard.press("Escape")
    page.locator("main").focus()
    page.keyboard.press("0")
    page.keyboard.press("r")
    settled(page, mine)
    other = still(page)
    drop_file(page, ".frame", path, "image/png")
    settled(page, other)
    assert still(page) == mine
    page.keyboard.press("r")
    settled(page, mine)
    other = still(page)
    page.get_by_label("Open a file").set_input_files(path)  # without a mouse
    settled(page, other)
    assert still(page) == mine
    with page.expect_download():
        page.get_by_role("button", name="Save", exact=True).click()
    expect(said).to_be_visible()
    page.get_by_role("link", name="artgen studio").click()
    expect(said).to_be_hidden()


def drop_file(page: Page, where: str, path: Path, kind: str) -> None:
    """Let go of a file over an element, as a person does with the mouse."""
    data = page.evaluate_handle(
        """([bytes, name, type]) => {
          const held = new DataTransfer();
          held.items.add(new File([Uint8Array.from(bytes)], name, { type }));
          return held;
        }""",
        [list(path.read_bytes()), path.name, kind],
    )
    page.dispatch_event(where, "drop", {"dataTransfer": data})


def test_works_nearby_lead_there(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    page.wait_for_selector(".near[data-busy=false]")
    before = still(page)
    page.locator(".near .tile").nth(3).click()
    after = settled(page, before)
    page.wait_for_selector(".near[data-busy=false]")
    page.get_by_role("button", name="Other seeds").click()
    expect(page.locator(".near .tile").nth(5)).to_contain_text("seed")
    page.locator(".near .tile").nth(5).click()
    settled(page, after)
    expect(page.locator(".caption")).to_have_text(re.compile(r"seed \d+"))


def test_other_seeds_keep_their_words_when_their_works_come(page: Page, studio: Served) -> None:
    """A run without directions shows them from the start, in places that are laid before there are works."""

    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"directions": []})

    page.route("**/open", without)
    page.add_init_script(LAID)
    reload(page)
    open_run(page, studio, "0001-image")
    page.wait_for_selector(".near[data-busy=false]")
    expect(page.get_by_role("button", name="Other seeds")).to_have_attribute("aria-pressed", "true")
    laid = page.evaluate("window.laid")
    assert len(laid) == 12
    assert page.locator(".near .tile").all_inner_texts() == laid


def test_stars_make_a_walk(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-video")
    for starred in ("1 favorite", "2 favorites"):
        page.keyboard.press("r")
        still(page)
        page.keyboard.press(".")
        expect(page.get_by_role("heading", name=starred, exact=True)).to_be_visible()
    page.get_by_role("button", name="Walk from one to the next").click()
    expect(page.locator(".stops li")).to_have_count(2)
    page.get_by_label("Steps from one to the next").fill("4")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".files video")).to_be_visible()
    page.keyboard.press("Escape")
    for left in ("1 favorite", None):
        page.keyboard.press("1")
        expect(page.get_by_role("button", name="★ Starred")).to_be_visible()
        page.keyboard.press(".")
        if left:
            expect(page.get_by_role("heading", name=left, exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Favorites")).to_be_hidden()


def test_music_plays_changes_and_loops(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-music")
    expect(page.locator(".sound canvas").first).to_be_visible()
    page.get_by_label(
        "Loop without a seam"
    ).check()  # else it has an end, which a slow machine reaches before the next key
    page.wait_for_selector(".play[data-busy=false]")
    page.locator("main").focus()  # on the box that was checked, the key would be the box's own
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.keyboard.press("r")
    page.wait_for_selector(".play[data-busy=false]")
    expect(page.locator(".transport output")).to_contain_text(" s")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator(".transport").get_by_role("button", name="Play")).to_be_visible()


def test_no_barrier_in_any_view(page: Page, studio: Served) -> None:
    page.emulate_media(reduced_motion="reduce")
    assert axe(page) == []
    for name in ("0001-image", "0001-music", "0001-video"):
        open_run(page, studio, name)
        for summary in page.locator(".knobs summary").all():
            summary.click()
        assert axe(page) == [], name
        page.emulate_media(color_scheme="dark")
        assert axe(page, "color-contrast") == [], name
        page.emulate_media(color_scheme="light")
    page.keyboard.press("?")
    assert axe(page) == []


def test_a_phone_has_one_column(page: Page, studio: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_run(page, studio, "0001-image")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_killed_player_plays_again(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    before = still(page)
    for pid in players(studio):
        os.kill(pid, signal.SIGKILL)
    assert still(page) == before
    page.keyboard.press("r")
    settled(page, before)
    expect(page.locator("#trouble")).to_be_hidden()


def test_nothing_is_painted_out_of_order(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    seen = page.evaluate(
        """async () => {
          const seen = [], main = document.querySelector('main');
          main.addEventListener('painted', ({ detail }) => seen.push(detail.seq));
          const range = document.querySelectorAll('.knob input[type=range]')[4];
          for (let i = 0; i < 300 || seen.length < 12; i++) {
            range.value = String(Math.sin(i / 9) * 4);
            range.dispatchEvent(new Event('input'));
            await new Promise((done) => setTimeout(done, 4));
          }
          while (document.querySelector('.play').dataset.busy !== 'false') await new Promise((done) => setTimeout(done, 20));
          return JSON.stringify(seen);
        }"""
    )
    order = json.loads(seen)
    assert len(order) > 10
    assert order == sorted(set(order))
