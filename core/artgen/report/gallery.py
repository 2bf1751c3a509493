"""The works on a page: the newest ones, and the samples over time (templates/media.html shows them)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from artgen.report.media import Media, Medium
from artgen.report.words import count, duration
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.records import SnapshotRow, WorkRow

_MOST_PIECES = 48
_MOST_FRAMES = 12
_FRAME_PIXELS = 800
_SHEET_PIXELS = 1600


@dataclass(frozen=True)
class Work:
    """One work.

    - ``kind``: that of its first file.
    - ``seen``, ``sound``: what is shown and played; ``alt`` and ``name`` say what they are.
    - ``files``: those that are neither.
    """

    kind: str
    name: str
    alt: str
    label: str | None
    seed: int
    seen: Medium | None
    sound: Medium | None
    files: Sequence[Medium]


@dataclass(frozen=True)
class Side:
    """One side of a changed work, named source, result or wanted. ``file``: linked where nothing is shown or played."""

    name: str
    seen: Medium | None
    sound: Medium | None
    file: Medium | None


@dataclass(frozen=True)
class Change:
    """A work that was changed: its sides, side by side."""

    kind: str
    seed: int
    sides: Sequence[Side]


@dataclass(frozen=True)
class Works:
    """The section of the newest works.

    - ``layout``: class of its list.
    - ``sheet``: shown, as ``alt``, where no work can be; ``missing``: not even that.
    - ``more``: how many are not shown.
    """

    title: str
    lead: str
    works: Sequence[Work | Change] = ()
    layout: str = ""
    sheet: Medium | None = None
    alt: str = ""
    missing: bool = False
    more: str = ""


@dataclass(frozen=True)
class Frame:
    """The samples of one moment: their ``sheet``, or the first work, as a sound, picture, film or link."""

    seen_items: int
    seconds: float
    alt: str
    name: str = ""
    sheet: Medium | None = None
    sound: Medium | None = None
    seen: Medium | None = None
    file: Medium | None = None


def newest(snapshots: Sequence[SnapshotRow]) -> SnapshotRow | None:
    """The last final samples, or else the last snapshot."""
    finals = [snapshot for snapshot in snapshots if snapshot.final]
    return finals[-1] if finals else snapshots[-1] if snapshots else None


def frames(snapshots: Sequence[SnapshotRow], shown: SnapshotRow | None) -> list[SnapshotRow]:
    """At most twelve earlier snapshots, evenly spread, first and last included; a moment written twice counts once."""
    by_moment = {snapshot.seen: snapshot for snapshot in snapshots if not snapshot.final and snapshot is not shown}
    rows = [by_moment[seen] for seen in sorted(by_moment)]
    if len(rows) <= _MOST_FRAMES:
        return rows
    return [rows[round(i * (len(rows) - 1) / (_MOST_FRAMES - 1))] for i in range(_MOST_FRAMES)]


def show_works(shown: SnapshotRow | None, media: Media) -> Works:
    """The newest works, large."""
    if shown is None:
        return Works("Works", "No samples have been written yet.")
    works = [work for piece in shown.items[:_MOST_PIECES] if (work := _work(piece, media)) is not None]
    when = f"after {count(shown.seen, 'item')} and {duration(shown.seconds)} of training"
    sheet = None if works or shown.sheet is None else media.embed(shown.sheet, _SHEET_PIXELS)
    many = len(shown.items) > _MOST_PIECES
    return Works(
        title="Works" if shown.final else "Newest works",
        lead=f"Made {when}" + ("." if shown.final else "; the training had not ended."),
        works=works,
        layout=_layout(works),
        sheet=sheet,
        alt=f"Samples {when}",
        missing=not works and sheet is None,
        more=f"{_MOST_PIECES} of {len(shown.items)} works are shown; all lie in the run folder." if many else "",
    )


def show_frames(rows: Sequence[SnapshotRow], media: Media) -> list[Frame]:
    """Earlier samples, oldest first."""
    return [frame for frame in (_frame(row, media) for row in rows) if frame is not None]


def nearest_sheet(folder: Path, media: Media) -> Medium | None:
    """The samples that come closest to training items, each before that item."""
    name = RunFolder(folder).nearest.name
    medium = media.embed(name, _SHEET_PIXELS) if (folder / name).is_file() else None
    return medium if medium is not None and medium.visible else None


def first_visible(found: Sequence[Medium]) -> Medium | None:
    """The first picture or film."""
    return next((medium for medium in found if medium.kind in ("picture", "film")), None)


def _layout(works: Sequence[Work | Change]) -> str:
    kinds = {work.kind for work in works}
    name = "sounds" if "sound" in kinds else "films" if "film" in kinds else "pictures"
    if any(isinstance(work, Change) for work in works):
        return f"{name} changes"
    return f"{name} few" if len(works) < 4 else name


def _work(piece: WorkRow, media: Media) -> Work | Change | None:
    if piece.source:
        return _changed(piece, media)
    found = [medium for medium in map(media.embed, piece.files) if medium is not None]
    if not found:
        return None
    first = found[0]
    name = f"{piece.label}, seed {piece.seed}" if piece.label is not None else f"seed {piece.seed}"
    sounds = first.kind == "sound"
    seen = first_visible(found) if sounds else first
    alt = f"Picture of the sound {name}" if sounds else f"Generated work, {name}"
    shown = [medium for medium in (seen, first) if medium is not None and medium.src is not None]
    files = [medium for medium in found if medium not in shown]
    return Work(first.kind, name, alt, piece.label, piece.seed, seen, first if first.audible else None, files)


def _changed(piece: WorkRow, media: Media) -> Change | None:
    """Source, result and, where it is known, what was wanted."""
    sides: list[Side] = []
    kind = "picture"
    for name, files in {"source": piece.source, "result": piece.files, "wanted": piece.target}.items():
        found = [medium for medium in map(media.embed, files) if medium is not None]
        if not found:
            continue
        kind = found[0].kind
        seen = first_visible(found)
        seen = seen if seen is not None and seen.visible else None
        sound = found[0] if found[0].audible else None
        sides.append(Side(name, seen, sound, found[0] if seen is None and sound is None else None))
    return Change(kind, piece.seed, sides) if sides else None


def _frame(row: SnapshotRow, media: Media) -> Frame | None:
    when = f"after {count(row.seen, 'item')}, {duration(row.seconds)}"
    sheet = None if row.sheet is None else media.embed(row.sheet, _FRAME_PIXELS)
    first = row.items[0] if row.items and row.items[0].files else None
    shown = first is not None and (sheet is None or _sounds(first.files[0]))
    medium = media.embed(first.files[0], _FRAME_PIXELS) if first is not None and shown else None
    if sheet is None and medium is None:
        return None
    frame = Frame(row.seen, row.seconds, f"Samples {when}", sheet=sheet)
    if first is None or medium is None:
        return frame
    seen, sound = (medium if medium.visible else None), (medium if medium.audible else None)
    file = medium if seen is None and sound is None else None
    return replace(frame, name=f"seed {first.seed} {when}", sound=sound, seen=seen, file=file)


def _sounds(name: str) -> bool:
    return name.lower().endswith((".wav", ".flac", ".ogg", ".mp3"))
