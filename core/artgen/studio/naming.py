"""What a run learns from, in the words of a person: by these the page tells runs apart that have no name of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.contract.settings import EMBEDDED, SHIPPED
from artgen.runfolder.title import NAMELESS, titled

if TYPE_CHECKING:
    from artgen.studio.server import Studio


def named(studio: Studio, path: Path, card: dict[str, Any]) -> dict[str, Any]:
    """A card of the shelf with its ``data``, ``style`` and ``start`` as a person knows them, None for what has no name, and what
    the run is ``called``.

    A run that has not begun to learn has no config yet: its command says the same."""
    found = dict(card)
    if found["plugin"] is None and (asked := studio.jobs.asked(path)):
        found |= asked.section
    plugin = studio.plugins.get(str(found["plugin"]), {})
    found["data"] = None if found["data"] in (EMBEDDED, NAMELESS) else found["data"]
    if found["style"] == EMBEDDED:
        styles = (task["style"] for task in plugin.get("tasks", ()) if task["name"] == found["task"])
        found["style"] = next(styles, None)
    titles = {f"{SHIPPED}{start['name']}": start["title"] for start in plugin.get("starts", ())}
    found["start"] = titles.get(str(found["start"])) if len(titles) > 1 else None  # one alone tells nothing apart
    found["called"] = titled(str(found["name"]), found, found["begun"], found["start"])
    return found
