"""Titles of drawn pages in any script: a font of this machine that has the letters, and their code points where none has."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_USUAL = "DejaVu Sans"  # comes with matplotlib
_NO_LETTERS = ("Last Resort", "STIXSize")  # fonts that stand in for others


def set_title(axes: Axes, text: str, size: float | None = None) -> None:
    """Give ``axes`` a title that is drawn as it is written: no letter is missing, and no sign starts a formula.

    - ``size``: of the letters, in points; None: the usual one."""
    families, lacking = _fonts("".join(sorted(set(text))))
    drawn = "".join(f"U+{ord(letter):04X} " if letter in lacking else letter for letter in text)
    axes.set_title(drawn, fontsize=size, fontfamily=list(families), parse_math=False)


@lru_cache(maxsize=256)
def _fonts(letters: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Fonts that together have these letters, the usual one first, and the letters that none has."""
    from matplotlib import font_manager

    families = [_USUAL]
    wanted = {letter for letter in letters if ord(letter) not in _letters(font_manager.findfont(_USUAL))}
    for entry in font_manager.fontManager.ttflist if wanted else ():
        if entry.name in families or entry.name.startswith(_NO_LETTERS):
            continue
        found = {letter for letter in wanted if ord(letter) in _letters(entry.fname)}
        if found:
            families.append(entry.name)
            wanted -= found
        if not wanted:
            break
    return tuple(families), frozenset(wanted)


@cache
def _letters(file: str) -> frozenset[int]:
    """Code points that a font file has a shape for."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(file).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()  # a font that was removed, or of a kind that matplotlib does not read
