"""The code blocks of the documentation, and what a marked one becomes when a test runs it.

``<!-- tested -->`` before a block of sh or python says that the test runs it, in order with the others of its page, in one
folder. Only the length of a training is cut: everything else is done as it stands on the page."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *(ROOT / "plugins").glob("*/README.md")])
BLOCK = re.compile(r"^(<!-- tested -->\n+)?```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TINY = {
    "image": ("batch=4", "base_channels=8", "max_channels=16", "size=16"),
    "music": ("batch=4", "generator_widths=[8,8]", "discriminator_widths=[8,8]", "inversion_steps=1"),
    "video": ("batch=4", "base_channels=8", "max_channels=8", "frames=8"),
}
TINY = {plugin: (*sizes, "holdout=0") for plugin, sizes in TINY.items()}  # without works held out nothing is judged
ITEMS = "16"


def blocks(page: Path) -> Iterator[tuple[str, str, bool]]:
    """Language, text and whether it is marked, of every block of a page."""
    for marked, language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        yield language, text, bool(marked)


def commands(text: str) -> Iterator[list[str]]:
    """The words of every artgen command in a block of sh."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|", line):
            words = shlex.split(part, comments=True)
            if words and words[0].rpartition("/")[2] == "artgen":
                yield words[1:]


def shortened(words: list[str]) -> list[str]:
    """A command as it is tested: a training sees a few items and its networks are small, a projection takes few steps."""
    if words[0] == "project" and "--steps" not in words:
        return [*words, "--steps", "20"]
    if words[0] != "run":
        return words
    kept = list(words)
    for flag in ("--budget", "--images"):
        if flag in kept:
            del kept[kept.index(flag) : kept.index(flag) + 2]
    plugin = kept[kept.index("--plugin") + 1] if "--plugin" in kept else None
    sizes = [] if "--resume" in kept else [word for size in TINY[plugin or ""] for word in ("--set", size)]
    return [kept[0], *sizes, *kept[1:], "--images", ITEMS]


def shortened_python(text: str) -> str:
    """The same for a block of Python."""

    def tiny(found: re.Match[str]) -> str:
        return f'artgen.run("{found[1]}", images="{ITEMS}", sets={list(TINY[found[1]])!r}'

    return re.sub(r'artgen\.run\("(\w+)"', tiny, re.sub(r', (budget|images)="\w+"', "", text))
