"""Assembles the report page of a run folder: one self-contained HTML file that asks nothing of any network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.contract.observer import Stats
from artgen.report.charts import Drawing, draw, table
from artgen.report.curves import MOST_OTHERS, charts, current, other_metrics
from artgen.report.facts import key_facts, show_guard, show_settings, show_skipped
from artgen.report.gallery import frames, nearest_sheet, newest, show_frames, show_works
from artgen.report.media import Media
from artgen.report.quality import show_quality
from artgen.report.read import RunFiles, read_run
from artgen.report.render import render, write_page
from artgen.report.words import count
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.title import title_of

CAP = 25_000_000  # characters of embedded media; beyond, files are linked
_PUBLISHED = ("network.json", "artgen.json")  # of networks that were exported, of a card
_FILES = ("export.html", "samples", "checkpoints", "config.toml", "metrics.jsonl", "quality.json", "skipped.jsonl")
_NAMES = {
    "works": "Works",
    "frames": "Over time",
    "quality": "Quality",
    "nearest": "Nearest items",
    "curves": "Curves",
    "guard": "Guard",
    "skipped": "Skipped files",
    "settings": "Settings",
    "notes": "About this page",
}


@dataclass(frozen=True)
class Curves:
    """The section of curves: its charts, and the rows of the table that says the same."""

    lead: str
    drawings: Sequence[Drawing]
    table: Sequence[tuple[str, str, str, str]]


def write_report(folder: Path, cap: int = CAP) -> Path:
    """Write ``folder/report.html`` from the files of a run, atomically; the same files give the same bytes.

    ``cap``: size of the embedded media in characters. InputError when there is no such folder, StorageError when it
    cannot be written."""
    run = read_run(folder)
    path = RunFolder(folder).report
    write_page(path, _report(run, Media(folder, run.notes, cap)))
    return path


def _report(run: RunFiles, media: Media) -> str:
    reports = current(run.reports)
    if len(reports) < len(run.reports):
        replaced = count(len(run.reports) - len(reports), "report was", "reports were")
        run.notes.add(
            f"metrics.jsonl: {replaced} replaced by later ones after a resume or rollback; the curves show the later."
        )
    shown = newest(run.snapshots)
    sections = {
        "works": show_works(shown, media),
        "frames": show_frames(frames(run.snapshots, shown), media),
        "quality": None if run.quality is None else show_quality(run.quality),
        "nearest": nearest_sheet(run.folder, media),
        "curves": _curves(reports),
        "guard": show_guard(run.reports),
        "skipped": show_skipped(run.skipped),
        "settings": show_settings(run),
    }
    if media.linked:
        files = count(media.linked, "file is", "files are")
        run.notes.add(
            f"To keep this page near {media.cap / 1e6:.3g} MB, {files} linked, not embedded: keep it in its folder."
        )
    sections["notes"] = run.notes.lines
    name = run.notes.clean(title_of(run.folder, run.config.get("run", {}))) or "run"
    return render(
        "report.html",
        title=f"{name} · artgen",
        name=name,
        kicker=_kicker(run),
        facts=key_facts(run, reports),
        links=[("time" if key == "frames" else key, _NAMES[key]) for key, part in sections.items() if part],
        beside=[*(file for file in _FILES if (run.folder / file).exists()), *_published(run.folder)],
        **sections,
    )


def refresh_report(folder: Path) -> None:
    """Write the page anew where there is one, because something was published beside it. StorageError."""
    if folder.is_dir() and RunFolder(folder).report.is_file():
        write_report(folder)


def _published(folder: Path) -> list[str]:
    """Folders in the run folder that were written for others."""
    return sorted({path.parent.name for name in _PUBLISHED for path in folder.glob(f"*/{name}")})


def _curves(reports: Sequence[Stats]) -> Curves | None:
    made = charts(reports)
    if not made:
        return None
    lead = "Over the training items seen. Point at a curve, or move along it with the arrow keys, to read its values."
    most = max(math.ceil(chart.reports / len(chart.buckets)) for chart in made)
    if most > 1:
        lead += f" Lines are means of up to {most} reports, bands reach from the lowest to the highest of them."
    if (left := len(other_metrics(reports)) - MOST_OTHERS) > 0:
        lead += f" {count(left, 'metric')} more {'stands' if left == 1 else 'stand'} in metrics.jsonl only."
    return Curves(lead, [draw(chart) for chart in made], table(made))


def _kicker(run: RunFiles) -> str:
    section = run.config.get("run")
    words = [str(section[key]) for key in ("plugin", "task") if key in section] if isinstance(section, dict) else []
    return run.notes.clean(" · ".join(["artgen", *words, f"folder {run.folder.resolve().name}"]))
