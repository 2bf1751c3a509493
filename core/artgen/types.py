"""Axis glossary, the frozen values that travel through artgen, and the protocols a domain implements.

Axis names used in every docstring:

``b`` items of a batch · ``k`` classes (0 when unconditional) · ``z`` latent size · ``w`` style size ·
``c`` channels · ``h``, ``w`` rows, columns · ``t`` time steps · ``n`` samples of a waveform · ``f`` features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from artgen.changes import Layered, Opened, Reconstructs, Translator, WorkCodec

if TYPE_CHECKING:  # torch and numpy cost a second to import; listing plugins must not pay it
    import numpy as np
    import torch
    from torch import Tensor, nn

    from artgen.config import DomainConfig

Task = Literal["generate", "translate", "colorize", "style", "reconstruct"]
GIVEN: tuple[Task, ...] = ("translate", "colorize", "style")  # their generator is given a work instead of a latent

__all__ = [
    "GIVEN", "Ask", "Codec", "DataSpec", "Domain", "Draws", "Features", "Finishes", "Generator", "HeatWriter", "Judge",
    "Layered", "Networks", "Opened", "PicksMoments", "Prepared", "RawItem", "Reconstructs", "RunInfo", "Sample", "Skipped",
    "Source", "SourceFile", "Stats", "Task", "TaskDefaults", "Translator", "Views", "WalkWriter", "WorkCodec", "Writer",
]  # fmt: skip


@dataclass(frozen=True)
class SourceFile:
    """A file of the user's folder. ``path`` is absolute; ``name`` is relative to the folder, with forward slashes."""

    path: Path
    name: str
    label: str | None


@dataclass(frozen=True)
class Source:
    """What there is to learn from: the files of one folder, in a stable order, and the class names of its sub-folders."""

    root: Path
    files: tuple[SourceFile, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class RawItem:
    """One prepared training item in compact form.

    ``data``: uint8 or int16 array; every item of a run has the same shape and dtype.
    ``label``: class name or None. ``origin``: the file it came from. Items of one origin are never split between the
    training part and the held-out part.
    """

    data: np.ndarray
    label: str | None
    origin: str


@dataclass(frozen=True)
class Skipped:
    """A file that could not be used, and why, in words that a user can act on."""

    name: str
    reason: str


@dataclass(frozen=True)
class DataSpec:
    """What the networks have to fit, measured from one encoded item instead of configured twice.

    ``shape``: shape of one encoded item without the batch axis. ``labels``: class names, empty when unconditional.
    """

    shape: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def classes(self) -> int:
        """Number of classes, 0 when unconditional."""
        return len(self.labels)


@dataclass(frozen=True)
class Ask:
    """What a person asks of a sample beyond its seed. A domain ignores what has no meaning for it.

    ``seconds``: length; None means the length that was trained. ``loop``: the end runs into the beginning without a
    seam. ``fps``: frames a second, for films. ``motion``: seed of everything that is drawn beside z (the motion of a film, the
    course of a piece); None: that of the sample. ``moments``: time in seconds at each frame of a film, rising, instead of
    an even pace; ``fps`` frames of it are still shown a second.
    """

    seconds: float | None = None
    loop: bool = False
    fps: float | None = None
    motion: int | None = None
    moments: tuple[float, ...] | None = None


class Draws(Protocol):
    """The only source of randomness of a generator; one stream per sample, so that a sample depends on its own seed only."""

    @property
    def batch(self) -> int:
        """Samples that are made at once, b."""
        ...

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers ``[b, *shape]`` on the device of the model."""
        ...


class Codec(Protocol):
    """Raw item <-> model tensor in [-1, 1] (softly: whitened codes may pass it). An ``nn.Module`` without gradients.

    Whatever ``fit`` learns lives in buffers, travels in the checkpoint, and is enough to decode without the data.
    """

    def fit(self, raw: Tensor) -> None:
        """Learn whatever the codec needs from ``[b, *item]``, an even spread of the training items. May do nothing."""
        ...

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Variations that are equally true of the data (a random crop, a mirror image): ``[b, *item] -> [b, *crop]``.

        Only real items pass here, so unlike an augmentation it must not be something a sample should never show."""
        ...

    def encode(self, raw: Tensor) -> Tensor:
        """``[b, *crop]`` integers to ``[b, *shape]`` float32. Without ``vary`` the middle of a longer item is taken."""
        ...

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """``[b, *shape]`` float32 to raw integers; longer than trained where the domain allows.

        ``loop`` (no seam from end to beginning) is only passed to domains whose ``sampling`` lists it."""
        ...


@runtime_checkable
class Views(Protocol):
    """A Codec whose encoded items are no place to point at (mixtures, components): it opens them to a view that is, for ``artgen
    explain``. Both ways are differentiable, and ``unview(view(x))`` is ``x``."""

    def view(self, x: Tensor) -> Tensor:
        """``[b, *shape]`` to ``[b, c, ...]`` with one to three axes of places (time, pitch, rows, columns)."""
        ...

    def unview(self, view: Tensor) -> Tensor:
        """The way back."""
        ...


class Generator(Protocol):
    """``nn.Module``: latent, class weights and draws to encoded items.

    One derived from ``artgen.nn.StyleGenerator`` (mapping network, then synthesis) gets truncation, style mixing, walks
    and directions from the core.
    """

    def __call__(self, z: Tensor, condition: Tensor, draws: Draws, ask: Ask = ...) -> Tensor:
        """Latents ``[b, z]``, class weights ``[b, k]`` that sum to one, and draws to encoded items ``[b, *shape]``."""
        ...


@dataclass(frozen=True)
class Networks:
    """What a domain builds for a task.

    ``generator``: see Generator. ``discriminator``: ``(x, condition) -> [b, k]`` logits, any k >= 1 (local and global
    ones are averaged by the loss); None for reconstruction. ``latent``: size of z. ``augment``: differentiable
    ``(x, strength in [0, 1], rng) -> x`` that both reals and fakes pass before the discriminator; None: none.
    ``glimpse``: the part of real items that a training step looks at, where a generator in training mode makes no more than
    such a part (a few frames of a film); chosen by the seed that torch was given for the step. ``feature_sources``: frozen
    networks of others through which the discriminator looks, by name: samples are made to look right to them, so figures of
    quality from the same features would flatter.

    Where works are changed instead of made (see Translator): ``given``: how many leading channels of an item are the source; the
    others are the target; all of them where sources and targets are no pairs (style). ``window``: sizes of the axes behind the
    channels over which the generator slides where a work is larger; smaller works pass as they are. None: exactly the
    trained size. ``steady``: ``(source, result) -> scalar``, how restless a result is that its source is not (flicker of a
    film), weighted by ``steady_weight``.
    """

    generator: nn.Module
    discriminator: nn.Module | None
    latent: int
    augment: Callable[[Tensor, float, torch.Generator], Tensor] | None = None
    glimpse: Callable[[Tensor], Tensor] | None = None
    given: int = 0
    window: tuple[int, ...] | None = None
    steady: Callable[[Tensor, Tensor], Tensor] | None = None
    feature_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One generated, decoded item and how it came to be; what a writer gets.

    ``data``: raw integers as the codec decodes them, without the batch axis."""

    data: np.ndarray
    seed: int
    label: str | None
    ask: Ask = Ask()


@runtime_checkable
class Writer(Protocol):
    """Turns samples into the files a person opens. What it writes, ``artgen_prepare`` of the same plugin can read."""

    def write(self, sample: Sample, stem: Path, notes: Mapping[str, str]) -> list[Path]:
        """Write one sample as ``stem`` plus suffixes; ``notes`` (how it was made) goes into the format's metadata.

        The first path is the work itself, further ones accompany it (a spectrogram beside the sound)."""
        ...

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        """One PNG that shows all samples at a glance (a contact sheet), ``columns`` of them in a row where they belong
        together (source, result, target); None: as the domain finds right."""
        ...


@runtime_checkable
class WalkWriter(Protocol):
    """A Writer that can also show a walk: samples that change little by little, from one seed to the next.

    ``steps``: samples between two seeds when nothing is said."""

    steps: int

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, notes: Mapping[str, str]) -> list[Path]:
        """Write the walk as ``stem`` plus suffixes, the work itself first. ``fps``: samples a second, for those who show one
        after the other."""
        ...


@runtime_checkable
class PicksMoments(WalkWriter, Protocol):
    """A WalkWriter that shows only a part of each sample of a walk, a frame of a film: no more than that is finished and
    marked."""

    def moment(self, sample: Sample, number: int, fps: float | None) -> Sample:
        """What the walk shows of its sample ``number``."""
        ...


@runtime_checkable
class Finishes(Protocol):
    """A Writer with a step between the sample and its files: a picture is enlarged, for instance. It comes before the invisible
    mark, which is then as fine as the file's pixels."""

    def finish(self, data: np.ndarray) -> np.ndarray:
        """Raw integers as a codec decodes them to raw integers of the same kind, of any size."""
        ...


@runtime_checkable
class HeatWriter(Protocol):
    """A Writer that draws maps over its items itself, with the axes of its domain; the core draws pictures, films and curves."""

    def heat(self, view: np.ndarray, heats: Mapping[str, np.ndarray], path: Path) -> Path:
        """One PNG: an item as its codec views it (see Views), ``[c, ...]``, and beside it every map of ``heats`` ``[...]`` under
        its name; maps with negative values have their neutral colour at zero."""
        ...


class Features(Protocol):
    """A named view of raw items on which distances mean something to a person."""

    name: str

    def __call__(self, raw: Tensor) -> Tensor:
        """``[b, *item]`` raw integers to ``[b, f]`` float32."""
        ...


@dataclass(frozen=True)
class Judge:
    """How a domain wants to be judged.

    ``features``: the embedding for FID/KID-like distances. ``statistics``: named scalar descriptors per item,
    ``raw -> {name: [b]}``, compared with the real set by Wasserstein-1 distance. ``count``: samples per class that are judged
    at the end of a run. ``attributes``: more descriptors of the same form that a person would name a work by (loudness,
    tempo); they are not compared, but with the statistics and the core's own they say what a direction changes.

    Where works are changed (see WorkCodec), all of raw works ``[b, *work]``: ``closeness(result, truth)``: named figures ``[b]``
    of how near a result comes to the truth, higher is nearer. ``content(source, result)``: named shares ``[b]`` of what is kept
    of a source, 1 is all. ``baselines``: simple ways to do the task, ``(sources [b, *work], works [n, *work]) -> results
    [b, *work]`` from the wanted works of the training (style: the style), which a training has to beat.
    """

    features: Features
    statistics: Callable[[Tensor], Mapping[str, Tensor]] | None = None
    count: int = 48
    closeness: Callable[[Tensor, Tensor], Mapping[str, Tensor]] | None = None
    content: Callable[[Tensor, Tensor], Mapping[str, Tensor]] | None = None
    baselines: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = field(default_factory=dict)
    attributes: Callable[[Tensor], Mapping[str, Tensor]] | None = None


@dataclass(frozen=True)
class TaskDefaults:
    """What a domain sets otherwise for one of its tasks; None: as for the others. ``train`` is laid over the domain's own."""

    embedded: Path | None = None
    style: Path | None = None
    preset: str | None = None
    start: Path | tuple[Path, ...] | None = None
    budget: str | None = None
    train: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Domain:
    """What a plugin says about itself; pure data, answered without reading files or importing torch.

    ``suffixes``: file endings that ``artgen_prepare`` reads, lower case with the dot. ``embedded``: folder of data that
    ships with the plugin, used when the user gives none. ``presets``: name -> TOML file with a diff against the
    defaults; ``preset`` is the one used when none is asked for. ``train``: the domain's own defaults for the ``train`` section.
    ``start``: checkpoint, or several, from which a new run starts: from the first with the same networks. ``budget``: how long
    a run takes when nothing is said. ``ask``: what a sample is when nothing more is said. ``sampling``: which fields of Ask have
    a meaning here.
    ``style``: folder of works that ships with the plugin, toward which the task style moves others when the user gives none.
    ``defaults``: what differs for a task. ``playing``: settings of ``config`` that only the writer reads, so that they may be
    changed whenever a trained run is played.
    """

    name: str
    api: int
    summary: str
    config: type[DomainConfig]
    suffixes: tuple[str, ...]
    tasks: tuple[Task, ...] = ("generate",)
    models: tuple[str, ...] = ()
    presets: Mapping[str, Path] = field(default_factory=dict)
    preset: str | None = None
    embedded: Path | None = None
    start: Path | tuple[Path, ...] | None = None
    budget: str = "5m"
    ask: Ask = Ask()
    sampling: tuple[Literal["seconds", "loop", "fps", "motion", "moments"], ...] = ()
    train: Mapping[str, Any] = field(default_factory=dict)
    style: Path | None = None
    defaults: Mapping[Task, TaskDefaults] = field(default_factory=dict)
    playing: tuple[str, ...] = ()

    @property
    def starts(self) -> tuple[Path, ...]:
        """Every checkpoint of ``start``."""
        return (self.start,) if isinstance(self.start, Path) else self.start or ()

    def of(self, task: Task) -> Domain:
        """The domain as it is for one task."""
        own = self.defaults.get(task, TaskDefaults())
        names = ("embedded", "style", "preset", "start", "budget")
        update: dict[str, Any] = {name: value for name in names if (value := getattr(own, name)) is not None}
        if (
            own.embedded is not None or own.preset is not None
        ):  # weights of other data, or of other networks, are no start
            update["start"] = own.start
        return replace(self, train={**self.train, **own.train}, **update)


@dataclass(frozen=True)
class RunInfo:
    """What observers learn about a run. ``settings``: the resolved config as plain values."""

    folder: Path
    plugin: str
    task: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Stats:
    """One report of the training: ``seen`` training items so far, seconds of training, share of the budget spent, and
    named scalars (losses, probabilities, speeds), averaged since the last report."""

    seen: int
    seconds: float
    progress: float
    values: Mapping[str, float]


Prepared = Iterator[RawItem | Skipped]
