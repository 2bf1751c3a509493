"""Publish a run: as a page, as networks for other programs, or as a card for others to play."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.export.record import NetworkRecord
from artgen.report.page import refresh_report
from artgen.runfolder import favorites
from artgen.runfolder.card import Card
from artgen.runfolder.fetch import place_of
from artgen.runfolder.hub import upload
from artgen.verbs.export import Layers, Words, export_page
from artgen.verbs.export_networks import export_networks
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.share import Stars, Statement, aside, share
from artgen.verbs.stars import starred

_HUB = "hf:"


@dataclass(frozen=True)
class Exported:
    """What was written: the ``page``, and the description of the ``networks``."""

    page: Path | None
    networks: NetworkRecord | None


def export_run(
    run: LoadedRun, out: Path | None, onnx: Path | None, words: Words, seeds: Sequence[int] | None, layers: Layers,
    tell: Callable[[str], object],
) -> Exported:  # fmt: skip
    """Write the page ``out`` (None: ``export.html`` in the run folder, unless ``onnx`` is given), the networks into the folder
    ``onnx``, or both. What was starred comes first. The report of the run links to them.

    Raises what ``export_page`` and ``export_networks`` raise."""
    networks = None if onnx is None else export_networks(run, onnx)
    page = None
    if onnx is None or out is not None:
        page = export_page(run, out or run.home / "export.html", words, seeds, starred(run), layers, tell)
    refresh_report(run.folder)
    return Exported(page, networks)


def share_run(run: LoadedRun, to: str, said: Statement) -> tuple[Card, str]:
    """Write the card of a run to a folder or to ``hf:USER/NAME``, with what was starred; the card, and where it is.

    Raises what ``share`` raises, and InputError for a wrong name and what a hub refuses."""
    place_of(to)  # a wrong name is said before anything is made
    stars = Stars(starred(run), favorites.shareable(run.home))
    if not to.startswith(_HUB):
        card = share(run, Path(to), said, stars)
        refresh_report(run.folder)
        return card, to
    with aside() as folder:
        return share(run, folder, said, stars), upload(folder, to.removeprefix(_HUB))
