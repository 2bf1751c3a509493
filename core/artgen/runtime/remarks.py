"""What a person is told while a command works: on a command line, or on a page that shows none."""

from __future__ import annotations

from contextvars import ContextVar

from artgen.errors import ArtgenError

for_page: ContextVar[bool] = ContextVar("for_page", default=False)
"""Whether what this process says is shown by a page."""


class Remark(str):
    """A line that names flags, commands or folders. ``page``: the same without them; "" where a page has no use for it."""

    page: str

    def __new__(cls, text: str, page: str) -> Remark:
        remark = super().__new__(cls, text)
        remark.page = page
        return remark


def remark_of(error: ArtgenError, before: str = "warning: ", after: str = "") -> Remark:
    """An error that ends nothing. ``before``, ``after``: what is said around it."""
    return Remark(f"{before}{error}{after}", f"{before}{error.page}{after}")


def told(text: str) -> str:
    """A line as this process says it; "" where it does not."""
    return text.page if isinstance(text, Remark) and for_page.get() else text
