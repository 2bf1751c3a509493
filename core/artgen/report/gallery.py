"""The works: the newest ones large, and the samples over time as a strip of pictures with players."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from artgen.report.markup import Markup, join, tag
from artgen.report.media import Media, Medium
from artgen.report.words import count, duration
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.records import SnapshotRow, WorkRow

_MOST_PIECES = 48
_MOST_FRAMES = 12
_FRAME_PIXELS = 800
_SHEET_PIXELS = 1600
_CRISP = 128  # pictures up to this many pixels are shown with hard edges


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


def works_section(shown: SnapshotRow | None, media: Media) -> Markup:
    """The newest works, large."""
    if shown is None:
        return tag(
            "section", tag("h2", "Works"), tag("p", "No samples have been written yet.", class_="lead"), id="works"
        )
    parts = [_work(piece, media) for piece in shown.items[:_MOST_PIECES]]
    works = [part for part in parts if part is not None]
    layout = _layout(works, any(piece.source for piece in shown.items))
    when = f"after {count(shown.seen, 'item')} and {duration(shown.seconds)} of training"
    body: list[Markup | None] = (
        [
            tag(
                "div",
                *(markup for _, markup in works),
                class_=f"works {layout}",
            )
        ]
        if works
        else []
    )
    if not works:
        body = [_sheet(shown, media, 1600, when) or tag("p", "Their files are missing.")]
    if len(shown.items) > _MOST_PIECES:
        body.append(
            tag("p", f"{_MOST_PIECES} of {len(shown.items)} works are shown; all lie in the run folder.", class_="help")
        )
    title = "Works" if shown.final else "Newest works"
    lead = f"Made {when}" + ("." if shown.final else "; the training had not ended.")
    return tag("section", tag("h2", title), tag("p", lead, class_="lead"), *body, id="works")


def time_section(rows: Sequence[SnapshotRow], media: Media) -> Markup | None:
    """Earlier samples, oldest first."""
    cells = [cell for cell in (_frame(row, media) for row in rows) if cell is not None]
    if not cells:
        return None
    strip = tag("ol", *cells, class_="strip", tabindex=0, role="list", aria_label="Samples over time, oldest first")
    lead = "What the generator made at earlier moments of the training, oldest first."
    return tag("section", tag("h2", "Samples over time"), tag("p", lead, class_="lead"), strip, id="time")


def nearest_section(folder: Path, media: Media) -> Markup | None:
    """The samples that come closest to training items, each before that item."""
    name = RunFolder(folder).nearest.name
    medium = media.embed(name, _SHEET_PIXELS) if (folder / name).is_file() else None
    image = None if medium is None else visual(medium, "Samples and the training items nearest to them")
    if medium is None or image is None:
        return None
    lead = (
        "The judged samples that come closest to a work of the training data, in pairs: the sample, then that work. Pairs that "
        "look the same mean that the network copies."
    )
    link = tag("a", image, href=medium.href, class_="sheet")
    return tag("section", tag("h2", "Nearest training items"), tag("p", lead, class_="lead"), link, id="nearest")


def _layout(works: Sequence[tuple[str, Markup]], changes: bool) -> str:
    kinds = {kind for kind, _ in works}
    name = "sounds" if "sound" in kinds else "films" if "film" in kinds else "pictures"
    if changes:
        return f"{name} changes"
    return f"{name} few" if len(works) < 4 else name


def _work(piece: WorkRow, media: Media) -> tuple[str, Markup] | None:
    """Kind and card of one work: what there is to see, its player, its name, links to files that are not shown."""
    if piece.source:
        return _changed(piece, media)
    found = [medium for medium in (media.embed(name) for name in piece.files) if medium is not None]
    if not found:
        return None
    first = found[0]
    name = f"{piece.label}, seed {piece.seed}" if piece.label is not None else f"seed {piece.seed}"
    seen = (
        next((medium for medium in found if medium.kind in ("picture", "film")), None)
        if first.kind == "sound"
        else first
    )
    alt = f"Picture of the sound {name}" if first.kind == "sound" else f"Generated work, {name}"
    shown = [medium for medium in (seen, first) if medium is not None and medium.src is not None]
    title = tag("b", tag("bdi", piece.label)) if piece.label is not None else None
    caption = tag("figcaption", title, tag("span", f"seed {piece.seed}"), *_links(found, shown))
    players = player(first, name) if first.kind == "sound" else None
    return first.kind, tag("figure", None if seen is None else visual(seen, alt), players, caption, class_="work")


def _changed(piece: WorkRow, media: Media) -> tuple[str, Markup] | None:
    """Source, result and, where it is known, what was wanted, side by side."""
    sides = {"source": piece.source, "result": piece.files, "wanted": piece.target}
    cells: list[Markup] = []
    kind = "picture"
    for name, files in sides.items():
        found = [medium for medium in (media.embed(file) for file in files) if medium is not None]
        if not found:
            continue
        kind = found[0].kind
        seen = next((medium for medium in found if medium.kind in ("picture", "film")), None)
        players = player(found[0], f"{name} {piece.seed}") if kind == "sound" else None
        shown = None if seen is None else visual(seen, f"{name} of work {piece.seed}")
        plain = (
            tag("a", found[0].name.rpartition("/")[2], href=found[0].href)
            if shown is None and players is None
            else None
        )
        cells.append(tag("figure", shown, players, plain, tag("figcaption", tag("span", name))))
    return (kind, tag("div", *cells, class_="work change")) if cells else None


def _links(found: Sequence[Medium], shown: Sequence[Medium]) -> list[Markup]:
    return [tag("a", medium.name.rpartition("/")[2], href=medium.href) for medium in found if medium not in shown]


def visual(medium: Medium, alt: str, moves: bool = False) -> Markup | None:
    """What there is to see of a picture or a film; None where it is only linked or a sound. ``moves``: films play by themselves,
    mute and over again, instead of when asked."""
    if medium.src is None:
        return None
    if medium.kind == "film":
        return tag("video", src=medium.src, loop=True, muted=True, playsinline=True, controls=not moves,
                   autoplay=moves, aria_label=alt)  # fmt: skip
    width, height = medium.size or (None, None)
    crisp = "crisp" if max(medium.size or (_CRISP + 1,)) <= _CRISP else None
    return (
        tag("img", src=medium.src, alt=alt, width=width, height=height, class_=crisp)
        if medium.kind == "picture"
        else None
    )


def player(medium: Medium, name: str) -> Markup | None:
    """A player for a sound."""
    if medium.src is None:
        return None
    return tag("audio", src=medium.src, controls=True, preload="metadata", aria_label=f"Play {name}")


def _sheet(row: SnapshotRow, media: Media, largest: int, when: str) -> Markup | None:
    medium = None if row.sheet is None else media.embed(row.sheet, largest)
    if medium is None:
        return None
    image = visual(medium, f"Samples {when}")
    return tag("a", image or f"Samples {when}", href=medium.href, class_="sheet")


def _frame(row: SnapshotRow, media: Media) -> Markup | None:
    when = f"after {count(row.seen, 'item')}, {duration(row.seconds)}"
    sheet = _sheet(row, media, _FRAME_PIXELS, when)
    play = None
    if row.items and row.items[0].files:
        piece = row.items[0]
        medium = media.embed(piece.files[0], _FRAME_PIXELS) if sheet is None or _sounds(piece.files[0]) else None
        if medium is not None:
            name = f"seed {piece.seed} {when}"
            play = player(medium, name) if medium.kind == "sound" else visual(medium, f"Generated work, {name}")
            play = play or tag("a", medium.name.rpartition("/")[2], href=medium.href)
    if sheet is None and play is None:
        return None
    caption = tag("figcaption", tag("b", count(row.seen, "item")), tag("span", duration(row.seconds)))
    return tag("li", tag("figure", join([sheet, play, caption])))


def _sounds(name: str) -> bool:
    return name.lower().endswith((".wav", ".flac", ".ogg", ".mp3"))
