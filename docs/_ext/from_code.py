"""Sphinx directives that read what the code says, so that no page can go stale: ``settings`` and ``presets`` of a plugin,
``checks`` of the conformance kit, ``commands`` with their help."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from artgen.cli import app as cli
from artgen.cli.table import COMMANDS
from artgen.host import Host
from artgen.testing import all_checks


class _Table(SphinxDirective):
    """A table whose rows come from ``rows``; cells are reStructuredText."""

    required_arguments = 1
    head: tuple[str, ...] = ()

    def rows(self) -> Iterator[tuple[str, ...]]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # the code may have changed where the page has not
        lines = [".. list-table::", "   :header-rows: 1", "   :class: wide", ""]
        for row in [self.head, *self.rows()]:
            lines += [f"   {'* -' if i == 0 else '  -'} {cell}" for i, cell in enumerate(row)]
        box = nodes.container()
        self.state.nested_parse(StringList(_as_rst(lines), source=__file__), self.content_offset, box)
        return box.children


class Settings(_Table):
    """``settings:: module:Class``: every field with its type, default and description."""

    head = ("Setting", "Default", "Range", "What it does")

    def rows(self) -> Iterator[tuple[str, ...]]:
        module, _, name = self.arguments[0].partition(":")
        model: type[BaseModel] = getattr(import_module(module), name)
        schema = model.model_json_schema()["properties"]
        for key, field in model.model_fields.items():
            default = "" if field.is_required() else f"``{_plain(field.default)}``"
            yield f"``{key}``", default, _range(schema[key]), _escape(field.description or "")


class Presets(_Table):
    """``presets:: plugin``: every preset, what its file says of it, and what it sets."""

    head = ("Preset", "For what", "Sets")

    def rows(self) -> Iterator[tuple[str, ...]]:
        domain = Host(self.arguments[0]).domain
        for name, path in domain.presets.items():
            text = path.read_text(encoding="utf-8")
            said = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
            values = [f"``{key}={_plain(value)}``" for key, value in tomllib.loads(text).items()]
            star = " (default)" if name == domain.preset else ""
            yield f"``{name}``{star}", _escape(said), " ".join(values)


class Checks(_Table):
    """``checks:: all``: the checks of the conformance kit."""

    head = ("Check", "Promise")

    def rows(self) -> Iterator[tuple[str, ...]]:
        for check in all_checks():
            yield f"``{check.name}``", check.promise


class Commands(SphinxDirective):
    """``commands:: all``: the help of every command, as the command line itself gives it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        pages = cli.generate_docs(heading_level=1).split("\n## artgen ")[1:]
        text = ""
        for command, page in zip(COMMANDS, pages, strict=True):
            assert page.startswith(command.name), page
            page = page.replace("**Parameters**:\n", "").replace("**Arguments**:\n", "")
            text += f"## {page}\n```sh\n" + "\n".join(command.examples) + "\n```\n\n"
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def _as_rst(lines: list[str]) -> list[str]:
    """The lines wrapped for a parser of Markdown, which is what the pages are written in."""
    return ["```{eval-rst}", *lines, "```"]


def _plain(value: Any) -> str:
    """A value as it is written after ``--set key=``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _range(schema: dict[str, Any]) -> str:
    """The allowed values in few signs: names, or bounds."""
    options = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    part = options[0].get("items", options[0])
    if "enum" in part:
        return ", ".join(f"``{_plain(value)}``" for value in part["enum"])
    low, high = part.get("minimum"), part.get("maximum")
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    left = f"≥ {low:g}" if low is not None else f"> {above:g}" if above is not None else ""
    right = f"≤ {high:g}" if high is not None else f"< {below:g}" if below is not None else ""
    return ", ".join(filter(None, (left, right))) or {"boolean": "``true``, ``false``"}.get(part.get("type", ""), "")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("|", "\\|").replace("`", "\\`")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    for name, directive in (("settings", Settings), ("presets", Presets), ("checks", Checks), ("commands", Commands)):
        app.add_directive(name, directive)
    return {"parallel_read_safe": True}
