"""The page of ``artgen explore``: a contact sheet, a row per direction, the same work at several amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.inference.directions import Direction
from artgen.report.gallery import first_visible
from artgen.report.media import Media
from artgen.report.page import CAP
from artgen.report.read import Notes
from artgen.report.render import render, write_page
from artgen.runfolder.title import title_of


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
    rows = [
        {
            "direction": strip.direction,
            "suggested": suggested.get(strip.direction.name),
            "cells": [_cell(amount, files, media) for amount, files in strip.works],
        }
        for strip in strips
    ]
    name = notes.clean(title_of(folder)) or "run"
    path = folder / "explore.html"
    title = f"Directions · {name} · artgen"
    write_page(path, render("explore.html", title=title, name=name, rows=rows, notes=notes.lines))
    return path


def _cell(amount: float, files: Sequence[str], media: Media) -> dict[str, Any]:
    found = [medium for medium in map(media.embed, files[:2]) if medium is not None]
    sound = next((medium for medium in found if medium.audible), None)
    return {"amount": f"{amount:+g}" if amount else "0", "seen": first_visible(found), "sound": sound}
