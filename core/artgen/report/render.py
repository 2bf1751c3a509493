"""Pages from the templates of this package: escaped, self-contained, asking nothing of any network."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from artgen.provenance.label import with_packet
from artgen.provenance.packet import read_packet
from artgen.report import words
from artgen.runtime.disk import write_atomic
from artgen.runtime.version import version

_LABEL = "a page about works that were made by a generative adversarial network, made by artgen"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def render(
    template: str,
    *,
    style: str = "style.css",
    script: tuple[str, ...] = ("script.js",),
    engine: str | None = None,
    **values: Any,
) -> str:
    """The page of ``templates/TEMPLATE`` as text. Every value is escaped; its style and script (files of the templates, one
    behind the other) stand inside it, and its content security policy names both by their hashes and allows nothing else.

    ``engine``: another script, which may start workers and WebAssembly that lie in the page."""
    style, program = source(style), Markup().join(map(source, script))
    more = f" {_hash(source(engine))} blob: 'wasm-unsafe-eval'; worker-src blob:" if engine else ""
    media = "data: blob:" if engine else "data:"
    policy = (
        f"default-src 'none'; img-src data:; media-src {media}; style-src {_hash(style)}; script-src {_hash(program)}{more}; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "script": program, "engine": engine and source(engine)}
    return load(template).render(**parts, **values) + "\n"


def load(name: str) -> Template:
    """A template of this package; every value is escaped."""
    return _environment().get_template(name)


def write_page(path: Path, text: str) -> None:
    """Write a page, labelled: a crash leaves the old page or the new one. StorageError when it cannot be written."""
    data = text.encode("utf-8")
    packet = {"software": f"artgen {version()}", "comment": _LABEL}
    write_atomic(path, with_packet(data, packet) or data)


def is_own_page(data: bytes) -> bool:
    """Whether these are the bytes of a page that artgen wrote."""
    return (read_packet(data) or {}).get("comment") == _LABEL


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("artgen.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters |= {"duration": words.duration, "count": words.count, "base64": _base64}
    return environment


def _printable(value: Any) -> Any:
    """None as nothing; characters that no page may hold become the replacement character."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


@functools.cache
def source(name: str) -> Markup:
    """A file of the templates, as it is."""
    text = resources.files("artgen.report").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text.replace("\r\n", "\n"))  # noqa: S704 -- a file of this package


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _hash(text: str) -> str:
    return f"'sha256-{_base64(hashlib.sha256(text.encode('utf-8')).digest())}'"
