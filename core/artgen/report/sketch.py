"""A page beside exported networks that plays them without artgen, and the sketch that says how, for the artist to change."""

from __future__ import annotations

from pathlib import Path

from artgen.export.engine import Engine
from artgen.report.publication import played
from artgen.report.render import is_own_page, load, source, write_page
from artgen.runtime.disk import refuse_foreign, write_atomic

PAGE, SKETCH = "play.html", "sketch.js"


def refuse_foreign_page(folder: Path) -> None:
    """Raises InputError, before anything is made, where the page would replace a file that artgen did not make."""
    refuse_foreign(folder / PAGE, "--onnx", "artgen", is_own_page)


def write_sketch(folder: Path, engine: Engine) -> Path:
    """Write ``play.html`` and, where there is none, ``sketch.js``, which is the artist's from then on. A sketch may do anything:
    this page has no content security policy. StorageError when they cannot be written."""
    about = engine.record.about.get("comment", "made by a generative adversarial network")
    values = {"title": folder.resolve().name, "made": about[:1].upper() + about[1:], "engine": source("live.js")}
    text = load("sketch.html").render(sketch=source("sketch-engine.js"), **values, **played(engine)) + "\n"
    write_page(folder / PAGE, text)
    if not (folder / SKETCH).exists():
        write_atomic(folder / SKETCH, source(SKETCH).encode())
    return folder / PAGE
