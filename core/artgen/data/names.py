"""Names as text that every file, page and terminal can hold, and that is equal where it looks equal."""

from __future__ import annotations

import os
import re
import unicodedata

from artgen.contract.settings import EMBEDDED

_LONGEST = 200  # bytes of a file's name, which leaves room for an ending and a number


def shown(name: str) -> str:
    """A name of the disk as text: in composed form (NFC), Latin-1 where it is no UTF-8, without control characters.

    Many names may become the same text; the path says which file is meant."""
    raw = os.fsencode(name) if any("\ud800" <= letter <= "\udfff" for letter in name) else None
    if raw is not None:
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("latin-1")
    name = unicodedata.normalize("NFC", name)
    clean = "".join(letter if _fits(letter) else " " for letter in name)
    return " ".join(clean.split()) if clean != name else name


def own_name(name: str) -> str:
    """What a run calls works of the person that lie in ``name``: never by the word for what ships with the plugin."""
    found = shown(name)
    return f"{found}/" if found == EMBEDDED else found


def _fits(letter: str) -> bool:
    """Whether a letter can be written and is seen; the joiners of emoji and scripts are, though they have no shape."""
    return letter.isprintable() or letter in "\u200c\u200d" or unicodedata.category(letter) in ("Zs", "Mn", "Mc", "Me")


def as_file(name: str) -> str:
    """A path as one name: folders before a dash, and nothing that a file system refuses, nor a name that hides the file."""
    kept = re.sub(r'[\x00-\x1f\x7f"*:<>?|\\]+', "-", name.replace("/", "-")).lstrip(".").rstrip(". ")
    return kept.encode()[:_LONGEST].decode("utf-8", "ignore") or "work"


def same(word: str, names: tuple[str, ...]) -> str | None:
    """The one of ``names`` that a person means by ``word``: equal to the eye, or but for capitals where that leaves no choice.
    None: none, or several."""
    wanted = shown(word)
    if wanted in names:
        return wanted
    alike = [name for name in names if name.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None
