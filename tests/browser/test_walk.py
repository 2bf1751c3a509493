"""Journeys of a walk: stops dragged into their order, played at once, driven by a sound; presets; styles mixed by dragging."""

from __future__ import annotations

import json
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from artgen.host.resolve import to_toml
from artgen.provenance.verify import verify
from artgen.runfolder.checkpoint import read_header
from artgen.studio.made_routes import pairs_of
from artgen_image.plugin import HERE as IMAGE
from tests.browser.conftest import axe, open_run
from tests.browser.test_play import drop_file
from tests.browser.waiting import WAIT, moved, reload, settled, still, until
from tests.studio.serving import Served, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

RUN = "0002-walks"  # of this file alone: a page goes on where it was left


@pytest.fixture(autouse=True)
def _own_run(studio: Served) -> None:
    if not (studio.folder / "runs" / RUN).exists():
        run_of(studio.folder, RUN, "image", still=True)


def seed(page: Page, number: int) -> None:
    page.get_by_label("Seed", exact=True).fill(str(number))
    page.get_by_label("Seed", exact=True).press("Enter")
    page.locator("main").focus()


def drag(page: Page, source: Locator, target: Locator, place: str) -> None:
    """With the mouse, as a person does: let go only when ``place`` says that it takes it."""
    source.hover()
    page.mouse.down()
    box = target.bounding_box()
    assert box is not None
    x, y = box["x"] + 6, max(box["y"], 0) + 20
    page.mouse.move(x, y, steps=6)
    until, step = time.monotonic() + WAIT / 1000, 0
    while not page.locator(f"{place}.over").count() and time.monotonic() < until:
        page.mouse.move(x + step % 3, y)
        step += 1
    page.mouse.up()


def order(page: Page) -> list[str]:
    """Names of the stops, once they are kept in the run folder too."""
    return [str(tile.get_attribute("title")).partition(",")[0] for tile in page.locator(".stops .tile").all()]


def test_stops_are_dragged_played_and_kept(page: Page, studio: Served) -> None:
    run = open_run(page, studio, RUN)
    for number in (3, 5, 8):
        seed(page, number)
        page.get_by_role("button", name="Add this work").click()
        expect(page.locator(".stops .tile").last).to_have_attribute("title", f"seed {number}")
    stops = page.locator(".stops li")
    drag(page, stops.nth(2), stops.nth(0), ".stops")
    expect(stops.locator(".tile").first).to_have_attribute("title", "seed 8")
    assert order(page) == ["seed 8", "seed 3", "seed 5"]
    page.get_by_label("Move stop 1 later").press("Enter")  # the same without a mouse
    expect(stops.locator(".tile").first).to_have_attribute("title", "seed 3")
    expect(page.get_by_label("Move stop 2 later")).to_be_focused()
    assert order(page) == ["seed 3", "seed 8", "seed 5"]

    stops.locator(".tile").first.click()
    here = still(page)
    page.get_by_label("Place on the walk").fill("0.5")
    between = settled(page, here)
    page.get_by_label("Place on the walk").fill("0")
    assert settled(page, between) == here
    page.locator("main").focus()
    page.keyboard.press("w")
    moved(page, here)
    expect(page.locator(".walkbar").get_by_role("button", name="Pause")).to_be_visible()
    assert axe(page) == []
    page.evaluate(  # newer weights came, or the directions have names: the walk goes on
        f"""async () => {{ const {{ line }} = await import('/page/net.js');
          const head = {{ kind: 'renewed', run: '{run}', measured: true }};
          line.dispatchEvent(new CustomEvent('heard', {{ detail: {{ head }} }})); }}"""
    )
    expect(page.locator(".walkbar").get_by_role("button", name="Pause")).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("w")
    expect(page.locator(".walkbar").get_by_role("button", name="Play")).to_be_visible()

    reload(page)
    expect(page.locator(".stops li")).to_have_count(3)
    assert order(page) == ["seed 3", "seed 8", "seed 5"]
    kept = json.loads((studio.folder / "runs" / RUN / "favorites.json").read_text())
    assert [state["seed"] for state in kept["stops"]] == [3, 8, 5]
    for _ in range(3):
        page.get_by_label("Remove stop 1").click()
    expect(page.locator(".stops li")).to_have_count(0)
    assert studio.options("PUT", f"/api/runs/{run}/stops", {"states": [{}] * 61})[0] == 400


@contextmanager
def asked_and_left(page: Page, path: str) -> Iterator[None]:
    """Within, something is asked for at ``path``; the person goes on to the start, and only then does the studio come to it."""
    held: list[Route] = []
    page.route(path, lambda route: held.append(route))  # a bound method Playwright cannot mark
    yield
    while not held:
        page.evaluate("new Promise(requestAnimationFrame)")
    page.get_by_role("link", name="artgen studio").click()
    expect(page.get_by_role("heading", name="What shall we make?")).to_be_visible()
    held[0].continue_()


def test_a_walk_that_is_ready_lies_over_no_other_view(page: Page, studio: Served) -> None:
    open_run(page, studio, RUN)
    for number in (3, 5):
        seed(page, number)
        page.get_by_role("button", name="Add this work").click()
        expect(page.locator(".stops li")).to_have_count(number // 2)
    page.get_by_label("Steps from one to the next").fill("2")
    with asked_and_left(page, "**/walk"):
        page.get_by_role("button", name="Make it").click()
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text("The walk is ready.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert axe(page) == []
    said.get_by_role("button", name="See it").click()
    expect(page.locator(".files video")).to_be_visible()
    expect(said).to_be_hidden()

    page.keyboard.press("Escape")
    open_run(page, studio, RUN)
    for _ in range(2):
        page.get_by_label("Remove stop 1").click()
    expect(page.locator(".stops li")).to_have_count(0)


def test_a_walk_outlives_the_page_that_asked_for_it(page: Page, studio: Served) -> None:
    """A page that was loaded anew says that it is being made, and offers it once when it is there."""
    run = open_run(page, studio, RUN)
    for number in (3, 5):
        seed(page, number)
        page.get_by_role("button", name="Add this work").click()
        expect(page.locator(".stops li")).to_have_count(number // 2)
    page.get_by_label("Steps from one to the next").fill("400")
    with page.expect_request("**/walk"):
        page.get_by_role("button", name="Make it").click()
    until(page, "async () => (await (await fetch('/api/made')).json()).jobs.length === 1")
    reload(page)
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text("The walk is being made.")
    expect(said.get_by_role("button", name="See it")).to_have_count(0)
    (job,) = studio.get("/api/made")["jobs"]
    assert (job["run"], job["of"], job["answer"], job["problem"]) == (run, "walk", None, "")
    expect(said).to_contain_text("The walk is ready.")
    expect(said).not_to_contain_text("is being made")
    until(page, "async () => !(await (await fetch('/api/made')).json()).jobs.length")
    said.get_by_role("button", name="See it").press("Enter")
    expect(page.locator(".files video")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("main")).to_be_focused()
    for _ in range(2):
        page.get_by_label("Remove stop 1").click()
    expect(page.locator(".stops li")).to_have_count(0)


def test_works_that_were_changed_are_not_lost_with_the_view(page: Page, studio: Served) -> None:
    run = run_of(studio.folder, "0003-colors", "colors", still=True)
    (run / "config.toml").write_text(to_toml(read_header(run / "checkpoints" / "last.safetensors").config))
    page.goto(f"{studio.address.partition('?')[0]}#/change/{studio.run('0003-colors')}")
    page.wait_for_selector(".change")
    picture = next(path for path in sorted((IMAGE / "photographs").rglob("*.webp")))
    with asked_and_left(page, "**/apply"):
        drop_file(page, ".zone", picture, "image/webp")
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text("1 picture changed.")
    said.get_by_role("button", name="See it").click()
    expect(page.get_by_role("dialog").locator(".wipe img.before")).to_be_visible()
    assert axe(page) == []


WIPE = """async (before) => { const { wipe } = await import('/page/change.js');
  const box = document.querySelector('main');
  box.replaceChildren(wipe({ name: 'a', before, after: '/icon.svg' })); }"""


def test_a_work_that_no_browser_shows_is_shown_as_it_is_now(page: Page, tmp_path: Path) -> None:
    """Of a TIFF the studio says so, of a file that a browser does not know after all the page finds it out."""
    page.evaluate(WIPE, "/icon.svg")
    expect(page.locator(".wipe img")).to_have_count(2)
    expect(page.get_by_role("slider")).to_have_count(1)
    for before in (None, "data:image/png;base64,AAAA"):
        page.evaluate(WIPE, before)
        expect(page.locator(".wipe img")).to_have_count(1)
        expect(page.get_by_role("slider")).to_have_count(0)
        expect(page.locator(".wipe")).to_contain_text("after")
    drop, out = tmp_path / "drop", tmp_path / "run" / "out"
    for folder, names in ((drop, ("a.avif", "b.tif", "c.png")), (out, ("a.png", "b.png"))):
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()
    assert pairs_of(drop, out, "/drops/1/", "/files/2/", tmp_path / "run") == [
        {"name": "a.avif", "before": "/drops/1/a.avif", "after": "/files/2/out/a.png"},
        {"name": "b.tif", "before": None, "after": "/files/2/out/b.png"},
    ]


def test_a_work_that_was_found_is_played_where_the_person_wants_it(page: Page, studio: Served) -> None:
    open_run(page, studio, RUN)
    with page.expect_response(lambda got: got.url.endswith("/place") and '"seed":7' in (got.request.post_data or "")):
        seed(page, 7)
    page.evaluate(
        "sessionStorage.clear()"
    )  # as in another window: the studio knows where the run was left, the page does not
    reload(page)
    before = still(page)
    picture = next(path for path in sorted((IMAGE / "embedded" / "faces").rglob("*.webp")))
    page.get_by_label("Open a file").set_input_files(picture)
    found = page.get_by_role("dialog").get_by_role("button", name="Find it")
    expect(found).to_be_focused()  # Enter is enough
    with asked_and_left(page, "**/project"):
        found.click()
        page.keyboard.press("Escape")
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text(f"The work nearest to {picture.name} was found.")
    said.get_by_role("button", name="Play with it").click()
    page.wait_for_selector(".play")
    there = settled(page, before)
    page.locator("main").focus()
    page.keyboard.press("z")
    assert settled(page, there) == before, "the place before is a step back"


def test_presets_hold_everything(page: Page, studio: Served) -> None:
    open_run(page, studio, RUN)
    seed(page, 12)
    page.get_by_role("button", name="faces", exact=True).click()
    page.locator(".knob input[type=range]").nth(4).fill("2")
    mine = still(page)
    page.locator("main").focus()
    page.keyboard.press("Shift+Digit4")
    expect(page.get_by_label("Preset 4", exact=False)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("r")
    other = settled(page, mine)
    page.keyboard.press("4")
    assert settled(page, other) == mine
    page.keyboard.press("z")
    assert settled(page, mine) == other
    reload(page)
    page.get_by_label("Preset 4", exact=False).click()
    settled(page, other)
    assert still(page) == mine
    page.get_by_label("Preset 4", exact=False).press("Delete")
    expect(page.get_by_label("Keep this work as preset 4")).to_be_visible()


def test_a_style_is_mixed_in_by_dragging(page: Page, studio: Served) -> None:
    open_run(page, studio, RUN)
    page.get_by_role("button", name="Other seeds").click()
    expect(page.locator(".near .tile").first).to_contain_text("seed")
    before = still(page)
    page.wait_for_selector(".near[data-busy=false]")
    drag(page, page.locator(".near .tile").first, page.locator(".frame"), ".frame")
    settled(page, before)
    expect(page.get_by_label("Its seed")).not_to_have_value("")
    page.keyboard.press("z")
    settled(page, "none")
    assert still(page) == before


def test_a_film_follows_a_sound(page: Page, studio: Served, tmp_path: Path) -> None:
    sound = tmp_path / "beats.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        clicks = np.zeros(8000, np.int16)
        clicks[::2000] = 20_000
        file.writeframes(clicks.tobytes())
    open_run(page, studio, "0001-video")
    for number in (1, 2):
        seed(page, number)
        page.get_by_role("button", name="Add this work").click()
        expect(page.locator(".stops li")).to_have_count(number)
    before = still(page)
    page.locator("#drive").set_input_files(sound)
    moved(page, before)  # it plays, as fast as the sound is loud
    page.get_by_role("button", name="Make a film with this sound").click()
    expect(page.locator(".files video")).to_be_visible()
    (film,) = (studio.folder / "runs" / "0001-video").rglob("*soundtrack*/*.mp4")
    assert verify(film).marked
    page.keyboard.press("Escape")
    nonsense = tmp_path / "nonsense.wav"
    nonsense.write_bytes(b"no sound")
    page.locator("#drive").set_input_files(nonsense)
    expect(page.locator("#toast")).to_contain_text("nonsense.wav cannot be read as sound")
