"""The page of ``artgen explore``: a row per direction, the same work at several amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.report.gallery import player, visual
from artgen.report.markup import Markup, tag
from artgen.report.media import Media
from artgen.report.page import CAP, document, replace
from artgen.report.read import Notes

_LEAD = (
    "Each row is the same work, moved along one direction by the standard deviations written below it. Name what you see: "
    "artgen explore RUN --rename s1=brighter, then artgen sample RUN --move brighter=2."
)


@dataclass(frozen=True)
class Strip:
    """One direction: its name, how it was found, its measured effect, and for each amount the files of the work."""

    name: str
    kind: str
    effect: str
    works: Sequence[tuple[float, Sequence[str]]]


def write_exploration(folder: Path, strips: Sequence[Strip]) -> Path:
    """Write ``folder/explore.html``; files of the strips are relative to ``folder``. StorageError when it cannot be written."""
    notes = Notes(folder)
    media = Media(folder, notes, CAP)
    rows = [_row(strip, media) for strip in strips]
    name = notes.clean(folder.resolve().name) or "run"
    head = [tag("p", "artgen explore", class_="kicker"), tag("h1", tag("bdi", name)), tag("p", _LEAD, class_="lead")]
    foot = [*notes.lines, "The works on this page were made by the network of this run."]
    footer = tag("footer", *(tag("p", line) for line in foot))
    body = tag("body", tag("header", *head), tag("main", *rows), footer)
    path = folder / "explore.html"
    replace(path, document(f"Directions · {name} · artgen", body).encode("utf-8"))
    return path


def _row(strip: Strip, media: Media) -> Markup:
    cells = [_cell(amount, files, strip.name, media) for amount, files in strip.works]
    about = f"{strip.kind}{', changes ' + strip.effect if strip.effect else ''}"
    title = tag("h2", tag("bdi", strip.name), " ", tag("small", about, class_="help"))
    return tag("section", title, tag("ol", *cells, class_="strip", tabindex=0, role="list", aria_label=strip.name))


def _cell(amount: float, files: Sequence[str], name: str, media: Media) -> Markup:
    found = [medium for medium in (media.embed(file) for file in files) if medium is not None]
    seen = next((medium for medium in found if medium.kind in ("picture", "film")), None)
    sound = next((medium for medium in found if medium.kind == "sound"), None)
    where = f"{name} {amount:+g}"
    parts = [visual(seen, where) if seen else None, player(sound, where) if sound else None]
    return tag("li", tag("figure", *parts, tag("figcaption", tag("b", f"{amount:+g}"))))
