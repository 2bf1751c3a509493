"""Five ways of a new user from the first page to the first exported work, as a person goes them: choose, wait for what is seen,
click. ``python benchmarks/walkthroughs.py`` prints the times and writes them into ``results/walkthroughs.md``.

Needs ``pip install 'artgen-suite[studio,browser]'`` and Chromium. Each way begins in an empty folder, with a studio that was just
started. ``--install`` makes an environment first and times what a new user types before.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from tables import table

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import FLAGS, Watched
from tests.browser.waiting import ready, reload, still
from tests.studio.serving import Served

from artgen.provenance.packet import read_packet
from artgen.provenance.verify import verify
from artgen_image.plugin import HERE as IMAGE

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "walkthroughs.md"
PATIENCE = 900_000  # ms
WANTED = 300.0  # seconds


class Way:
    """One new user: a page, the folder where the studio was started, and the times of the steps.

    - ``shots``: where a picture of each step goes; None: nowhere.
    - ``learn``: how long is taught, as it is typed into the page."""

    def __init__(self, name: str, page: Page, folder: Path, shots: Path | None, learn: str) -> None:
        self.name, self.page, self.folder, self.learn = name, page, folder, learn
        self.steps: list[tuple[str, float]] = []
        self._shots, self._begun = shots, time.monotonic()

    def seen(self, what: str) -> None:
        """A step is done when a person sees this."""
        self.steps.append((what, time.monotonic() - self._begun))
        print(f"{self.name}: {what}: {self.steps[-1][1]:.1f} s", flush=True)
        if self._shots is not None:
            self.page.screenshot(
                path=self._shots / f"{self.name.replace(' ', '-')}-{len(self.steps)}.png", full_page=True
            )

    def saved(self, act: Callable[[], object]) -> Path:
        """The file that ``act`` hands to the browser, which says that it is machine-made."""
        with self.page.expect_download() as got:
            act()
        path = self.folder / got.value.suggested_filename
        got.value.save_as(path)
        assert verify(path).marked, path
        return path


def play_at_once(way: Way, plugin: str) -> None:
    way.page.locator(f"[data-plugin={plugin}]").get_by_role("button", name="Play at once").click()
    at_work(way.page)


def at_work(page: Page) -> None:
    page.wait_for_selector(".play")
    ready(page)
    page.wait_for_selector(".play[data-busy=false]")


def teach(way: Way, name: str) -> None:
    """Choose how long, give a name, press Start, wait until it has learned."""
    page = way.page
    page.get_by_label("How long").select_option("other")
    page.get_by_label("Another time").fill(way.learn)
    page.get_by_label("Name").fill(name)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    way.seen("says what will happen")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.wait_for_selector(".work img")
    way.seen("first works")
    page.wait_for_selector(".lead:has-text('It has learned for')")
    way.seen("has learned")


def pictures_of_mine(way: Way) -> None:
    """A folder of photographs becomes a run, which makes a picture."""
    page, mine = way.page, way.folder / "my-pictures"
    for kind in ("animals", "buildings"):
        shutil.copytree(IMAGE / "embedded" / kind, mine / kind)
    page.locator("input[webkitdirectory]").set_input_files(mine)
    teach(way, "My pictures")
    page.get_by_role("link", name="Play with it").click()
    at_work(page)
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_selector(".play[data-busy=false]")
    way.saved(lambda: page.get_by_role("button", name="Save", exact=True).click())
    way.seen("saved")


def music(way: Way) -> None:
    """A piece of music is heard, changed while it plays, and saved."""
    page = way.page
    play_at_once(way, "music")
    way.seen("first piece")
    page.locator(".transport").get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_selector(".play[data-busy=false]")
    way.seen("another one sounds")
    path = way.saved(lambda: page.get_by_role("button", name="Save", exact=True).click())
    assert path.suffix in (".wav", ".flac")
    way.seen("saved")


def film(way: Way) -> None:
    """Two stars become a film that goes from one to the other."""
    page = way.page
    play_at_once(way, "video")
    way.seen("first film")
    for starred in ("1 favorite", "2 favorites"):
        page.get_by_role("button", name="Surprise me").click()
        page.wait_for_selector(".play[data-busy=false]")
        page.get_by_role("button", name="Star").click()
        expect(page.get_by_role("heading", name=starred, exact=True)).to_be_visible()
    page.get_by_role("button", name="Walk from one to the next").click()
    page.get_by_role("button", name="Make it").click()
    page.wait_for_selector(".files video")
    way.seen("film is made")
    path = way.saved(lambda: page.locator(".files a").first.click())
    assert path.suffix in (".mp4", ".webm")
    way.seen("saved")


def colors(way: Way) -> None:
    """A run learns to color, and a picture without colors comes back with them."""
    page = way.page
    page.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    page.get_by_label("What to learn").select_option("colorize")
    teach(way, "Colors")
    page.get_by_role("link", name="Change works with it").click()
    page.wait_for_selector(".change")
    gray = way.folder / "old-photograph.png"
    from PIL import Image

    Image.open(sorted((IMAGE / "photographs").rglob("*.webp"))[0]).convert("L").convert("RGB").save(gray)
    page.locator(".zone input[type=file]").set_input_files(gray)
    page.wait_for_selector(".wipe img.before")
    way.seen("before and after")
    way.saved(lambda: page.locator(".wipe").get_by_role("link", name="Save").click())
    way.seen("saved")


def come_back(way: Way) -> None:
    """The page is closed and opened again; a saved file brings back everything."""
    page = way.page
    play_at_once(way, "image")
    way.seen("first picture")
    page.get_by_label("Seed", exact=True).fill("77")
    page.get_by_label("Seed", exact=True).press("Enter")
    page.get_by_role("button", name="faces", exact=True).click()
    page.locator(".knob input[type=range]").nth(4).fill("1.5")
    mine, address = still(page), page.url
    reload(page)
    assert still(page) == mine, "as it was before the reload"
    way.seen("back after a reload")
    path = way.saved(lambda: page.get_by_role("button", name="Save", exact=True).click())
    recipe = json.loads((read_packet(path.read_bytes()) or {})["recipe"])
    way.seen("saved")
    page.keyboard.press("Escape")
    page.goto(address.partition("#")[0] + "#/")
    page.wait_for_selector(".home")
    play_at_once(way, "image")
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_selector(".play[data-busy=false]")
    data = page.evaluate_handle(
        """([bytes, name]) => { const held = new DataTransfer();
          held.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' })); return held; }""",
        [list(path.read_bytes()), path.name],
    )
    page.dispatch_event(".frame", "drop", {"dataTransfer": data})
    expect(page.get_by_label("Seed", exact=True)).to_have_value("77")
    assert still(page) == mine, "the recipe brings back everything"
    assert (recipe["seed"], recipe["label"]) == (77, {"faces": 1.0})
    way.seen("the file brings back everything")


WAYS = {"pictures of mine": pictures_of_mine, "music": music, "film": film, "colors": colors, "come back": come_back}


def gone(name: str, browser: Browser, shots: Path | None, learn: str) -> list[tuple[str, float]]:
    """The times of the steps of one way, from the command on."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        begun = time.monotonic()
        served = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache")}).start()
        context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watched = Watched(page, ("willReadFrequently",))
        way = Way(name, page, folder, shots, learn)
        way._begun = begun
        try:
            page.goto(served.address)
            ready(page)
            way.seen("the page")
            WAYS[name](way)
            assert watched.wrong == []
        finally:
            context.close()
            quiet(served)
            served.end()
        return way.steps


def quiet(served: Served) -> None:
    """End what still learns or is judged, which would write on into a folder that goes away."""
    for run in (going := [row["id"] for row in served.get("/api/runs")["runs"] if row["state"] != "still"]):
        served.post(f"/api/runs/{run}/pause")
    end = time.monotonic() + 60
    while going and time.monotonic() < end:
        time.sleep(0.5)
        going = [row["id"] for row in served.get("/api/runs")["runs"] if row["state"] == "running"]


def installed() -> float:
    """Seconds of what stands in the README before the page opens."""
    with tempfile.TemporaryDirectory() as place:
        begun = time.monotonic()
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [f"{place}/bin/pip", "install", "-q", "-c", "constraints.txt", ".[studio]"]
        subprocess.run(pip, cwd=ROOT, check=True)
        return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--learn", default="2m", help="how long is taught")
    parser.add_argument("--shots", type=Path, help="a folder for a picture of each step")
    parser.add_argument("--install", action="store_true", help="time the installation too")
    parser.add_argument("--note", default="", help="what else this machine did meanwhile")
    wishes = parser.parse_args()
    if wishes.shots:
        wishes.shots.mkdir(parents=True, exist_ok=True)
    before = installed() if wishes.install else 0.0
    rows = [("installation", f"{before:.0f} s", "")] if before else []
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        for name in wishes.ways:
            steps = gone(name, browser, wishes.shots, wishes.learn)
            text = ", ".join(f"{what} {at:.1f}" for what, at in steps)
            rows.append((f"A17: {name}", f"{text} s", f"{WANTED:.0f} s with the installation"))
        browser.close()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    head = f"Python {platform.python_version()}, {cores} core(s), {platform.machine()}; {wishes.learn} of learning. {wishes.note}"
    about = "Seconds from the command `artgen studio` on."
    lines = ["# Walk-throughs", "", head.strip(), about, "", *table(["way", "seen after", "wanted"], rows), ""]
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
