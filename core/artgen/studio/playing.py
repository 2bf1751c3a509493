"""A run that the studio plays: facts about it, works as raw views, files with label and recipe.

Everything that the studio knows of a run's insides stands in this module.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artgen.api import Run, load
from artgen.contract.writer import Sample, SoundWriter, WalkWriter, Writer
from artgen.errors import InputError
from artgen.host.resolve import played_with
from artgen.inference.directions import Direction, find_any, moved, save_directions
from artgen.inference.latent import Latent, edited, render, seed_latent, varied
from artgen.inference.model import Mix
from artgen.inference.projections import load_projection
from artgen.inference.walk import Walk, Way, stem_of, walk
from artgen.judge.effects import with_effects
from artgen.judge.judging import judge_of
from artgen.nn.style import StyleGenerator
from artgen.provenance.label import finished
from artgen.runfolder.samples import stem
from artgen.runfolder.state import Between, State
from artgen.runtime.device import arithmetic, has_fast_bfloat16
from artgen.runtime.disk import make_folder, staged
from artgen.studio.parameters import parameters
from artgen.types import SampleOptions
from artgen.verbs.explore import suggestions

_LIVE = 60.0  # seconds of sound or film that are played; more is exported
_SMALL = 96  # pixels of a small picture
_SMALL_FRAMES = 8
_LARGE = 1024  # pixels of a picture on the page
_ENLARGED = 2**24  # bytes of a work that is enlarged to be seen: a slow core takes four seconds, and who plays waits
_ENVELOPE = 128  # columns of a small sound
_SHEET = 8  # works of a sheet
_MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
         ".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
         ".webm": "video/webm"}  # fmt: skip

View = tuple[dict[str, Any], bytes]


class Opened:
    """A run, open to be played. ``path``: its folder or checkpoint. ``how``: see ``artgen.load``."""

    def __init__(self, path: Path, **how: Any) -> None:
        self.path, self._how = path, how
        self.run: Run = load(path, **how)
        self._known = self._directions()
        self._rate: int | None = None
        self._enlargers: dict[int, Writer] = {}
        self._told: dict[str, Any] | None = None

    def newer(self) -> Opened:
        """The same run with the weights that lie in its folder now, ready to be played at once: loaded, told about and warm.
        It takes a third of a second, in another thread while this one plays."""
        found = Opened(self.path, **self._how)
        found._rate, found._enlargers = self._rate, dict(self._enlargers)  # of the settings, which stay
        if found.facts()["plays"]:
            found.sample(State())
        return found

    def turned(self, before: Opened) -> list[str]:
        """Names of directions that point the other way than ``before``."""
        old = {direction.name: direction.vector for direction in before._known}
        return [d.name for d in self._known if d.name in old and float(d.vector @ old[d.name]) < 0]

    def facts(self) -> dict[str, Any]:
        """What the page has to know: classes, style layers, directions with their effects, what can be asked of a work."""
        if self._told is None:
            found = self._facts()
            self._told = {**found, "parameters": [parameter.plain for parameter in parameters(found).values()]}
        return self._told

    def _facts(self) -> dict[str, Any]:
        run, model = self.run, self.run.model
        mirrored = {d.name for d in self._known if d.mirrored}
        names = suggestions([_mirrored(d) if d.name in mirrored else d for d in self._known])
        return {
            "plugin": run.config.run.plugin,
            "model": run.fingerprint(),
            "task": run.config.run.task,
            "plays": self._plays,
            "labels": list(run.labels),
            "layers": _layers(model.generator),
            "sampling": list(run.host.domain.sampling),
            "usual": {"seconds": self._usual_seconds(), "fps": self.film_rate(None)},
            "seen": run.seen,
            "seconds": run.seconds,
            "enlarges": self._enlarges,
            "enlarge": self._enlarge,
            "sides": list(model.spec.shape[-2:]),
            "walks": isinstance(run.writer(), WalkWriter),
            "measured": self._measured,
            "directions": [
                {"name": d.name, "number": number, "kind": d.kind, "mirrored": d.name in mirrored, "called": names.get(d.name),
                 "effects": [{"name": e.name, "strength": round(e.strength, 3)} for e in d.effects]}
                for number, d in enumerate(self._known, 1)
            ],
        }  # fmt: skip

    def view(self, state: State, small: bool = False, between: Between | None = None, enlarge: int = 1) -> View:
        """The work at ``state``, or ``between`` it and another, as the page shows it.

        - ``small``: as a thumbnail.
        - ``enlarge``: how many times as large, one of the facts ``enlarges``; in bfloat16 where the processor has units for it,
          which is four times as fast and at most 7 of 255 levels away. What would be too much for a page, as a film of a minute
          is, is shown as it is made.

        The head says ``grows`` of a picture or a film: whether it can be shown as large as the run saves it."""
        state = self._bounded(state)
        sample = self.sample(state, between)
        kind, data = _plain(self._larger(sample.data, enlarge))
        if kind == "file":
            return self._filed(sample)
        if kind == "picture":
            data = _at_most(data, _SMALL if small else _LARGE)
            head = {"height": data.shape[0], "width": data.shape[1], "grows": self._grows(sample.data, self._enlarge)}
            return {"kind": kind, **head}, data.tobytes()
        if kind == "film":
            rate = self.film_rate(state)
            if small:
                chosen = np.linspace(0, len(data) - 1, min(_SMALL_FRAMES, len(data))).round().astype(int)
                rate = rate * len(chosen) / len(data)
                data = np.stack([_at_most(frame, _SMALL) for frame in data[chosen]])
            head = {"frames": data.shape[0], "height": data.shape[1], "width": data.shape[2], "rate": rate}
            return {"kind": kind, **head, "grows": self._grows(sample.data, self._enlarge)}, data.tobytes()
        if small:
            envelope = _envelope(data)
            return {"kind": "envelope", "columns": len(envelope)}, envelope.tobytes()
        rate = self.sound_rate()
        if isinstance(self._plain_writer, SoundWriter):  # as it will be saved
            wave, rate = self._plain_writer.sound(sample)
            data = _plain(wave)[1]
        head = {"frames": data.shape[0], "channels": data.shape[1], "loop": state.loop}
        return {"kind": kind, **head, "rate": rate}, data.tobytes()

    def sample(self, state: State, between: Between | None = None) -> Sample:
        """The work at ``state``, or ``between`` it and another, as its codec decodes it. Raises InputError for a projected work
        that this run does not have."""
        if between is not None:
            return self._underway(state, between)
        return next(render(self.run.model, [self._latent(state)], self._options(state)))

    def metadata(self, state: State) -> dict[str, str]:
        """What a file says that is made at ``state``."""
        seed = state.projected or str(state.seed)
        if (
            state.seconds is None and "seconds" in self.run.host.domain.sampling
        ):  # the command line has another usual length
            state = state.model_copy(update={"seconds": self._usual_seconds()})
        return {**self.run.metadata(), "seed": seed, "label": "+".join(state.weights or {}), "recipe": state.recipe}

    def save(self, states: list[State], folder: Path, enlarge: int | None = None) -> list[Path]:
        """Write the works at ``states`` through the domain's writer, labelled and marked, each with its recipe.

        ``enlarge``: how many times as large, one of the facts ``enlarges``; anything else: as the run is set."""
        other = enlarge != self._enlarge and enlarge in self._enlarges
        run = load(self.path, settings={"enlarge": enlarge}) if other else self.run
        writer = run.writer()
        paths: list[Path] = []
        with staged(folder, lambda _old, _new: False) as work:
            for state in states:
                sample = self.sample(state)
                paths += writer.write(sample, work / _free(stem(sample), folder, work), self.metadata(state))
        return [folder / path.relative_to(work) for path in paths]

    def sheet(self, file: Path) -> None:
        """The works of the first seeds in one labelled PNG."""
        make_folder(file.parent)
        self.run.writer().sheet([self.sample(State(seed=seed)) for seed in range(_SHEET)], file)

    def film_rate(self, state: State | None) -> float:
        """Frames a second of a film at ``state``; None: of a state that asks for none."""
        asked = state.fps if state and "fps" in self.run.host.domain.sampling else None
        own = getattr(self.run.config.domain, "fps", None)
        return float(asked or self.run.host.domain.options.fps or (own if isinstance(own, int | float) else 12))

    @cached_property
    def _plain_writer(self) -> Writer:
        """The domain's writer, without labels."""
        return self.run.host.writer(self.run.config.domain)

    def sound_rate(self) -> int:
        """Samples a second of a sample, read off the first sound that the writer writes; only a writer knows it."""
        if self._rate is None:
            self._rate = self.run.host.domain.rate or self._written_rate()
        return self._rate

    def measure(self) -> None:
        """Measure what the directions change and keep them in the run folder. Each keeps its sign, so that a place that was found
        before stays the same place. Raises InputError for a run that is no folder."""
        self.run.needs_folder("studio", "directions are")
        judge = judge_of(self.run.host, self.run.config, self.run.model)
        found = with_effects(self.run.model, judge, self._known)
        kept = [
            new if float(new.vector @ old.vector) > 0 else _mirrored(new)
            for new, old in zip(found, self._known, strict=True)
        ]
        save_directions(self.path, kept, self.run.fingerprint())

    def walk(self, states: list[State], folder: Path, steps: int | None, loop: bool) -> list[Path]:
        """Write the change from state to state. Raises InputError where the domain cannot show one."""
        writer = self.run.writer()
        if not isinstance(writer, WalkWriter):
            raise InputError(f"{self.run.host.domain.name} has no way to show a walk")
        places = [state.projected or str(state.seed) for state in states]
        # two stars may have one seed, and a walk asks for stops of different names
        plan = Walk(tuple(f"{number}-{place}" for number, place in enumerate(places)), steps or writer.steps, loop)
        options = replace(self._options(self._bounded(states[0])), loop=False)
        made = walk(self.run.model, plan, [self._latent(state) for state in states], options)
        metadata = {**self.metadata(states[0]), "seed": " to ".join(places)}
        with staged(folder, lambda _old, _new: False) as work:
            name = stem_of(places)
            paths = writer.walk(made, work / name, states[0].fps, metadata)
            free = _free(name, folder)  # now: another walk may have been made meanwhile
            paths = [path.replace(path.with_name(free + path.name.removeprefix(name))) for path in paths]
        return [folder / path.relative_to(work) for path in paths]

    # ---- the insides

    @cached_property  # each work at rest asks for it
    def _enlarges(self) -> list[int]:
        """How many times as large works can be written, where the domain has a setting for it."""
        if "enlarge" not in self.run.host.domain.output_settings:
            return []
        field = self.run.config.domain.model_json_schema()["properties"]["enlarge"]
        return [size for size in field.get("enum", ()) if isinstance(size, int)]

    @property
    def _enlarge(self) -> int:
        """How many times as large the run writes its works; 1 where its setting is none of ``_enlarges``."""
        own = getattr(self.run.config.domain, "enlarge", 1)
        return own if own in self._enlarges else 1

    @property
    def _plays(self) -> bool:
        """The run makes works from nothing, instead of changing others."""
        return self.run.model.latent > 0 and not self.run.model.changes_works

    def _directions(self) -> list[Direction]:
        """Those of the run folder where they belong to these weights, else found anew, which takes a tenth of a second."""
        known = self.run.current_directions()
        self._measured = bool(known)
        return known or (find_any(self.run.model, 5) if self._plays else [])

    def _bounded(self, state: State) -> State:
        """What can be played at once: no hour of music while someone waits."""
        return state if state.seconds is None or state.seconds <= _LIVE else state.model_copy(update={"seconds": _LIVE})

    def _options(self, state: State) -> SampleOptions:
        """What has a meaning here; the rest of a state from elsewhere is left."""
        can = self.run.host.domain.sampling
        seconds = state.seconds if state.seconds is not None else self._usual_seconds()
        return SampleOptions(
            seconds=seconds if "seconds" in can else None,
            loop=state.loop and "loop" in can,
            fps=state.fps if "fps" in can and state.fps else self.run.host.domain.options.fps,
            motion=state.motion if "motion" in can else None,
        )

    def _usual_seconds(self) -> float | None:
        """The length that was trained where the settings name it, which is what is made quickest; else the domain's usual."""
        own = getattr(self.run.config.domain, "seconds", None)
        usual = self.run.host.domain.options.seconds
        return None if usual is None else round(float(own), 2) if isinstance(own, int | float) else usual

    def _grows(self, data: np.ndarray, times: int) -> bool:
        """Whether a raw item is enlarged for the page: where its domain can do that, and it takes no longer than one waits."""
        return times > 1 and times in self._enlarges and data.nbytes * times**2 <= _ENLARGED

    def _larger(self, data: np.ndarray, times: int) -> np.ndarray:
        """A raw item as the writer of the domain enlarges it."""
        if not self._grows(data, times):
            return data
        if times not in self._enlargers:
            config = played_with(self.run.config, self.run.host.domain, {"enlarge": times})
            self._enlargers[times] = self.run.host.writer(config.domain)
        with arithmetic(self.run.model.device, "bf16" if has_fast_bfloat16() else "auto"):
            return finished(self._enlargers[times], data)

    @torch.inference_mode()
    def _underway(self, state: State, between: Between) -> Sample:
        """What a walk shows on its way from one stop to the next."""
        stops = [self._latent(place) for place in (between.first, state, between.toward)]
        options = replace(self._options(self._bounded(between.first)), loop=False)
        return Way(self.run.model, stops, options).at(1, 2, between.share)

    @torch.inference_mode()
    def _latent(self, state: State) -> Latent:
        """The place of a state, with everything that it asks for."""
        model, mix, moves = self.run.model, self._mix(state), self._moves(state)
        model.check_latent()
        if state.projected is None:
            found = seed_latent(model, state.seed, self._weights(state), state.truncation, mix)
        else:
            kept = load_projection(self.run.home, state.projected, model, self.run.fingerprint())
            found = varied(model, kept, state.truncation, mix)
        return edited(found, (lambda vector: moved(vector, moves, self._known)) if moves else None)

    def _weights(self, state: State) -> dict[str, float] | None:
        """Of the classes of this run; a recipe of another run may name others."""
        own = {name: share for name, share in (state.weights or {}).items() if name in self.run.labels}
        return own or None

    def _moves(self, state: State) -> dict[str, float]:
        known = {direction.name for direction in self._known}
        return {name: amount for name, amount in state.moves.items() if amount and name in known}

    def _mix(self, state: State) -> Mix | None:
        generator = self.run.model.generator
        if state.mix is None or not isinstance(generator, StyleGenerator):
            return None
        last = generator.style_layers - 1
        first = min(state.mix.first, last)
        return Mix(state.mix.seed, first, None if state.mix.last is None else max(first, min(state.mix.last, last)))

    def _filed(self, sample: Sample) -> View:
        """A work that has no form the page knows, as the file that its own writer makes."""
        with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
            paths = self._plain_writer.write(sample, Path(folder) / "work", {})
            shown = next((path for path in paths if path.suffix.lower() in _MIME), None)
            if shown is None:  # a sheet is a picture whatever the domain
                shown = self._plain_writer.sheet([sample], Path(folder) / "sheet.png")
            suffix = shown.suffix.lower()
            return {
                "kind": "file",
                "medium": _MIME[suffix].partition("/")[0],
                "mime": _MIME[suffix],
            }, shown.read_bytes()

    def _written_rate(self) -> int:
        import soundfile

        with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
            sample = self.sample(State(seconds=0.5 if "seconds" in self.run.host.domain.sampling else None))
            for path in self._plain_writer.write(sample, Path(folder) / "work", {}):
                if _MIME.get(path.suffix.lower(), "").startswith("audio"):
                    return int(soundfile.info(path).samplerate)
        return 44_100


def _mirrored(direction: Direction) -> Direction:
    """The other way along the same line."""
    effects = tuple(replace(e, slope=-e.slope, strength=-e.strength) for e in direction.effects)
    return replace(direction, vector=-direction.vector, effects=effects)


def _layers(generator: torch.nn.Module) -> int:
    return generator.style_layers if isinstance(generator, StyleGenerator) else 0


def _free(name: str, *folders: Path) -> str:
    """A stem that no file in the folders has yet, so that nothing exported before is overwritten."""
    number, found = 1, name
    while any(any(folder.glob(f"{found}.*")) for folder in folders):
        number += 1
        found = f"{name}-{number}"
    return found


def _plain(data: np.ndarray) -> tuple[str, np.ndarray]:
    """Kind and form of a raw item: ``[h, w, 3]`` of a picture, ``[t, h, w, 3]`` of a film, ``[n, c]`` of a sound; anything else
    is shown as a file."""
    if data.dtype == np.uint8 and data.ndim in (3, 4) and data.shape[0] in (1, 3, 4):
        color = np.moveaxis(data[:3] if data.shape[0] > 1 else data.repeat(3, 0), 0, -1)
        return ("picture" if data.ndim == 3 else "film"), np.ascontiguousarray(color)
    if data.dtype == np.int16 and data.ndim in (1, 2) and (data.ndim == 1 or data.shape[0] <= 8):
        return "sound", np.ascontiguousarray(data[:, None] if data.ndim == 1 else data[:2].T)
    return "file", data


def _at_most(picture: np.ndarray, side: int) -> np.ndarray:
    """``[h, w, 3]``, smaller where it is larger than ``side``."""
    if max(picture.shape[:2]) <= side:
        return picture
    from PIL import Image

    small = Image.fromarray(picture)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small)


def _envelope(wave: np.ndarray) -> np.ndarray:
    """``[n, c]`` int16 to ``[columns, 2]`` int8: lowest and highest of each stretch."""
    edges = np.linspace(0, len(wave), min(_ENVELOPE, len(wave)) + 1).astype(int)
    rows = [(part.min(), part.max()) for part in np.split(wave, edges[1:-1])]
    return (np.asarray(rows) >> 8).astype(np.int8)
