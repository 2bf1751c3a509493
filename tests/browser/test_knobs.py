"""Promise: what a person does with the controls goes on when they are built anew, as newer weights or new names make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import open_run
from tests.browser.waiting import ready, still, until
from tests.studio.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What a server says when a training of the run ends; each control that is there is marked before
TOLD = """async () => { const { line } = await import('/page/net.js'), run = location.hash.split('/').pop();
    document.querySelectorAll('.knobs input').forEach((input) => { input.old = true; });
    line.dispatchEvent(new CustomEvent('heard', { detail: { head: { kind: 'state', run, state: 'ended' } } })); }"""
ANEW = "() => ![...document.querySelectorAll('.knobs input')].some((input) => input.old)"
FOCUS = "() => document.activeElement.labels?.[0]?.textContent ?? document.activeElement.ariaLabel"


@pytest.fixture
def played(page: Page, studio: Served) -> Page:
    open_run(page, studio, "0001-image")
    ready(page)
    until(page, "() => !document.body.innerText.includes('is being measured')")
    still(page)
    return page


def test_folds_axes_and_the_focus_stay(played: Page) -> None:
    page = played
    page.get_by_text("Mix in the style of another seed").click()
    page.get_by_text("Two at once, with a pad").click()
    across = page.get_by_label("across", exact=True)
    across.select_option(index=2)
    chosen = across.input_value()
    page.get_by_label("Daring", exact=True).focus()
    assert page.evaluate(FOCUS) == "Daring"
    page.evaluate(TOLD)
    until(page, ANEW)
    assert page.evaluate(FOCUS) == "Daring"
    assert page.get_by_label("across", exact=True).input_value() == chosen
    expect(page.get_by_label("From which layer on the style is taken, coarse to fine")).to_be_visible()
    expect(page.locator(".padbox .pad")).to_be_visible()
    seed = page.get_by_label("Seed", exact=True).input_value()
    number = page.get_by_label("Daring as a number")
    before = float(number.input_value())  # where a test before this one left it
    page.keyboard.press("ArrowRight")  # moves the slider, and is no key of the page
    assert float(number.input_value()) == pytest.approx(before + 0.01)
    assert page.get_by_label("Seed", exact=True).input_value() == seed


def test_a_number_half_typed_is_waited_for(played: Page) -> None:
    page = played
    seed = page.get_by_label("Seed", exact=True)
    seed.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("12")
    page.evaluate(TOLD)
    assert not page.evaluate(ANEW)
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    until(page, ANEW)
    assert page.get_by_label("Seed", exact=True).input_value() == "123"
    assert page.evaluate(FOCUS) == "The next seed"


def test_what_is_under_a_hand_is_waited_for(played: Page) -> None:
    page = played
    slider = page.get_by_label("Daring", exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(TOLD)
    assert not page.evaluate(ANEW)
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2)
    until(page, "() => Number(document.querySelector('[data-address=\"/daring\"] input[type=range]').value) < 0.2")
    page.mouse.up()
    until(page, ANEW)
    assert float(page.get_by_label("Daring as a number").input_value()) < 0.2
