"""The page that ``artgen export`` writes: one file with everything in it, which asks nothing of any network."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from artgen.export.engine import Engine
from artgen.provenance.packet import packet
from artgen.report.render import render, source, write_page

_SUFFIXES = {"image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "image/jpeg": ".jpg", "video/mp4": ".mp4",
             "video/webm": ".webm", "audio/mpeg": ".mp3", "audio/flac": ".flac", "audio/wav": ".wav"}  # fmt: skip


@dataclass(frozen=True)
class Asset:
    """A file of a work inside the page."""

    mime: str
    data: bytes

    @property
    def suffix(self) -> str:
        """Ending of a file of its kind."""
        return _SUFFIXES[self.mime]

    @property
    def uri(self) -> str:
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True)
class Place:
    """A place in the latent space: a vector float32, the seed of all noise, the number of its class."""

    vector: bytes
    seed: int
    label: int


@dataclass(frozen=True)
class Work:
    """A work that can be saved from the page.

    - ``name``: its seed, or what a person calls it.
    - ``label``: its class.
    - ``file``: its name when saved.
    - ``look``: a picture that stands for it; None: it is one.
    - ``place``: where it lies, for an engine; None: no engine makes it.
    """

    name: str
    label: str
    asset: Asset
    file: str
    look: Asset | None = None
    place: Place | None = None

    @property
    def title(self) -> str:
        """What the page calls it."""
        seed = f"seed {self.name}" if self.name.isdecimal() else self.name
        return f"{seed}, {self.label}" if self.label else seed


@dataclass(frozen=True)
class Slider:
    """The first work along one direction, from one end to the other."""

    title: str
    steps: Sequence[Asset]


@dataclass(frozen=True)
class Pad:
    """The first work along two directions at once; ``rows``: from the top, each from the left."""

    across: str
    up: str
    rows: Sequence[Sequence[Asset]]


@dataclass(frozen=True)
class Publication:
    """All that the page shows.

    - ``stars``: how many of the works a person starred; they come first.
    - ``made``: how.
    - ``engine``: what makes pictures in the page itself; its directions are the sliders.
    - ``lacks``: in a sentence, what files of the run have and this page has not.
    """

    title: str
    by: str
    license: str
    note: str
    plugin: str
    made: str
    works: Sequence[Work]
    stars: int
    sliders: Sequence[Slider]
    pad: Pad | None
    walk: Asset | None
    engine: Engine | None = None
    lacks: str = ""


def write_publication(path: Path, found: Publication) -> Path:
    """Write the page, labelled. StorageError when it cannot be written."""
    assets = _Assets()
    works = [
        {
            "title": w.title,
            "name": w.name,
            "file": w.file,
            "at": assets.at(w.asset),
            "look": assets.at(w.look or w.asset),
            "place": w.place and {"vector": _text(w.place.vector), "seed": str(w.place.seed), "label": w.place.label},
        }
        for w in found.works
    ]
    atlas = {
        "works": works,
        "sliders": [[assets.at(step) for step in slider.steps] for slider in found.sliders],
        "pad": [[assets.at(cell) for cell in row] for row in found.pad.rows] if found.pad else None,
        "walk": assets.at(found.walk) if found.walk else None,
        "label": packet({"comment": found.made, "software": "artgen", "plugin": found.plugin}).decode(),
        "assets": assets.uris,
    }
    first = found.works[0]
    values: dict[str, Any] = {
        "found": found,
        "first": first,
        "kind": first.asset.mime.partition("/")[0],
        "atlas": _inert(atlas),
    }
    engine = found.engine
    if engine is not None:
        values |= played(engine)
    scripts = ("publish-files.js", "publish.js")
    text = render("publish.html", style="publish.css", script=scripts, engine="live.js" if engine else None,
                  title=found.title, **values)  # fmt: skip
    write_page(path, text)
    return path


def played(engine: Engine) -> dict[str, Any]:
    """What a template needs to hold an engine: ``live``, ``parts``, ``worker``."""
    record, sound = engine.record, ("live-sound.js",) if engine.record.work.medium == "sound" else ()
    about = {"record": record.model_dump(), "layers": engine.layers, "gain": engine.gain, "parts": list(engine.parts)}
    return {
        "live": _inert(about),
        "parts": {name: _text(data) for name, data in engine.parts.items()},
        "worker": Markup().join(map(source, ("live-draws.js", *sound, "live-worker.js"))),
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class _Assets:
    """Files by their numbers; the same bytes stand in the page once."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self._numbers: dict[Asset, int] = {}

    def at(self, asset: Asset) -> int:
        if asset not in self._numbers:
            self._numbers[asset] = len(self.uris)
            self.uris.append(asset.uri)
        return self._numbers[asset]


def _inert(value: Any) -> Markup:
    """JSON that cannot end the element in which it stands."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704
