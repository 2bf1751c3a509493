"""Promise: whoever types nonsense, drops nothing, or presses a key again and again is answered, and sees what counts."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import open_run
from tests.forked import until
from tests.studio.serving import Served, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

DROP = """(names) => { const held = new DataTransfer();
  for (const name of names) held.items.add(new File(['x'], name));
  document.querySelector('.zone').dispatchEvent(new DragEvent('drop', { dataTransfer: held, bubbles: true })); }"""

# Another time is typed, and Start is pressed at once
PRESSED_AFTER = """(start, time) => { const typed = document.querySelector('input[maxlength="12"]');
  typed.value = time;
  typed.dispatchEvent(new Event('change'));
  start.click(); }"""


def test_a_drop_without_works_offers_no_start(page: Page) -> None:
    page.evaluate(DROP, [])
    expect(page.locator("#toast")).to_have_text("That holds no files.")
    page.evaluate(DROP, ["notes.txt"])
    expect(page.locator(".sentence")).to_have_text("No plugin reads any of these files.")
    expect(page.get_by_role("button", name="Start")).to_be_hidden()
    expect(page.get_by_label("How long")).to_be_hidden()
    page.get_by_role("button", name="Cancel").click()
    page.evaluate(DROP, ["works.ZIP"])
    expect(page.locator(".sentence")).to_have_text("These files are packed; unpack them and drop the folder.")
    page.get_by_role("button", name="Cancel").click()
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    page.get_by_label("How long").select_option("other")
    page.get_by_label("Another time").fill("soon")
    page.get_by_label("Another time").press("Enter")
    expect(page.locator(".sentence")).to_have_text(
        "“soon”: write a time between 1s and 1 year such as 90s, 3m or 1h30m."
    )


def test_a_press_while_the_works_are_looked_at_is_not_lost(page: Page, studio: Served) -> None:
    """Each change of the form has the studio look anew. Who goes on to Start meanwhile finds it, and it starts what was typed."""
    ordered: list[dict[str, object]] = []
    held: list[Route] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        ordered.append(json.loads(route.request.post_data or ""))
        route.fulfill(json={"id": studio.run("0001-image"), "state": "running"})

    page.route("**/api/runs", answer)
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    start, typed = page.get_by_role("button", name="Start"), page.get_by_label("Another time")
    expect(start).to_be_enabled()
    page.get_by_label("How long").select_option("other")
    page.route("**/api/plan", lambda route: held.append(route))  # a bound method Playwright cannot mark

    def typing(time: str, press: bool) -> None:
        typed.fill(time)
        typed.press("Tab")
        expect(page.locator(".sentence")).to_have_text("Looking at it …")
        if press:
            start.press("Enter")
            expect(page.locator(".sentence")).to_have_text("It starts once it has looked at your works …")
        while not any(time in (route.request.post_data or "") for route in held):
            page.evaluate("new Promise(requestAnimationFrame)")
        while held:
            held.pop().continue_()

    typing("soon", True)
    expect(page.locator(".sentence")).to_contain_text("write a time between")
    expect(start).to_be_disabled()
    typing("7m", False)
    expect(start).to_be_enabled()
    assert not ordered, "what is wrong is not started, nor what comes after it"
    page.unroute("**/api/plan")
    page.route("**/api/plan", lambda route: route.fulfill(body="no answer"))
    start.evaluate(PRESSED_AFTER, "9m")
    expect(page.locator("#toast")).to_have_text("The studio answered with 200.")
    page.unroute("**/api/plan")
    page.route("**/api/plan", lambda route: held.append(route))
    typing("7m", False)
    expect(page.locator(".sentence")).to_contain_text("for 7 min")
    assert not ordered, "nor what is changed after a look that failed"
    typing("8m", True)
    expect(page).to_have_url(re.compile("#/learn/"))
    assert [one["budget"] for one in ordered] == ["8m"]


def test_a_form_that_is_left_starts_nothing(page: Page) -> None:
    """Also where Start was pressed before, while the works were looked at."""
    ordered: list[Route] = []
    held: list[Route] = []
    page.route(
        "**/api/runs", lambda route: route.continue_() if route.request.method != "POST" else ordered.append(route)
    )
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    start = page.get_by_role("button", name="Start")
    expect(start).to_be_enabled()
    page.get_by_label("How long").select_option("other")
    page.route("**/api/plan", lambda route: held.append(route))
    start.evaluate(PRESSED_AFTER, "9m")
    while not any("9m" in (route.request.post_data or "") for route in held):
        page.evaluate("new Promise(requestAnimationFrame)")
    page.keyboard.press("Escape")
    expect(page.locator("#teach .panel")).to_have_count(0)
    with page.expect_response("**/api/plan"):
        while held:
            held.pop().continue_()
    page.evaluate("fetch('/api/made').then((answer) => answer.json())")  # what the answer leads to was asked for before
    assert not ordered


def test_what_is_typed_becomes_what_is_played(page: Page, studio: Served) -> None:
    folder = run_of(studio.folder, "0009-typed", "image")  # its own: the studio remembers where a run was left
    open_run(page, studio, folder.name)
    seed = page.get_by_label("Seed", exact=True)
    for typed, shown in (("3.7", "3"), ("-5", "0"), ("99999999999999999999", str(2**53 - 1)), ("12", "12"), ("", "12")):
        seed.fill(typed)
        seed.press("Enter")
        expect(seed).to_have_value(shown)
    number = page.locator(".knob input[type=number]").nth(4)
    number.fill("1e9")
    number.press("Enter")
    expect(number).to_have_value("20")
    page.locator("body").click(position={"x": 5, "y": 5})
    for _ in range(5):
        page.keyboard.press("s")
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text("Saved in ")
    page.keyboard.press("s")  # the same work once more
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".play[data-busy=false]")
    page.keyboard.press("s")
    expect(said).to_contain_text("seed0013")
    assert said.locator("> div").count() == 1
    assert len(list((folder / "samples" / "studio").glob("*.png"))) == 2
    page.goto("about:blank")
    shutil.rmtree(folder)


def test_a_work_is_saved_also_while_the_one_before_is_being_written(page: Page, studio: Served) -> None:
    folder = run_of(studio.folder, "0010-saved", "image", still=True)
    open_run(page, studio, folder.name)
    held: list[Route] = []
    page.route("**/save", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/save"):  # so that it is the one that is held, however slow the browser is
        page.keyboard.press("s")
    for key in ("s", "ArrowRight", "s", "s"):
        page.keyboard.press(key)
        page.wait_for_selector(".play[data-busy=false]")
    said = page.get_by_role("log", name="Ready")
    expect(said).to_contain_text("seed0001")
    held[0].continue_()
    expect(said).to_contain_text("seed0000")
    assert sorted(path.name[:8] for path in (folder / "samples" / "studio").glob("*.png")) == ["seed0000", "seed0001"]
    page.goto("about:blank")
    shutil.rmtree(folder)


def test_works_that_are_saved_in_a_hurry_are_all_saved(page: Page, studio: Served) -> None:
    folder = run_of(studio.folder, "0011-hurried", "image")
    open_run(page, studio, folder.name)
    page.locator("body").click(position={"x": 5, "y": 5})
    for _ in range(4):
        page.keyboard.press("s")
        page.keyboard.press("s")  # while the one before is being written, too
        page.keyboard.press("ArrowRight")
    for _ in range(2):
        page.get_by_role("button", name="Save", exact=True).evaluate("button => button.click()")
        page.keyboard.press("ArrowRight")
    saved, wanted = folder / "samples" / "studio", [f"seed000{seed}" for seed in range(6)]
    until(lambda: [path.name[:8] for path in sorted(saved.glob("*.png"))] == wanted)  # in whatever order they are ready
    page.goto("about:blank")
    shutil.rmtree(folder)


def test_a_view_that_does_not_fit_leads_to_the_one_that_does(page: Page, studio: Served) -> None:
    base, run = studio.address.partition("?")[0], studio.run("0001-image")
    page.goto(f"{base}#/change/{run}")
    expect(page).to_have_url(f"{base}#/play/{run}")
    empty = studio.folder / "runs" / "0010-not-begun"
    empty.mkdir()
    (empty / "config.toml").write_text('[run]\nplugin = "image"\n')
    page.goto(f"{base}#/play/{studio.run('0010-not-begun')}")
    expect(page.get_by_text("It has not begun.")).to_be_visible()
    shutil.rmtree(empty)
    page.goto(f"{base}#/play/")
    expect(page.get_by_role("heading", name="What shall we make?")).to_be_visible()


def test_a_take_that_cannot_be_recorded_says_why(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    (in_the_way := studio.folder / "runs" / "0001-image" / "takes").touch()
    try:
        page.keyboard.press("t")
        expect(page.locator("#toast.wrong")).to_contain_text("“takes”: ")
    finally:
        in_the_way.unlink()


def test_a_run_that_is_deleted_while_it_is_looked_at_is_said_to_be_gone(chromium: Browser, studio: Served) -> None:
    folder = run_of(studio.folder, "0008-soon-gone", "image")
    context = chromium.new_context()  # the browser itself notes that the studio refused something
    page = context.new_page()
    page.goto(studio.address)
    page.goto(f"{studio.address.partition('?')[0]}#/learn/{studio.run('0008-soon-gone')}")
    expect(page.get_by_role("heading", name="soon gone")).to_be_visible()
    shutil.rmtree(folder)
    expect(page.get_by_role("heading", name="This cannot be shown")).to_be_visible()
    expect(page.locator("main")).to_contain_text("his run is no longer here")
    context.close()
