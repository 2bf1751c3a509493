"""HTML that is escaped by construction: only what ``tag`` built passes unescaped, any other text is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VOID = frozenset({"br", "hr", "img", "link", "meta", "source"})

Value = str | int | float | bool | None


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: Value) -> Markup:
    """One element. ``class_="x"`` is class, ``data_x`` is data-x, True bare, None and False left out."""
    words = [
        name,
        *(_attribute(key, value) for key, value in attributes.items() if value is not None and value is not False),
    ]
    start = f"<{' '.join(words)}>"
    return Markup(start if name in _VOID else f"{start}{join(children)}</{name}>")


def join(children: Iterable[str | None], between: str = "") -> Markup:
    """Children one after the other; None is left out."""
    return Markup(escape(between).join(escape(child) for child in children if child is not None))


def escape(text: str) -> Markup:
    """``text`` as HTML; characters that no page may hold become the replacement character."""
    return (
        text if isinstance(text, Markup) else Markup(html.escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)))
    )


def _attribute(key: str, value: str | float) -> str:
    name = key.rstrip("_").replace("_", "-")
    return name if value is True else f'{name}="{escape(str(value))}"'
