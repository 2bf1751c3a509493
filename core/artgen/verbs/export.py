"""Publish a run as one page that plays anywhere: works rendered ahead, sliders and a pad between them, nothing to install.

The page holds an *atlas*: every place that its sliders can reach was rendered here. So it needs no network, in either sense of
the word, and every plugin has one.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample, SoundWriter, WalkWriter
from artgen.errors import InputError, PluginError
from artgen.export.engine import Engine, Enlarging, engine_of
from artgen.export.networks import Extras
from artgen.host.resolve import played_with
from artgen.inference.directions import Direction, find_any, moved
from artgen.inference.latent import Latent, render
from artgen.inference.walk import Walk, walk
from artgen.provenance.label import finished, with_packet
from artgen.provenance.medium import kind_of
from artgen.report.media import sound
from artgen.report.publication import Asset, Pad, Place, Publication, Slider, Work, write_publication
from artgen.runfolder.samples import stem
from artgen.runfolder.title import title_of
from artgen.runtime.disk import make_folder
from artgen.verbs.explore import suggestions
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.sample import Choice, places

Layers = Literal["atlas", "live", "auto"]
MOST = 10_000_000  # bytes of a page that makes works itself
LIMIT = 7_000_000  # bytes of works in a page, about 10 MB as text
_REACH = 3.0  # standard deviations at the ends of a slider
_SLIDERS = 6
_SIDES = {"picture": (13, 9), "film": (7, 5), "sound": (5, 3), None: (7, 5)}  # steps of a slider, side of the pad
_SIDES_LIVE = (5, 3)  # of a page that makes works itself
_LEAST = 1_000_000  # bytes of such a page for works
_WORKS = {"picture": 24, "film": 12, "sound": 8, None: 16}
_SHARES = {"works": 0.45, "walk": 0.2, "sliders": 0.2, "pad": 0.15}  # of LIMIT
_SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
_QUALITY, _SMALL = 82, 96  # of WebP; pixels of a side up to which nothing is left out
_LARGEST, _THUMBNAIL = 512, 160  # pixels of a picture on the page, and of one that stands for a film
_MIME = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".jpg": "image/jpeg",
         ".mp4": "video/mp4", ".webm": "video/webm"}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What a person says about the page; nothing is guessed.

    - ``title``: None: the name of the run.
    - ``by``: who publishes it.
    - ``license``: of the works.
    - ``note``: a few sentences of one's own.
    """

    title: str | None = None
    by: str = ""
    license: str = ""
    note: str = ""


def export_page(
    run: LoadedRun,
    out: Path,
    words: Words | None = None,
    seeds: Sequence[int] | None = None,
    stars: Sequence[Choice] = (),
    layers: Layers = "atlas",
    tell: Callable[[str], object] = lambda _: None,
) -> Path:
    """Write the page of a run.

    - ``out``: the page, ending in .html.
    - ``seeds``: works to show (default: as many as suit the medium).
    - ``stars``: places of one's own, shown first; the first of all works is where the sliders begin.
    - ``layers``: ``atlas``: what was rendered ahead; ``live``: the generator too, which the page then plays itself; ``auto``:
      where that is possible. ``tell`` hears why it is not.

    Raises InputError for a run that makes no works from seeds and for a file of another kind; with ``live`` also where a package
    is missing, and PluginError for a generator that no page can play; StorageError."""
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError("a page ends in .html", at="--out", value=out)
    run.model.check_latent()
    words = words or Words()
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder, torch.inference_mode():
        atlas = _Atlas(run, Path(folder), seeds, stars)
        engine = None if layers == "atlas" else _engine(atlas, layers == "live", tell)
        if engine is not None:
            atlas.beside(engine)
        title = words.title or title_of(run.home, when=False)
        found = Publication(
            title, words.by, words.license, words.note, run.host.domain.name, run.metadata()["comment"],
            *atlas.made(), engine, atlas.lacks(),
        )  # fmt: skip
    make_folder(out.parent)
    return write_publication(out, found)


def _engine(atlas: _Atlas, wanted: bool, tell: Callable[[str], object]) -> Engine | None:
    """What makes works in the page; None where nothing can, unless it is ``wanted``."""
    try:
        if atlas.medium is None:
            raise InputError(
                "a page plays pictures, films and sounds itself, and these works are none", at="--layers live"
            )
        engine = atlas.engine()
        if engine.size > MOST - _LEAST:
            raise InputError(f"the page would have more than {MOST / 1e6:.0f} MB", at="--layers live")
    except (InputError, PluginError) as error:
        if wanted:
            raise
        tell(f"the page shows what was rendered ahead, and no more: {error.page}")
        return None
    return engine


class _Atlas:
    """Renders everything that the page shows. Each part has a share of the bytes; what does not fit is left out."""

    def __init__(self, run: LoadedRun, folder: Path, seeds: Sequence[int] | None, stars: Sequence[Choice]) -> None:
        self.run, self.folder = _as_played(run), folder
        self.options = as_trained(run)
        (first,) = places(run, stars[0] if stars else Choice(list(seeds or [0])[:1]))
        sample = next(render(run.model, [first], self.options))
        self.medium = kind_of(sample.data)
        wanted = list(range(_WORKS[self.medium])) if seeds is None else list(seeds)
        own = [latent for star in stars for latent in places(run, star)]
        self.latents = [*own, *places(run, Choice(wanted))]
        self.stars = len(own)
        self.raw = run.host.writer(run.config.domain)
        self._sheets = 0
        self._known = sorted(self._directions(), key=lambda d: -max((abs(e.strength) for e in d.effects), default=0.0))
        self._limit, self._sides = LIMIT, _SIDES[self.medium]
        self._gain = self._louder() if self.medium == "sound" else 1.0
        self._written = self.raw.sound(sample)[1] if isinstance(self.raw, SoundWriter) else 0

    def engine(self) -> Engine:
        """What makes the same works in a page; its directions are those of the sliders."""
        made = next(render(self.run.model, self.latents[:1], self.options)).data
        signed = [replace(d, vector=-d.vector) if d.mirrored else d for d in self._known[:_SLIDERS]]
        extras = Extras(self.run.metadata(), signed, self.run.usual_fps if self.medium == "film" else None)
        return engine_of(self.run.model, extras, made, finished(self.raw, made), self._gain, self._enlarging())

    def _enlarging(self) -> Enlarging:
        """As the settings of the run say it, under the names of the flags that change them, where the domain has these."""
        domain, settings = self.run.host.domain, self.run.config.domain
        said = {name: getattr(settings, name) for name in domain.output_settings}
        strength, weights = said.get("enlarge_strength"), said.get("enlarger")
        return Enlarging(
            float(strength) if isinstance(strength, int | float) and 0 <= strength <= 1 else 1.0,
            Path(weights) if isinstance(weights, str | Path) and weights else None,
        )

    def beside(self, engine: Engine) -> None:
        """Leave room for an engine, which soon makes what lies between two steps itself."""
        self._limit, self._sides = min(LIMIT, (MOST - engine.size) * 3 // 4), _SIDES_LIVE

    def lacks(self) -> str:
        """What files of the run have that the page lacks, in a sentence."""
        rate = self.run.host.domain.rate
        if rate is None or self._written <= rate:
            return ""
        return f"Sound goes up to {rate // 2000} kHz on this page, and to {self._written // 2000} kHz in files that artgen saves."

    def made(self) -> tuple[list[Work], int, list[Slider], Pad | None, Asset | None]:
        """Works, how many of them are stars, sliders, the pad, and a walk through the first works."""
        works, known = self._works(), self._known
        names = suggestions(known)
        sliders = self._sliders(known[:_SLIDERS], names)
        pad = self._pad(known[:2], names) if len(known) > 1 else None
        return works, min(self.stars, len(works)), sliders, pad, self._walk()

    def _directions(self) -> list[Direction]:
        """Those that were found for the run, else found now, without names."""
        return self.run.current_directions() or find_any(self.run.model, 4)

    def _works(self) -> list[Work]:
        """Files of the labelled writer, so that what is saved from the page says what it is."""
        found, left = list[Work](), self._limit * _SHARES["works"]
        for latent, sample in zip(self.latents, render(self.run.model, self.latents, self.options), strict=True):
            fields = {**self.run.metadata(), "seed": latent.title, "label": "+".join(latent.shares) or ""}
            paths = self.run.writer().write(sample, self.folder / stem(sample), fields)
            asset = self._file(paths, fields, sample)
            look = self._still(sample, paths)
            left -= len(asset.data) + (len(look.data) if look else 0)
            if left < 0 and found:
                break
            name = f"{stem(sample)}{asset.suffix}"
            found.append(Work(latent.title, sample.label or "", asset, name, look, self._place(latent)))
        return found

    def _place(self, latent: Latent) -> Place | None:
        """Where an engine finds a work; None for one whose noise is recorded, or whose classes are mixed."""
        label = int(latent.condition.argmax()) if latent.condition.numel() else 0
        if latent.noise or (latent.condition.numel() and float(latent.condition.max()) < 1):
            return None
        return Place(latent.vector.float().cpu().numpy().tobytes(), latent.seed, label)

    def _louder(self) -> float:
        """How much louder than a sound itself the writer's file of it is."""
        sample = next(render(self.run.model, self.latents[:1], self.options))
        for path in self.raw.write(sample, self.folder / "loud", {}):
            if path.suffix.lower() in _SOUNDS:
                return _level(_samples(path)[0]) / max(_level(sample.data), 1.0)
        return 1.0

    def _still(self, sample: Sample, paths: Sequence[Path]) -> Asset | None:
        """A picture that stands for a film or a sound: a frame, the spectrogram that its writer draws."""
        if self.medium == "film":
            return _webp(sample.data[:, sample.data.shape[1] // 2], _THUMBNAIL)
        beside = [path for path in paths[1:] if path.suffix.lower() in (".png", ".webp", ".jpg")]
        return _webp(_pixels(beside[0]), _THUMBNAIL * 3) if self.medium == "sound" and beside else None

    def _sliders(self, known: Sequence[Direction], names: dict[str, str]) -> list[Slider]:
        steps, _ = self._sides
        found, left = list[Slider](), self._limit * _SHARES["sliders"]
        for number, direction in enumerate(known, 1):
            sign = -1.0 if direction.mirrored else 1.0
            row = [
                self._look(self._moved([(direction, sign * amount)])) for amount in np.linspace(-_REACH, _REACH, steps)
            ]
            left -= sum(len(asset.data) for asset in row)
            if left < 0 and found:
                break
            found.append(Slider(_title(direction, names, number), row))
        return found

    def _pad(self, known: Sequence[Direction], names: dict[str, str]) -> Pad | None:
        """Both directions at once, a row of the pad from its top."""
        _, side = self._sides
        amounts = np.linspace(-_REACH, _REACH, side)
        signs = [-1.0 if d.mirrored else 1.0 for d in known]
        rows, left = list[list[Asset]](), self._limit * _SHARES["pad"]
        for up in amounts[::-1]:
            moves = [[(known[0], signs[0] * across), (known[1], signs[1] * up)] for across in amounts]
            rows.append([self._look(self._moved(move)) for move in moves])
            left -= sum(len(asset.data) for asset in rows[-1])
            if left < 0:
                return None
        titles = [_title(direction, names, number) for number, direction in enumerate(known, 1)]
        return Pad(titles[0], titles[1], rows)

    def _walk(self) -> Asset | None:
        """A loop through the first works."""
        writer, stops = self.run.writer(), self.latents[:5]
        if not isinstance(writer, WalkWriter) or len(stops) < 2:
            return None
        plan = Walk(tuple(f"{number}-{stop.title}" for number, stop in enumerate(stops)), writer.steps, loop=True)
        made = walk(self.run.model, plan, stops, replace(self.options, loop=False))
        fields = {**self.run.metadata(), "seed": " to ".join(stop.title for stop in stops)}
        paths = writer.walk(made, self.folder / "walk", None, fields)
        try:
            asset = self._file(paths, fields)
        except InputError:  # a walk of another kind than the works: the page does without
            return None
        return asset if len(asset.data) <= self._limit * _SHARES["walk"] else None

    def _moved(self, moves: Sequence[tuple[Direction, float]]) -> Sample:
        amounts = {direction.name: float(amount) for direction, amount in moves}
        vector = moved(self.latents[0].vector, amounts, self._known)
        return next(render(self.run.model, [replace(self.latents[0], vector=vector)], self.options))

    def _look(self, sample: Sample) -> Asset:
        """A work as it is seen between two others: small, and as the domain finishes it."""
        if self.medium == "picture":
            return _webp(finished(self.raw, sample.data))
        if self.medium == "sound" and self.run.host.domain.rate:  # the writer may draw pictures too, which takes longer
            peak = max(1, int(np.abs(sample.data.astype(np.int32)).max()))
            louder = (sample.data * min(self._gain, 32767 / peak)).astype(np.int16)
            return self._file([_wave(louder, self.run.host.domain.rate, self.folder / "look.wav")], None)
        paths = self.raw.write(sample, self.folder / "look", {})
        return self._file(paths, None, sample)

    def _file(self, paths: Sequence[Path], fields: dict[str, str] | None, sample: Sample | None = None) -> Asset:
        """The file of a work that a browser can show, or hear; of a ``sample`` without one, a sheet with it alone.

        - ``fields``: of its label, where it is written anew."""
        for path in paths:
            suffix = path.suffix.lower()
            if suffix in _SOUNDS:
                return _flac(path, fields) if fields else Asset(*sound(path))
            if suffix in _MIME and (self.medium != "sound"):
                return Asset(_MIME[suffix], path.read_bytes())
        if sample is not None:
            self._sheets += 1
            writer = self.raw if fields is None else self.run.writer()
            return Asset("image/png", writer.sheet([sample], self.folder / f"sheet-{self._sheets}.png").read_bytes())
        raise InputError(
            f"{self.run.host.domain.name} writes no file that a browser can show; "
            "its writer may return a picture beside each work",
            at="artgen export",
        )


def _as_played(run: LoadedRun) -> LoadedRun:
    """A run that writes sound at the rate at which the page makes it, so that a slider changes no more than the piece."""
    domain = run.host.domain
    if domain.rate is None or "rate" not in domain.output_settings:
        return run
    played = copy(run)
    played.config = played_with(run.config, domain, {"rate": domain.rate})
    return played


def as_trained(run: LoadedRun) -> SampleOptions:
    """Of the length that was trained where the settings name it: the shortest that says everything."""
    options, own = run.options(), getattr(run.config.domain, "seconds", None)
    return (
        replace(options, seconds=float(own))
        if options.seconds is not None and isinstance(own, int | float)
        else options
    )


def _title(direction: Direction, names: dict[str, str], number: int) -> str:
    found = names.get(direction.name, direction.name)
    return f"direction {number}" if found == direction.name and found[1:].isdigit() else found.replace("-", " ")


def _wave(data: np.ndarray, rate: int, path: Path) -> Path:
    """``[n]`` or ``[c, n]`` int16 as a WAV."""
    import soundfile

    soundfile.write(path, data.T, rate, "PCM_16")
    return path


def _flac(path: Path, fields: dict[str, str]) -> Asset:
    """A sound in less room with nothing lost, its label in it."""
    import soundfile

    samples, rate = _samples(path)
    out = io.BytesIO()
    soundfile.write(out, samples, rate, "PCM_16", format="FLAC")
    return Asset("audio/flac", with_packet(out.getvalue(), fields) or out.getvalue())


def _samples(path: Path) -> tuple[np.ndarray, int]:
    """``[n, c]`` int16 of a sound, and samples a second."""
    import soundfile

    return soundfile.read(path, dtype="int16", always_2d=True)


def _level(samples: np.ndarray) -> float:
    """Root of the mean square of int16 samples."""
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))


def _pixels(path: Path) -> np.ndarray:
    """A picture of a writer as ``[3, h, w]`` uint8."""
    from PIL import Image

    with Image.open(path) as image:
        return np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)


def _webp(data: np.ndarray, largest: int = _LARGEST) -> Asset:
    """``[c, h, w]`` uint8 as a WebP, its longer side ``largest`` pixels at most."""
    from PIL import Image

    color = data[:3] if data.shape[0] > 1 else data.repeat(3, 0)
    image = Image.fromarray(np.ascontiguousarray(np.moveaxis(color, 0, -1)))
    image.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=4, lossless=max(image.size) <= _SMALL)  # where every pixel is seen
    return Asset("image/webp", out.getvalue())
