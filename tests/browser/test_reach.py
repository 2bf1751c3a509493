"""Everything by keyboard alone, at 200 %, on a phone and with a finger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import axe, open_run
from tests.browser.waiting import ready, reload, settled, still, until
from tests.studio.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What has the focus, in the frame after the next: what came above it before that has been laid out, and may have moved it
FOCUS = """async () => { for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame);
    const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);
    const ring = e === document.body || s.outlineStyle !== 'none' || e.classList.contains('unseen');
    return { name: e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '', tag: e.tagName,
      seen: b.bottom > 0 && b.top < innerHeight && b.width > 0, ring }; }"""
OUTSIDE = """() => [...document.querySelectorAll('main *, header *')].filter(e => { const b = e.getBoundingClientRect();
    const may = e.closest('.strip, .wide, .unseen, .corners') || getComputedStyle(e).position === 'fixed';
    return b.width && b.right > innerWidth + 1 && !may; }).map(e => e.outerHTML.slice(0, 80)).slice(0, 3)"""

# Lists to choose from that are narrower than their longest words
CUT = """() => [...document.querySelectorAll('.panel .few select')].filter(e => { const copy = e.cloneNode(true);
    copy.style.cssText = 'position: absolute; width: max-content';
    e.after(copy);
    const cut = e.getBoundingClientRect().width < copy.getBoundingClientRect().width - 1;
    copy.remove();
    return cut; }).map(e => e.labels[0].innerText)"""
# How high the works nearby are when the view that plays is first on the page
LAID = """new MutationObserver(() => { window.laid ??= document.querySelector('.near')?.offsetHeight; })
    .observe(document, { childList: true, subtree: true });"""


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until the element of this name has the focus; each stop on the way is named, in sight and has a ring."""
    seen = []
    for _ in range(120):
        page.keyboard.press(key)
        at = page.evaluate(FOCUS)
        if at["tag"] != "BODY":
            assert at["name"].strip(), seen
            assert at["ring"], at
            assert at["seen"], at
        seen.append(at["name"])
        if name in at["name"]:
            return
    raise AssertionError((name, seen))


def test_a_journey_by_keyboard_alone(page: Page) -> None:
    expect(page.locator("[data-plugin=image]").get_by_role("button", name="Play at once")).to_be_visible()
    tab_to(page, "Play at once")
    page.keyboard.press("Enter")
    page.wait_for_selector(".play")
    ready(page)
    # sliders that get their names move what lies below them
    until(page, "() => !document.body.innerText.includes('is being measured')")
    first = still(page)
    tab_to(page, "Surprise me")
    page.keyboard.press("Enter")
    second = settled(page, first)
    tab_to(page, "Star")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="★ Starred")).to_be_focused()
    tab_to(page, "Add this work")
    page.keyboard.press("Enter")
    expect(page.locator(".stops li")).to_have_count(1)
    tab_to(page, "Seed")
    tab_to(page, "Daring")
    tab_to(page, "Daring")  # its number comes first
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    third = settled(page, second)
    tab_to(page, "Undo", "Shift+Tab")
    page.keyboard.press("Enter")
    settled(page, third)
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log", name="Ready")).to_contain_text("Saved in ")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()
    page.keyboard.press(".")
    page.get_by_role("button", name="Remove stop 1").press("Enter")


def test_a_form_that_is_left_gives_the_focus_back(page: Page, tmp_path: Path) -> None:
    """Escape leaves it as Cancel does, from wherever the focus is; the next Tab goes on from what opened it."""
    form, teach = (
        page.locator("#teach .panel"),
        page.locator("[data-plugin=music]").get_by_role("button", name="Teach it"),
    )
    for leave in ("Escape", "Enter"):
        teach.press("Enter")
        expect(form.get_by_role("heading")).to_be_focused()
        if leave == "Enter":
            form.get_by_role("button", name="Cancel").focus()
        page.keyboard.press(leave)
        expect(form).to_have_count(0)
        expect(teach).to_be_focused()
    teach.press("Enter")
    expect(form.get_by_role("heading")).to_be_focused()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(form).to_be_visible()  # what lies over it is left first
    form.get_by_label("Name").press("Escape")
    expect(teach).to_be_focused()
    (tmp_path / "a.png").write_bytes(b"")
    files = page.locator(".zone input").last
    files.set_input_files(tmp_path / "a.png")
    form.get_by_role("button", name="Cancel").click()
    expect(files).to_be_focused()
    expect(form).to_have_count(0)


def test_a_list_is_walked_through_by_arrow_keys(page: Page) -> None:
    """What is chosen on the way moves the focus nowhere; the field that it brings is the next one."""
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    long = page.get_by_label("How long")
    long.focus()
    page.keyboard.press("End")
    expect(long).to_have_value("other")
    expect(long).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Another time")).to_be_focused()


def test_what_is_built_anew_keeps_the_focus(page: Page, studio: Served) -> None:
    """What has the focus may go with the press of a key: the focus goes to what takes its place, and never to the whole page."""
    page.get_by_role("link", name="artgen studio").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # to the work
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_role("heading", name="What shall we make?")).to_be_visible()
    run = studio.run("0001-image")
    page.locator(f"[data-run='{run}'] h3 a").press("Enter")
    expect(page.locator("main")).to_be_focused()
    open_run(page, studio, "0001-image")
    add, remove = page.get_by_role("button", name="Add this work"), page.get_by_role("button", name="Remove stop 1")
    for number in (1, 2):
        add.press("Enter")
        expect(page.locator(".stops li")).to_have_count(number)
        expect(add).to_be_focused()
    remove.press("Enter")
    expect(page.locator(".stops li")).to_have_count(1)
    expect(remove).to_be_focused()
    remove.press("Enter")
    expect(add).to_be_focused()
    page.keyboard.press(".")
    page.get_by_role("button", name="Remove favorite 1").press("Enter")
    expect(page.get_by_role("button", name="☆ Star")).to_be_focused()


def test_no_words_of_the_form_are_cut(page: Page) -> None:
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    expect(page.get_by_label("How large")).to_be_visible()
    for width in (1280, 1024, 800):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(CUT) == [], width


def test_what_comes_later_leaves_in_sight_what_has_the_focus(page: Page, studio: Served) -> None:
    """Works nearby are small pictures in places of their size; the strip of favorites is above the walk only when one is kept."""
    page.add_init_script(LAID)
    reload(page)
    open_run(page, studio, "0001-image")
    page.wait_for_selector(".near[data-busy=false]")
    assert page.evaluate("window.laid === document.querySelector('.near').offsetHeight")
    add = page.get_by_role("button", name="Add this work")
    add.focus()
    add.evaluate("button => button.scrollIntoView({ block: 'end' })")
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="Remove favorite 1")).to_be_attached()
    expect(add).to_be_focused()
    assert page.evaluate(FOCUS)["seen"]


def wide(page: Page) -> list[str]:
    """What is wider than the page is, at each of the widths: 320 px is a page of 1280 at 400 %, 640 at 200 %."""
    found = []
    for width in (320, 390, 640):
        page.set_viewport_size({"width": width, "height": 700})
        found += [f"{width}: {element}" for element in page.evaluate(OUTSIDE)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width}: the page itself")
    page.set_viewport_size({"width": 320, "height": 700})
    return found


def test_no_view_is_wider_than_a_phone_or_a_page_at_twice_its_size(page: Page, studio: Served) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    expect(page.locator("[data-plugin=video]").get_by_role("button", name="Play at once")).to_be_visible()
    assert wide(page) == []
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    assert wide(page) == []
    for name in ("0001-image", "0001-music", "0001-video"):
        open_run(page, studio, name)
        for summary in page.locator(".knobs summary").all():
            summary.click()
        assert wide(page) == [], name
    page.keyboard.press("?")
    assert wide(page) == []


def test_a_finger_moves_the_pad(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    page.get_by_text("Two at once, with a pad").click()
    pad = page.locator(".padbox .pad")
    pad.scroll_into_view_if_needed()
    before = still(page)
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 4, steps=5)
    page.mouse.up()
    settled(page, before)
    assert page.evaluate("getComputedStyle(document.querySelector('.padbox .pad')).touchAction") == "none"


def test_the_sliders_are_one_step_from_the_top(page: Page, studio: Served) -> None:
    open_run(page, studio, "0001-image")
    page.locator("main").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="To the sliders")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("Boolean(document.activeElement.closest('.knobs'))")
    assert axe(page) == []
