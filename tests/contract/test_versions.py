"""Promise: versions are semantic and said once, the changelog keeps its form, and everyone names the plugin API as a number."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import artgen
from artgen.cli import app
from artgen.host import Host

ROOT = Path(__file__).parents[2]
SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_version_is_semantic_and_everywhere_the_same() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert SEMANTIC.fullmatch(version)
    assert metadata.version("artgen-suite") == app.version == version


def test_the_changelog_keeps_its_form() -> None:
    """What is new stands first, then released versions, newest first, each with its date; entries are of known kinds."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased, *released = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert unreleased == "Unreleased"
    assert {*re.findall(r"^### (.+)$", text, re.MULTILINE)} <= KINDS
    versions = [re.fullmatch(r"\[?([\d.]+)\]? - \d{4}-\d\d-\d\d", heading) for heading in released]
    assert all(found and SEMANTIC.fullmatch(found[1]) for found in versions)
    numbers = [tuple(map(int, found[1].split("."))) for found in versions if found]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("name", ["image", "music", "video"])
def test_the_api_is_an_integer_and_a_plugin_names_its_own(name: str) -> None:
    """``api=artgen.API`` would always agree, also when it should not."""
    assert type(artgen.API) is int
    assert Host(name).domain.api == artgen.API
    text = next((ROOT / "plugins" / name).glob("*/plugin.py")).read_text()
    assert re.search(r"\bapi=\d+\b", text)
    assert "artgen.API" not in text
