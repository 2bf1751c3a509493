"""Plugins of others on the page, with no line for it in any of them: two examples and what ``artgen new-plugin`` writes."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from artgen.cli import main
from artgen.verbs import export
from tests.browser.conftest import Watched, axe, open_run
from tests.browser.waiting import WAIT, ready
from tests.conftest import install
from tests.docs.blocks import ROOT
from tests.forked import Command, child, wait
from tests.studio.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# works rendered ahead; tests/browser/test_export.py asks for all
SIDES = dict.fromkeys(("picture", "film", "sound", None), (2, 2))


def trained(site: Path, names: Sequence[str]) -> None:
    """A run of each plugin, and its page."""
    sys.path.insert(0, str(site))
    export._SIDES = SIDES
    for name in names:
        small = ["--set", "batch=16", *(["--set", "width=16"] if name != "wavy" else [])]
        done("run", "--plugin", name, "--images", "48", "--out", f"runs/{name}", *small)
        done("export", f"runs/{name}", "--seeds", "0-3", "--out", f"{name}.html")
    ship(Path("runs/vases/checkpoints/last.safetensors"), site / "artgen_vases")


def ship(checkpoint: Path, plugin: Path) -> None:
    """Let a plugin ship the weights of a run, as its author would: without a name or a title."""
    done("slim", str(checkpoint), "--out", str(plugin / "start.safetensors"))
    file, data = plugin / "plugin.py", 'embedded=home / "embedded"'
    text = file.read_text()
    assert data in text
    file.write_text(text.replace(data, f'{data}, start=home / "start.safetensors"'))


def done(*words: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert not left.value.code, words


def test_they_are_played_and_saved(chromium: Browser, tmp_path: Path, quick_graphs: None) -> None:
    site, folder, names = tmp_path / "site", tmp_path / "studio-of-strangers", ("vases", "sprites", "wavy")
    site.mkdir()
    folder.mkdir()
    assert Command("new-plugin", "wavy", cwd=tmp_path).end().returncode == 0
    for name in names:
        home = tmp_path if name == "wavy" else ROOT / "examples"
        shutil.copytree(home / f"artgen-{name}" / f"artgen_{name}", site / f"artgen_{name}")
        install(site, f"artgen-{name}", {name: f"artgen_{name}.plugin"}, {})
    environment = {
        "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "ARTGEN_CACHE": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
    }

    def work() -> None:
        os.chdir(folder)
        trained(site, names)

    assert wait(child(work, **environment)) == 0
    served = Served(folder, environment=environment).start()
    context = chromium.new_context(accept_downloads=True)
    context.set_default_timeout(WAIT)
    try:
        page = context.new_page()
        watched = Watched(page, ("willReadFrequently",))
        page.goto(served.address)
        ready(page)
        for name in names:
            expect(page.locator(f"[data-plugin={name}]").get_by_role("button", name="Teach it")).to_be_visible()
        vases = page.locator("[data-plugin=vases]")
        expect(vases.get_by_role("radio")).to_have_count(0)
        vases.get_by_role("button", name="Play at once").click()
        # what makes the only weights is what they are called; the name of their file says nothing to a person
        expect(page.get_by_text("Vases, the weights that ship")).to_be_visible()
        expect(page).to_have_title(re.compile("^Vases "))
        ready(page)
        for name in names:
            open_run(page, served, name)
            expect(page.locator(".stage canvas, .stage img").first).to_be_visible()
            page.wait_for_selector(".near[data-busy=false]")
            page.keyboard.press("r")
            page.wait_for_selector(".play[data-busy=false]")
            assert axe(page) == [], name
            with page.expect_download() as got:
                page.keyboard.press("s")
            assert got.value.suggested_filename.startswith("seed")
        for name in names:
            page.goto((folder / f"{name}.html").as_uri())
            page.wait_for_selector("html[data-artgen-state]")
            expect(page.locator("#stage > *")).to_be_visible()
            expect(page.locator("#works button")).to_have_count(4)
        assert watched.wrong == []
    finally:
        context.close()
        served.end()
