"""Promise: every hook is documented with its exact arguments, and the documentation names no other."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from artgen.contract import hookspecs

DOC = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text()


def signatures() -> set[str]:
    hooks = {name: f for name, f in vars(hookspecs).items() if name.startswith("artgen_")}
    return {name + str(inspect.signature(f)).replace("'", "") for name, f in hooks.items()}


def test_the_document_lists_exactly_the_hooks_with_their_arguments() -> None:
    assert set(re.findall(r"^### `(artgen_.*)`$", DOC, re.MULTILINE)) == signatures()


def test_every_hook_says_what_it_is_for() -> None:
    assert all(inspect.getdoc(getattr(hookspecs, name.partition("(")[0])) for name in signatures())
