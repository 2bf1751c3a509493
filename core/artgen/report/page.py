"""Assembles the report page of a run folder: one self-contained HTML file that asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from artgen.contract.observer import Stats
from artgen.provenance.label import with_packet
from artgen.report.charts import chart_figure, table
from artgen.report.curves import charts, current
from artgen.report.facts import guard_section, key_facts, notes_section, settings_section, skipped_section
from artgen.report.gallery import frames, nearest_section, newest, time_section, works_section
from artgen.report.markup import Markup, join, tag
from artgen.report.media import Media
from artgen.report.quality import quality_section
from artgen.report.read import RunFiles, read_run
from artgen.report.words import count
from artgen.runfolder.folder import RunFolder
from artgen.runtime.disk import write_atomic
from artgen.runtime.version import version

CAP = 25_000_000  # characters of embedded media; beyond, files are linked
_LABEL = "a page about works that were made by a generative adversarial network, made by artgen"
_FILES = ("samples", "checkpoints", "config.toml", "metrics.jsonl", "quality.json", "skipped.jsonl")
_NAMES = {
    "works": "Works",
    "time": "Over time",
    "quality": "Quality",
    "nearest": "Nearest items",
    "curves": "Curves",
    "guard": "Guard",
    "skipped": "Skipped files",
    "settings": "Settings",
    "notes": "About this page",
}


def write_report(folder: Path, cap: int = CAP) -> Path:
    """Write ``folder/report.html`` from the files of a run, atomically; the same files give the same bytes.

    ``cap``: size of the embedded media in characters. InputError when there is no such folder, StorageError when it
    cannot be written."""
    run = read_run(folder)
    text = render(run, Media(folder, run.notes, cap))
    path = RunFolder(folder).report
    replace(path, text.encode("utf-8"))
    return path


def render(run: RunFiles, media: Media) -> str:
    """The page as text."""
    reports = current(run.reports)
    if len(reports) < len(run.reports):
        replaced = count(len(run.reports) - len(reports), "report was", "reports were")
        run.notes.add(
            f"metrics.jsonl: {replaced} replaced by later ones after a resume or rollback; the curves show the later."
        )
    shown = newest(run.snapshots)
    sections: dict[str, Markup | None] = {
        "works": works_section(shown, media),
        "time": time_section(frames(run.snapshots, shown), media),
        "quality": None if run.quality is None else quality_section(run.quality),
        "nearest": nearest_section(run.folder, media),
        "curves": _curves_section(reports),
        "guard": guard_section(run.reports) if run.reports else None,
        "skipped": skipped_section(run.skipped),
        "settings": settings_section(run),
    }
    if media.linked:
        files = count(media.linked, "file is", "files are")
        run.notes.add(
            f"To keep this page near {media.cap / 1e6:.3g} MB, {files} linked, not embedded: keep it in its folder."
        )
    sections["notes"] = notes_section(run.notes.lines)
    return _document(run, reports, {name: part for name, part in sections.items() if part is not None})


def _curves_section(reports: Sequence[Stats]) -> Markup | None:
    made = charts(reports)
    if not made:
        return None
    lead = "Over the training items seen. Point at a curve, or move along it with the arrow keys, to read its values."
    most = max(math.ceil(chart.reports / len(chart.buckets)) for chart in made)
    if most > 1:
        lead += f" Lines are means of up to {most} reports, bands reach from the lowest to the highest of them."
    folded = tag("details", tag("summary", "The same as a table"), table(made))
    figures = tag("div", *(chart_figure(chart) for chart in made), class_="charts")
    return tag("section", tag("h2", "Training curves"), tag("p", lead, class_="lead"), figures, folded, id="curves")


def _document(run: RunFiles, reports: Sequence[Stats], sections: dict[str, Markup]) -> str:
    name = run.notes.clean(run.folder.resolve().name) or "run"
    links = [tag("a", _NAMES[key], href=f"#{key}") for key in sections]
    body = tag(
        "body",
        tag("a", "Skip to the works", href="#works", class_="skip"),
        tag(
            "header",
            tag("p", _kicker(run), class_="kicker"),
            tag("h1", tag("bdi", name)),
            key_facts(run, reports),
            tag("nav", *links, aria_label="Sections"),
        ),
        tag("main", *sections.values()),
        _footer(run.folder),
        tag("script", _source("script.js")),
    )
    return document(f"{name} · artgen", body)


def document(title: str, body: Markup) -> str:
    """A whole page that loads nothing from anywhere."""
    page = tag("html", _head(title), body, lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _head(title: str) -> Markup:
    style, script = _source("style.css"), _source("script.js")
    policy = (
        f"default-src 'none'; img-src data:; media-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", style),
    )


def _kicker(run: RunFiles) -> str:
    section = run.config.get("run")
    words = [str(section[key]) for key in ("plugin", "task") if key in section] if isinstance(section, dict) else []
    return run.notes.clean(" · ".join(["artgen", *words]))


def _footer(folder: Path) -> Markup:
    links = [tag("a", name, href=f"./{name}") for name in _FILES if (folder / name).exists()]
    beside = join([" Beside this page: ", join(links, ", "), "."]) if links else None
    return tag("footer", tag("p", "The works on this page were made by the networks of this run.", beside))


def _source(name: str) -> Markup:
    """A file of this package, as it is."""
    text = resources.files("artgen.report").joinpath(name).read_text(encoding="utf-8")
    return Markup(text.replace("\r\n", "\n"))


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def replace(path: Path, data: bytes) -> None:
    """Write a page, labelled: a crash leaves the old page or the new one."""
    write_atomic(path, with_packet(data, {"software": f"artgen {version()}", "comment": _LABEL}) or data)
