"""What a plugin says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from artgen.contract.deprecated import renamed_fields
from artgen.contract.options import SampleOptions
from artgen.contract.task import Task

if TYPE_CHECKING:
    from artgen.contract.settings import DomainConfig


@dataclass(frozen=True)
class StartWeights:
    """Weights that ship with a plugin, from which a new run may start.

    - ``path``: a checkpoint, such as ``artgen slim`` writes. A picture of what it makes may lie beside it, of the same name
      with the ending ``.webp``; a page shows that at once, and draws one where there is none.
    - ``name``: what a person calls it, as in ``--init NAME``.
    - ``output``: values for ``output_settings`` of the domain that suit these weights. They count where neither the
      person nor the preset sets them.
    - ``title``: what a page calls it; empty: its name.
    """

    path: Path
    name: str
    output: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    @property
    def look(self) -> Path:
        """Where the picture of its works lies, if it has one."""
        return self.path.with_suffix(".webp")


@dataclass(frozen=True)
class Size:
    """A preset that a page offers to a person who only wants to say how large.

    - ``text``: what the person gets, in a few words: ``64 pixels, good after minutes``.
    - ``gpu``: without a GPU it learns too slowly to be of use.
    """

    text: str
    gpu: bool = False


@dataclass(frozen=True)
class TaskDefaults:
    """What a domain sets otherwise for one of its tasks; None: as for the others. ``train`` and the tunings are laid over the
    domain's own. ``sizes``: None is none where the task has a preset of its own, whose networks are others."""

    embedded: Path | None = None
    style: Path | None = None
    preset: str | None = None
    start: Path | StartWeights | tuple[Path | StartWeights, ...] | None = None
    budget: str | None = None
    train: Mapping[str, Any] = field(default_factory=dict)
    tuning: Mapping[str, Any] = field(default_factory=dict)
    tuning_embedded: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Size] | None = None


@renamed_fields(ask="options")
@dataclass(frozen=True)
class Domain:
    """What a plugin says about itself; pure data, answered without reading files or importing torch.

    - ``suffixes``: file endings that ``artgen_prepare`` reads, lower case with the dot.
    - ``needs``: endings among them that are read only where an optional module is installed: ending -> the module, and what pip
      installs it by: ``{".heic": ("pillow_heif", "artgen-suite[heic]")}``.
    - ``embedded``: folder of data that ships with the plugin, used when the user gives none.
    - ``presets``: name -> TOML file with a diff against the defaults.
    - ``preset``: the one used when none is asked for.
    - ``train``: the domain's own defaults for the ``train`` section.
    - ``tuning``: what ``train`` is instead where a run starts from weights, shipped ones or those of ``--init``, and
      the person set nothing: gentler rates, a longer average. How long, how often and how strongly only, nothing that
      builds networks or data.
    - ``tuning_embedded``: laid over ``tuning`` where a run learns the embedded data, which the weights that ship have learned
      already: gentler still, so that more training does not make them worse.
    - ``start``: checkpoint, or several, from which a new run starts: from the first with the same networks, or, of
      several that have them, from the one whose data is most like the person's (``artgen_start_distances``). A
      StartWeights can be named by the person; a path is named as its file. A training toward a style of the person starts
      from none that is not named: they know the style that ships.
    - ``budget``: how long a run takes when nothing is said.
    - ``options``: what a sample is when nothing more is said.
    - ``sampling``: which fields of SampleOptions have a meaning here.
    - ``style``: folder of works that ships with the plugin, toward which the task style moves others when the user
      gives none.
    - ``defaults``: what differs for a task.
    - ``output_settings``: settings of ``config`` that only the writer reads, so that they may be changed whenever a
      trained run is played.
    - ``rate``: samples a second of its sounds, where all have the same.
    - ``sizes``: the presets that differ in size alone, smallest first: what a page offers under *How large*.
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
    start: Path | StartWeights | tuple[Path | StartWeights, ...] | None = None
    budget: str = "5m"
    options: SampleOptions = field(default_factory=SampleOptions)
    sampling: tuple[Literal["seconds", "loop", "fps", "motion", "moments"], ...] = ()
    train: Mapping[str, Any] = field(default_factory=dict)
    style: Path | None = None
    defaults: Mapping[Task, TaskDefaults] = field(default_factory=dict)
    output_settings: tuple[str, ...] = ()
    rate: int | None = None
    tuning: Mapping[str, Any] = field(default_factory=dict)
    tuning_embedded: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sizes: Mapping[str, Size] = field(default_factory=dict)

    @property
    def starts(self) -> tuple[Path, ...]:
        """Every checkpoint of ``start``."""
        return tuple(start.path for start in self.named_starts)

    @property
    def named_starts(self) -> tuple[StartWeights, ...]:
        """Every entry of ``start``, with its name."""
        given = self.start if isinstance(self.start, tuple) else (self.start,) if self.start is not None else ()
        return tuple(StartWeights(one, one.stem) if isinstance(one, Path) else one for one in given)

    def of(self, task: Task) -> Domain:
        """The domain as it is for one task."""
        own = self.defaults.get(task, TaskDefaults())
        names = ("embedded", "style", "preset", "start", "budget")
        update: dict[str, Any] = {name: value for name in names if (value := getattr(own, name)) is not None}
        if (
            own.embedded is not None or own.preset is not None
        ):  # weights of other data, or of other networks, are no start
            update["start"] = own.start
            update["tuning"] = update["tuning_embedded"] = {}
        if own.sizes is not None or own.preset not in (None, self.preset):
            update["sizes"] = own.sizes or {}
        for name in ("train", "tuning", "tuning_embedded"):
            update[name] = {**update.get(name, getattr(self, name)), **getattr(own, name)}
        return replace(self, **update)
