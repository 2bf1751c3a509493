"""Makes the pictures of the studio's page anew: ``python docs/make_studio.py``.

Needs ``pip install 'artgen-suite[studio,browser]'`` and Chromium. Trains a small run for a minute, opens every view, and writes
docs/_media.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import FLAGS
from tests.browser.waiting import ready
from tests.studio.serving import Served, run_of

MEDIA = Path(__file__).parent / "_media"
LIMIT = 60_000  # bytes of a file
QUALITIES = (78, 70, 62, 54)
SIZE = {"width": 1280, "height": 860}
MEASURED = 20_000  # ms in which the directions of pictures are measured


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--all", type=Path, help="also write every view, light and dark and as on a phone, as PNG into this folder"
    )
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        for run, plugin in (("0001-pictures", "image64"), ("0002-music", "music"), ("0003-films", "video")):
            run_of(folder, run, plugin)
        served = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache")}).start()
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport=SIZE, reduced_motion="reduce").new_page()
        page.set_default_timeout(120_000)
        page.goto(served.address)
        ready(page)
        starred(page, served)
        save(page, "studio-play")
        views(page, served, wishes.all)
        opened(page, served, "0002-music")
        save(page, "studio-music")
        learning(page)
        save(page, "studio-learn")
        page.get_by_role("button", name="Pause").click()
        page.wait_for_selector(".learn .lead:has-text('paused')")
        browser.close()
        served.end()


def starred(page: Page, served: Served) -> None:
    """Pictures with their sliders named and a few works starred."""
    opened(page, served, "0001-pictures")
    page.wait_for_timeout(MEASURED)
    for seed in (2, 5, 11, 8):
        page.get_by_label("Seed", exact=True).fill(str(seed))
        page.get_by_label("Seed", exact=True).press("Enter")
        page.wait_for_timeout(600)
        page.locator("main").focus()
        page.keyboard.press(".")
        page.wait_for_timeout(600)
    page.keyboard.press("Shift+Digit1")
    page.get_by_role("button", name="Walk from one to the next").click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(4500)  # until the last word has gone


def opened(page: Page, served: Served, name: str) -> None:
    page.goto(f"{served.address.partition('?')[0]}#/play/{served.run(name)}")
    page.wait_for_selector(".play")
    ready(page)
    page.wait_for_timeout(6000)


def learning(page: Page) -> None:
    """A run on the pictures that ship, after a minute."""
    page.goto(page.url.partition("#")[0] + "#/")
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    page.locator(".panel .main:not([disabled])").click()
    page.wait_for_selector(".work img")
    page.wait_for_timeout(60_000)


def views(page: Page, served: Served, folder: Path | None) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, size in (("light", SIZE), ("dark", SIZE), ("phone", {"width": 390, "height": 844})):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(served.address)
        ready(page)
        page.wait_for_timeout(1500)
        page.screenshot(path=folder / f"home-{scheme}.png", full_page=True)
        for name in ("0001-pictures", "0002-music", "0003-films"):
            opened(page, served, name)
            page.screenshot(path=folder / f"{name[5:]}-{scheme}.png", full_page=scheme == "phone")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]


def save(page: Page, name: str) -> None:
    """What is seen, as a WebP of the documentation, as fine as its size allows."""
    page.evaluate("scrollTo(0, 0)")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in QUALITIES:
        written = io.BytesIO()
        picture.save(written, "WEBP", quality=quality, method=6)
        if len(written.getvalue()) <= LIMIT:
            (MEDIA / f"{name}.webp").write_bytes(written.getvalue())
            return
    sys.exit(f"{name}: {len(written.getvalue()):,} bytes, at most {LIMIT:,}")


if __name__ == "__main__":
    main()
