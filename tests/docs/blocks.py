"""The code blocks of the documentation, and what each becomes when a test runs it.

Every block of sh or python runs, in order with the others of its page, in one folder; only trainings are cut short and what
looks at many works looks at few. ``<!-- not run: why -->`` before a block excuses one that cannot."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md",
     *(ROOT / "plugins").glob("*/README.md"), *(ROOT / "examples").glob("*/README.md")]
)  # fmt: skip
BLOCK = re.compile(
    r"^(?:<!-- not run: ([^\n]+) -->\n+)?(?:<!-- \w+ -->\n+)?```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
INSTALLERS = {"python3", "pip"}  # what they do was done before the tests began
TINY = {
    "image": ("batch=4", "base_channels=8", "max_channels=16", "size=16", "holdout=0.4"),
    "music": (
        "batch=4",
        "seconds=1.0",
        "generator_widths=[8,8]",
        "discriminator_widths=[8,8]",
        "inversion_steps=1",
        "holdout=0",
    ),
    "video": (
        *("batch=4", "size=32", "widths=[8]", "discriminator_widths=[8]", "features=none"),
        *("frames=8", "enlarge=1", "holdout=0"),
    ),
}
DEFAULT = (
    *TINY["image"],
    "widths=[16,8]",
    "discriminator_widths=[16,8]",
    "features=none",
)  # of pictures, which is wide
CHANGED = {
    "music": (
        "batch=4",
        "seconds=1.0",
        "change_width=4",
        "change_blocks=1",
        "discriminator_widths=[4,4,8,8]",
        "holdout=0",
    )
}
FEW = {"image": "my-pictures", "music": "my-recordings", "video": "my-films"}  # instead of all that ships
ITEMS = "16"


class Block(NamedTuple):
    """``excuse``: why it does not run; empty where it has to."""

    language: str
    text: str
    excuse: str


def blocks(page: Path) -> Iterator[Block]:
    """All blocks of a page, in order."""
    for excuse, language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        yield Block(language, text, excuse)


def lines(text: str) -> Iterator[list[str]]:
    """The words of every command in a block of sh; artgen's begin with ``artgen``, wherever it lies."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|", line):
            if words := shlex.split(part, comments=True):
                yield [words[0].rpartition("/")[2], *words[1:]]


def commands(text: str) -> Iterator[list[str]]:
    """The words behind ``artgen`` of every artgen command in a block of sh."""
    for first, *words in lines(text):
        if first == "artgen":
            yield words


def shortened(words: list[str]) -> list[str]:
    """A command as it is tested: a training sees a few items and its networks are small, a projection and a walk take few
    steps, a soundtrack is short."""
    few = {"project": ("--steps", "10"), "walk": ("--steps", "4"), "pack": ("--set", "size=16")}.get(words[0])
    if few and few[0] not in words:
        return [*words, *few]
    kept = list(words)
    if "--soundtrack" in kept:
        kept[kept.index("--seconds") + 1] = "1"
    if words[0] != "run" or "--dry-run" in words:
        return kept
    for flag in ("--budget", "--images"):
        if flag in kept:
            del kept[kept.index(flag) : kept.index(flag) + 2]
    if "--resume" in kept:
        return [*kept, "--images", ITEMS]
    plugin = kept[kept.index("--plugin") + 1]
    sizes = CHANGED[plugin] if {"style", "translate"} & set(kept) and plugin in CHANGED else TINY[plugin]
    if plugin == "image" and ("small" in kept or not {"--preset", "--task"} & set(kept)):
        sizes = DEFAULT
    sets = [word for size in sizes for word in ("--set", size)]
    data = [] if "--data" in kept or "translate" in kept else ["--data", FEW[plugin]]
    style = ["--style", f"{FEW[plugin]}/rock"] if "style" in kept and plugin == "music" and data else []
    return [kept[0], *sets, *kept[1:], *data, *style, "--images", ITEMS]


def shortened_python(text: str) -> str:
    """The same for a block of Python."""

    def tiny(found: re.Match[str]) -> str:
        return f'artgen.run("{found[1]}", images="{ITEMS}", sets={list({**TINY, "image": DEFAULT}[found[1]])!r}'

    return re.sub(r'artgen\.run\("(\w+)"', tiny, re.sub(r', (budget|images)="\w+"', "", text))
