"""How a test waits for a page: for a condition and never for a time, so that a slow machine takes longer and finds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

WAIT = 1000 * PATIENCE  # ms
# The picture on the stage in a few letters, which differ where it does; null: there is none yet
PICTURE = """() => { const c = document.querySelector('.stage canvas');
    if (!c?.width || !c.height) return null;
    let h = 0;
    for (const v of c.getContext('2d').getImageData(0, 0, c.width, c.height).data) h = (h * 31 + v) | 0;
    return `picture ${h}`; }"""
SETTLED = "document.querySelector('.play')?.dataset.busy === 'false'"  # what is shown is what was asked for
FROZEN = "[...document.querySelectorAll('.live button[aria-pressed=true]')].some((button) => button.textContent === 'Freeze')"
MOVES = f"""async (wait) => {{ const seen = new Set(), picture = {PICTURE}, end = performance.now() + wait;
    while (seen.size < 5 && performance.now() < end) {{
        const shown = picture();
        if (shown) seen.add(shown);
        await new Promise(requestAnimationFrame); }}
    return seen.size === 5; }}"""
# What moves asks for another picture in each frame: it is busy, or has painted another one. What is frozen may wait with a wish
STANDS = f"""async (wait) => {{
    const picture = {PICTURE}, end = performance.now() + wait; let before = null, frames = 0, painted = false;
    const paint = () => {{ painted = true; }};
    addEventListener('painted', paint);
    while (frames < 24 && performance.now() < end) {{
        await new Promise(requestAnimationFrame);
        const shown = picture();
        if (shown === null || shown !== before) frames = 0;
        else if (painted || {SETTLED} || {FROZEN}) frames += 1;
        [before, painted] = [shown, false]; }}
    removeEventListener('painted', paint);
    return frames < 24 ? null : before; }}"""


def until(page: Page, wanted: str, arg: object = None) -> Any:
    """Wait until ``wanted``, a function of the page that gets ``arg``, gives what is true for JavaScript; give that.

    What is read of an element that is not there yet throws a TypeError: not yet. Anything else that it throws is an error."""
    tried = f"""arg => {{ try {{ return ({wanted})(arg); }}
        catch (error) {{ if (error instanceof TypeError) return null; throw error; }} }}"""
    return page.wait_for_function(tried, arg=arg).json_value()


def ready(page: Page) -> None:
    """Wait until a view is there; a view that plays, until its first work is."""
    page.wait_for_selector("main[data-ready=true]")


def reload(page: Page) -> None:
    """Load the page anew, and wait until its view is there again: before that, the view could still be made a second time."""
    page.reload()
    ready(page)


def still(page: Page) -> str:
    """The picture on the stage, once it is what was asked for."""
    return until(page, f"() => {SETTLED} && ({PICTURE})()")


def settled(page: Page, before: str) -> str:
    """The picture on the stage, once it is another than ``before`` and what was asked for."""
    return until(page, f"before => {{ const now = {SETTLED} && ({PICTURE})(); return now !== before && now; }}", before)


def moved(page: Page, before: str) -> None:
    """Wait until another picture is on the stage than ``before``."""
    until(page, f"before => {{ const now = ({PICTURE})(); return now !== before && now; }}", before)


def moves(page: Page) -> bool:
    """Whether five different pictures come onto the stage."""
    return bool(page.evaluate(MOVES, WAIT))


def stands(page: Page) -> str:
    """The picture on the stage, once it has stayed the same for 24 frames in which another could have come."""
    found = page.evaluate(STANDS, WAIT)
    assert found is not None, "it moves"
    return found
