"""Promise: the documentation builds without a warning, and names every command, flag, setting and public name there is."""

from __future__ import annotations

import gc
import html
import re
import tomllib
from pathlib import Path

import pytest

import artgen
import artgen.testing
from artgen import nn
from artgen.cli import app
from artgen.cli.table import COMMANDS
from artgen.contract import hookspecs
from artgen.contract.settings import TrainConfig
from artgen.host import Host
from tests.conftest import made_once
from tests.forked import Forked

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, and their text beside them; two workers may share the tests that read them."""

    def make(folder: Path) -> None:
        common = ["-q", "-d", str(folder / "trees"), str(DOCS)]

        def work() -> None:
            from sphinx.cmd.build import build_main  # which the other worker never needs

            gc.disable()  # trees of pages are looked through in vain, for a fifth of the time; the process ends with its work
            assert build_main(["-W", "--keep-going", *common, str(folder / "html")]) == 0
            assert (
                build_main(["-b", "text", *common, str(folder / "text"), *map(str, (DOCS / "reference").glob("*.md"))])
                == 0
            )

        done = Forked(work, folder).end()
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "site", make) / "html"


def test_the_reference_is_readable_in_the_clone(site: Path) -> None:
    """Its pages lie beside their sources as text, as true as the site."""
    out = site.parent / "text"
    made = {file.name: file.read_text(encoding="utf-8") for file in (out / "reference").glob("*.txt")}
    kept = {file.name: file.read_text(encoding="utf-8") for file in (DOCS / "reference" / "text").glob("*.txt")}
    assert sorted(made) == sorted(kept)
    assert [name for name in made if made[name] != kept[name]] == [], "make reference writes them anew"


def words(site: Path, page: str) -> str:
    """The text of a page."""
    return html.unescape(re.sub("<[^>]+>", "", (site / page).read_text(encoding="utf-8")))


def test_every_command_has_its_help_in_the_reference(site: Path) -> None:
    assert {command.name for command in COMMANDS} == {name for name in app if not name.startswith("-")}
    text = words(site, "reference/commands.html")
    for command in COMMANDS:
        start = text.index(f"artgen {command.name}")
        assert command.help in text
        for example in command.examples:
            assert example in text
        names = {argument.name for argument in app[command.name].assemble_argument_collection()}
        assert [name for name in names if name not in text[start:]] == []


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    anchors = set(
        re.findall(r'id="(artgen[\w.]*)"', "".join(p.read_text() for p in (site / "reference").glob("*.html")))
    )
    public = {f"artgen.nn.{name}" for name in nn.__all__ if callable(getattr(nn, name))} | {
        f"artgen.testing.{name}" for name in artgen.testing.__all__
    }
    public |= {f"artgen.hookspecs.{name}" for name in vars(hookspecs) if name.startswith("artgen_")}
    assert public - anchors == set()
    assert {name for name in artgen.__all__ if name != "API"} - {a.rpartition(".")[2] for a in anchors} == set()


def test_every_setting_and_preset_is_in_the_reference(site: Path) -> None:
    text = words(site, "reference/settings.html")
    for name in TrainConfig.model_fields:
        assert name in text
    for plugin in ("image", "music", "video"):
        domain = Host(plugin).domain
        assert [name for name in domain.config.model_fields if name not in text] == []
        page = words(site, f"{plugin}.html")
        assert [name for name in domain.presets if name not in page] == []


def test_every_figure_is_small_and_stands_beside_the_command_that_made_it() -> None:
    plan = tomllib.loads((DOCS / "media.toml").read_text(encoding="utf-8"))
    runs = plan.pop("runs")
    pages = {file.name for file in (DOCS / "_media").glob("studio-*.webp")}  # made by make_studio.py, in a browser
    assert {file.name for file in (DOCS / "_media").iterdir()} == set(plan) | pages
    studio = (DOCS / "studio.md").read_text(encoding="utf-8")
    assert all(f"_media/{name}" in studio and (DOCS / "_media" / name).stat().st_size <= 60_000 for name in pages)
    for name, figure in plan.items():
        page = (DOCS / f"{name.partition('-')[0]}.md").read_text(encoding="utf-8")
        assert (DOCS / "_media" / name).stat().st_size <= 60_000, name
        assert f"_media/{name}" in page
        assert f"`artgen {figure['command']}`" in page, name
        assert f"`artgen {runs[name.partition('-')[0]]}`" in page, name
