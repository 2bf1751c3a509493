"""Write a run as a card that others can play: slim weights, directions, favorites, a gallery, a model card, a page."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from artgen.contract.writer import Sample
from artgen.errors import InputError
from artgen.host.resolve import to_toml
from artgen.inference.directions import FILE as DIRECTIONS
from artgen.inference.latent import render
from artgen.provenance.medium import Medium, kind_of
from artgen.report.model_card import Trained, copies_of, write_card
from artgen.runfolder.card import CHECKPOINT, FILE, LIMIT, Card, CardFile
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.locate import find_checkpoint
from artgen.runfolder.records import Quality
from artgen.runfolder.samples import Destination, write_samples
from artgen.runfolder.slim import slim
from artgen.runfolder.title import title_of
from artgen.runtime.disk import make_folder, staged
from artgen.verbs.export import Words, as_trained, export_page
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.sample import Choice, places

_GALLERY: dict[Medium | None, int] = {"picture": 16, "film": 6, "sound": 4, None: 8}
_METRICS = 2**22  # bytes of metrics.jsonl, above which it stays at home


@dataclass(frozen=True)
class Statement:
    """What only the artist can say, never guessed.

    - ``words``: title, name, a few sentences, the license of works and weights.
    - ``about_data``: what it was trained on, and by what right.
    """

    words: Words
    about_data: str


@dataclass(frozen=True)
class Stars:
    """What a person kept in the studio.

    - ``choices``: the starred works, shown first.
    - ``file``: the bytes of ``favorites.json`` for others, without anything projected from works of one's own; None: nothing
      is left of it."""

    choices: Sequence[Choice] = ()
    file: bytes | None = None


def share(run: LoadedRun, out: Path, said: Statement, stars: Stars | None = None) -> Card:
    """Write the card into the folder ``out``: new, empty, or with an earlier card of artgen.

    Raises InputError where license or data are not said, for a folder with files of others, and for a run that makes no works
    from seeds; StorageError."""
    for value, flag in ((said.words.license, "--license"), (said.about_data, "--about-data")):
        if not value.strip():
            raise InputError("say it in your own words; artgen guesses nothing of this kind", at=flag)
    run.model.check_latent()
    stars = stars or Stars()
    choices = [choice for choice in stars.choices if not choice.projected]  # works of one's own stay at home
    own = _own(out)
    with staged(out, lambda old, _: old.relative_to(out).as_posix() in own) as work:
        medium, gallery = _gallery(run, work, choices)
        quality = quality_of(run.home)
        _files(run, work, stars)
        export_page(run, work / "index.html", said.words, None, choices)
        card = _card(run, work, said, quality)
        trained = Trained(run.config.plain(), run.seen, run.seconds)
        (work / "README.md").write_text(write_card(card, trained, quality, gallery, medium), encoding="utf-8")
        card = card.model_copy(update={"files": _listed(work, card.files)})
        text = Card.model_validate(card.model_dump()).model_dump_json(indent=1).encode()
        if len(text) > LIMIT:
            raise InputError(
                f"the words and the list of files take {len(text)} bytes, at most {LIMIT}; say less",
                at="--to",
                value=out,
            )
        (work / FILE).write_bytes(text)
    return card


@contextmanager
def aside() -> Iterator[Path]:
    """A folder for a card that goes to a hub."""
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
        yield Path(folder)


def _own(out: Path) -> set[str]:
    """Files of an earlier card, which the next one may replace."""
    try:
        card = Card.model_validate_json((out / FILE).read_bytes())
    except (OSError, ValueError):
        return set()
    return {FILE, *(file.name for file in card.files)}


def _gallery(run: LoadedRun, work: Path, stars: Sequence[Choice]) -> tuple[Medium | None, list[str]]:
    """Labelled works: those that were starred, then of the first seeds."""
    options, folder = as_trained(run), work / "gallery"
    latents = [latent for star in stars for latent in places(run, star)]
    (first,) = places(run, Choice([0]))
    medium = kind_of(next(render(run.model, [first], options)).data)
    wanted = _GALLERY[medium]
    latents = [*latents, *places(run, Choice(range(wanted)))][:wanted]
    named = _numbered(render(run.model, latents, options))
    written = write_samples(Destination(work, folder, run.writer(), run.metadata()), named)
    files = [name for row in written.works for name in row.files]
    return medium, [
        *([written.sheet] if written.sheet and medium != "sound" else []),
        *(f for f in files if not f.endswith(".png") or medium is None),
    ]


def _numbered(samples: Iterator[Sample]) -> Iterator[Sample]:
    """Works under names that every disk can hold, which classes are not."""
    for number, sample in enumerate(samples):
        yield replace(sample, name=f"work{number:02d}-seed{sample.seed}")


def _files(run: LoadedRun, work: Path, stars: Stars) -> None:
    """What playing needs, and what was measured."""
    make_folder((work / CHECKPOINT).parent)
    slim(find_checkpoint(run.folder), work / CHECKPOINT)
    (work / "config.toml").write_text(to_toml(run.config.plain()), encoding="utf-8")
    if run.current_directions():
        (work / DIRECTIONS).write_bytes((run.home / DIRECTIONS).read_bytes())
    if stars.file is not None:
        (work / "favorites.json").write_bytes(stars.file)
    kept = RunFolder(run.home)
    for path in (kept.quality, kept.metrics):
        if path.is_file() and path.stat().st_size <= _METRICS:
            (work / path.name).write_bytes(path.read_bytes())


def quality_of(home: Path) -> Quality | None:
    """What was measured of a run; None: nothing, or nothing that can be read."""
    try:
        return Quality.model_validate_json(RunFolder(home).quality.read_bytes())
    except (OSError, ValueError):
        return None


def _card(run: LoadedRun, work: Path, said: Statement, quality: Quality | None) -> Card:
    found, copies = run.host.found, copies_of(quality)
    return Card(
        plugin=found.name,
        distribution=found.distribution,
        version=found.version,
        api=run.host.domain.api,
        model=run.fingerprint(),
        task=run.config.run.task,
        labels=run.labels,
        title=said.words.title or title_of(run.home, when=False),
        by=said.words.by,
        note=said.words.note,
        license=said.words.license,
        about_data=said.about_data,
        copies=copies.value if copies else None,
        files=_listed(work),
    )


def _listed(work: Path, known: Sequence[CardFile] = ()) -> tuple[CardFile, ...]:
    """Every file of the card. ``known``: those that were listed before, which are not hashed again."""
    before = {file.name: file for file in known}
    paths = {path.relative_to(work).as_posix(): path for path in sorted(work.rglob("*")) if path.is_file()}
    return tuple(
        before.get(name) or CardFile(name=name, size=path.stat().st_size, sha256=_hash(path))
        for name, path in paths.items()
    )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
