"""How a good plugin is broken in one place."""

from __future__ import annotations


def swapped(good: str, *pairs: str) -> str:
    """The text of a plugin with each first text replaced by the second."""
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in good, old
        good = good.replace(old, new)
    return good
