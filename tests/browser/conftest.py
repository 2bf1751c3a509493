"""A real Chromium, and a studio of its own for each file of tests."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from tests.browser.waiting import WAIT, ready
from tests.studio.serving import Served, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
    "--js-flags=--liftoff-only",  # ONNX Runtime is compiled once, quickly, and not again with more optimizing
]  # fmt: skip
WHOLE = ("chromium", "chromium-browser", "google-chrome")
# The same without the windows around a page, which cost more of the processor than the pages. It asks nobody for a permission.
SHELL = "chromium-headless-shell"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


def _missing(what: str) -> None:
    """Tests of the page are left out where nobody can run them, and never on CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"the tests of the studio's page need {what}")
    pytest.skip(f"no {what} here")


def _heard(path: Path) -> str:
    """What the microphone of the tests hears, over and over: a second each of three tones and of silence."""
    rate = 48_000
    time = np.arange(rate) / rate
    tones = [0.6 * np.sin(2 * np.pi * hertz * time) for hertz in (100, 1000, 5000)]
    soundfile.write(path, np.concatenate([*tones, np.zeros(rate)]), rate, "PCM_16")
    return f"--use-file-for-fake-audio-capture={path}"


@pytest.fixture(scope="session")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Browser]]:
    """``launched(*names)``: the first of these programs that is here, started once."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        _missing("Playwright")
        raise
    expect.set_options(timeout=WAIT)
    running = dict[str, "Browser"]()

    with sync_playwright() as play:
        heard = _heard(tmp_path_factory.mktemp("microphone") / "heard.wav")

        def launch(*names: str) -> Browser:
            program = next((path for name in names if (path := shutil.which(name))), None)
            if program is None:
                _missing("Chromium")
            assert program is not None
            if program not in running:
                running[program] = play.chromium.launch(executable_path=program, args=[*FLAGS, heard])
            return running[program]

        yield launch
        for browser in running.values():
            browser.close()


@pytest.fixture(scope="session")
def chromium(launched: Callable[..., Browser]) -> Browser:
    return launched(SHELL, *WHOLE)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("page")
    for plugin in ("image", "music", "video"):
        run_of(folder, f"0001-{plugin}", plugin, still=True)
    served = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}).start()
    yield served
    served.end()


class Watched:
    """What a page did that it should not: other hosts that it asked, errors it wrote."""

    def __init__(self, page: Page, expected: tuple[str, ...] = ()) -> None:
        self.wrong: list[str] = []
        self.expected = expected
        page.on("console", lambda said: self._note(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", lambda request: self._note(f"asked {request.url}") if _elsewhere(request.url) else None)

    def _note(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.wrong.append(text)


def _elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "blob:", "data:", "file:"))


@contextlib.contextmanager
def studio_page(browser: Browser, studio: Served) -> Iterator[Page]:
    """A page of the studio that asked nobody else and wrote no error; no run remembers what another test starred."""
    for kept in (studio.folder / "runs").glob("*/favorites.json"):
        kept.unlink()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    watched = Watched(page, ("willReadFrequently",))  # of the tests, which look at the canvas
    page.goto(studio.address)
    ready(page)
    yield page
    context.close()
    assert watched.wrong == []


@pytest.fixture
def page(chromium: Browser, studio: Served) -> Iterator[Page]:
    with studio_page(chromium, studio) as page:
        yield page


@pytest.fixture
def asking_page(launched: Callable[..., Browser], studio: Served) -> Iterator[Page]:
    """In a whole Chromium, which asks the person for permissions."""
    with studio_page(launched(*WHOLE), studio) as page:
        yield page


@pytest.fixture
def lonely(chromium: Browser) -> Iterator[BrowserContext]:
    """Pages without a network, which ask for nothing and write no error."""
    context = chromium.new_context(offline=True, accept_downloads=True, viewport={"width": 1200, "height": 850})
    context.set_default_timeout(WAIT)
    wrong: list[str] = []
    context.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:", "blob:")) else wrong.append(request.url),
    )
    yield context
    context.close()
    assert wrong == []


def open_run(page: Page, studio: Served, name: str) -> str:
    """Play a run; its id. What the page showed before, which may be another run, is gone then."""
    run = studio.run(name)
    page.goto(f"{studio.address.partition('?')[0]}#/play/{run}")
    page.wait_for_selector(f"body:has(#crumbs a[href='#/learn/{run}']) main[data-ready=true] .play")
    return run


def axe(page: Page, *rules: str) -> list[dict[str, Any]]:
    """What axe finds against WCAG 2.2 A and AA; of ``rules`` alone where some are named."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    wanted = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": tags}
    found = Axe().run(page, options={"runOnly": wanted}).response["violations"]
    return [{"id": one["id"], "nodes": [node["html"][:160] for node in one["nodes"][:3]]} for one in found]
