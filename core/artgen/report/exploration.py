"""The page of ``artgen explore``: a contact sheet, a row per direction, the same work at several amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.inference.directions import Direction, Effect
from artgen.report.gallery import player, visual
from artgen.report.markup import Markup, tag
from artgen.report.media import Media
from artgen.report.page import CAP, document, replace
from artgen.report.read import Notes

_LEAD = (
    "Each row is the same work, moved along one direction by the standard deviations written below it. Under its "
    "name stands what was measured on 16 works: how far an amount of 1 moves an attribute, in standard deviations "
    "between works of a class. Name what you see: artgen explore RUN --rename s1=brighter, then artgen sample RUN "
    "--move brighter=2."
)


@dataclass(frozen=True)
class Strip:
    """One direction, and for each amount the files of the work, the work itself first."""

    direction: Direction
    works: Sequence[tuple[float, Sequence[str]]]


def write_exploration(folder: Path, strips: Sequence[Strip], suggested: Mapping[str, str]) -> Path:
    """Write ``folder/explore.html``; files of the strips are relative to ``folder``. ``suggested``: names for directions that
    have none yet. StorageError when it cannot be written."""
    notes = Notes(folder)
    media = Media(folder, notes, CAP)
    rows = [_row(strip, suggested.get(strip.direction.name), media) for strip in strips]
    name = notes.clean(folder.resolve().name) or "run"
    head = [tag("p", "artgen explore", class_="kicker"), tag("h1", tag("bdi", name)), tag("p", _LEAD, class_="lead")]
    foot = [*notes.lines, "The works on this page were made by the network of this run."]
    footer = tag("footer", *(tag("p", line) for line in foot))
    body = tag("body", tag("header", *head), tag("main", *rows), footer)
    path = folder / "explore.html"
    replace(path, document(f"Directions · {name} · artgen", body).encode("utf-8"))
    return path


def _row(strip: Strip, suggested: str | None, media: Media) -> Markup:
    direction = strip.direction
    cells = [_cell(amount, files, direction.name, media) for amount, files in strip.works]
    title = tag("h2", tag("bdi", direction.name), " ", tag("small", direction.kind))
    found = [_effect(effect) for effect in direction.effects] or [tag("span", "no attribute changes clearly")]
    offer = tag("code", f"--rename {direction.name}={suggested}") if suggested else None
    about = tag("p", *found, offer, class_="effects")
    row = tag("ol", *cells, class_="strip whole", tabindex=0, role="list", aria_label=direction.name)
    return tag("section", title, about, row, class_="direction")


def _effect(effect: Effect) -> Markup:
    title = f"{effect.slope:+.2g} in its own unit, in {effect.agree:.0%} of the works"
    return tag("span", effect.name, " ", tag("b", f"{effect.strength:+.2f}"), title=title)


def _cell(amount: float, files: Sequence[str], name: str, media: Media) -> Markup:
    found = [medium for medium in (media.embed(file) for file in files[:2]) if medium is not None]
    seen = next((medium for medium in found if medium.kind in ("picture", "film")), None)
    sound = next((medium for medium in found if medium.kind == "sound"), None)
    where = f"{name} {amount:+g}"
    parts = [visual(seen, where, moves=True) if seen else None, player(sound, where) if sound else None]
    return tag("li", tag("figure", *parts, tag("figcaption", tag("b", f"{amount:+g}" if amount else "0"))))
