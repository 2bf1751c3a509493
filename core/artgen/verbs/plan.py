"""What is asked of a training, resolved once into a frozen plan, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from artgen.contract.data import Source
from artgen.contract.domain import Domain, StartWeights
from artgen.contract.settings import EMBEDDED, SHIPPED, RunConfig
from artgen.contract.task import Task
from artgen.data.classes import FOLDERS
from artgen.data.scan import Tell
from artgen.data.shards import Shards
from artgen.data.sources import Sources, data_source, found_again, own_name, style_for, style_source
from artgen.data.store import cache_folder, open_store
from artgen.errors import InputError, nearest
from artgen.host import Host, discover
from artgen.host.resolve import domain_of, on_this_machine, parse, read_toml, resolve
from artgen.inference.expected_tensors import expected_tensors
from artgen.runfolder import checkpoint
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.locate import find_checkpoint, newest_folder, next_folder
from artgen.runtime.budget import Budget, parse_budget
from artgen.verbs.elsewhere import naming_readers

RUNS = Path("runs")
SCRATCH = "scratch"


@dataclass(frozen=True)
class TrainRequest:
    """What is asked of ``artgen.run``; see there."""

    data: Path | str | None = None
    style: Path | None = None
    task: Task = "generate"
    preset: str | None = None
    budget: str | None = None
    images: str | None = None
    out: Path | None = None
    resume: bool = False
    seed: int = 0
    device: str = "auto"
    sets: Sequence[str] = ()
    config: Path | None = None
    init: str | None = None
    extras: Sequence[str] = ()
    classes: str | None = None
    include_made: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Start:
    """A checkpoint that a new run may start from.

    - ``title``: what the run calls it.
    - ``weights``: the plugin's own, None for a run of the person.
    - ``asked``: named by ``--init``, so that it is taken or refused, never left aside.
    """

    path: Path
    title: str
    weights: StartWeights | None = None
    asked: bool = False


@dataclass(frozen=True)
class Plan:
    """A training that can begin: nothing in it changes any more.

    - ``config``: with the names of the prepared data and the budget.
    - ``sources``: the files, None where the prepared data is used.
    - ``tuned``: the settings by the name of the shipped weights that it starts from, "" where it starts from a run.
    - ``budget``: of all sessions together.
    - ``starts``: checkpoints that a new run may start from, the best first; none: from nothing.
    - ``resume``: go on from the checkpoint in ``folder``.
    - ``fresh``: prepare the data anew.
    """

    host: Host
    folder: RunFolder
    config: RunConfig
    sources: Sources
    budget: Budget
    starts: tuple[Start, ...]
    resume: bool
    tuned: Mapping[str, RunConfig] = field(default_factory=dict)
    fresh: bool = False

    def begun_from(self, start: Start | None) -> Plan:
        """The same with the start that fits the networks, known once they are built for the data."""
        run = self.config.run.model_copy(update={"start": start.title if start else None})
        tuned = self.tuned[start.weights.name if start.weights else ""] if start else self.config
        config = self.config.model_copy(update={"run": run, "train": tuned.train, "domain": tuned.domain})
        return replace(self, config=config, starts=(start,) if start else ())


def make_plan(plugin: str | None, request: TrainRequest, *observers: object, tell: Tell | None = None) -> Plan:
    """Refuse everything that can be refused before data is read. ``tell`` hears what takes long.

    Raises InputError for what is asked wrongly, PluginError for a plugin that is broken."""
    host, folder = _cast(plugin, request, observers)
    with naming_readers(host.domain):
        return _resumed(host, folder, request) if request.resume else _new(host, folder, request, tell)


def refuse_second(folder: RunFolder) -> None:
    """Raises InputError where the folder holds a run already."""
    if folder.holds_run:
        raise InputError(
            "holds a run already; go on with it by --resume or choose another folder",
            at="--out",
            value=folder.path,
            page=f"the folder {folder.path.name} holds a run already; go on with that one",
        )


def begun_folder(request: TrainRequest) -> RunFolder:
    """The run that is meant where one is there: that of ``--out``, or the newest. Raises InputError where there is none."""
    return RunFolder(request.out or newest_folder(RUNS))


def resumed_folder(request: TrainRequest) -> RunFolder | None:
    """The run that ``--resume`` goes on with, before anything of it is read; None where a new run begins, or none is found."""
    if not request.resume:
        return None
    try:
        return begun_folder(request)
    except InputError:
        return None


def restarted(request: TrainRequest) -> TrainRequest:
    """What a process that torchrun has started anew does: go on with the run of the same command, if it got to a checkpoint."""
    folder = begun_folder(request)
    if not folder.checkpoint.is_file():
        folder.config.unlink(missing_ok=True)
        return replace(request, out=folder.path)
    kept = {
        "classes": None,
        "include_made": False,
        "fresh": False,
        "preset": None,
        "config": None,
        "init": None,
        "sets": (),
        "budget": None,
        "images": None,
    }
    return replace(request, out=folder.path, resume=True, **kept)


def _cast(plugin: str | None, request: TrainRequest, observers: tuple[object, ...]) -> tuple[Host, RunFolder]:
    """The plugin and the run folder that are meant, before anything is made. A resumed run says its plugin itself."""
    extras = tuple(request.extras)
    if plugin is None and not request.resume:
        raise InputError(f"say what to make; {nearest('', [f.name for f in discover()])}", at="--plugin")
    if plugin is None:
        folder = begun_folder(request)
        return Host(_plugin_of(folder), extras, observers), folder
    host = Host(plugin, extras, observers)
    usual = newest_folder(RUNS) if request.resume and not request.out else next_folder(RUNS, plugin)
    return host, RunFolder(request.out or usual)


def _new(host: Host, folder: RunFolder, request: TrainRequest, tell: Tell | None) -> Plan:
    domain = domain_of(host.domain, request.task)
    refuse_second(folder)
    budget = parse_budget(request.budget, request.images, domain.budget)
    section: dict[str, Any] = {
        "plugin": domain.name,
        "task": request.task,
        "seed": request.seed,
        "classes": request.classes or FOLDERS,
        "include_made": request.include_made,
    }
    style = style_for(request.task, domain, request.style, request.include_made)
    if style is not None:
        section["style"] = own_name(request.style.name) if request.style else EMBEDDED
    sources = Sources(data_source(domain, request.data, request.classes or FOLDERS, request.include_made, tell), style)
    section["data"] = sources.name(request.data)
    config = resolve(host.domain, section, request.preset, request.config, request.sets)
    sources.fit(domain.name, config.domain)
    config = _completed(host, config, sources, budget)
    starts = _starts(domain, request)
    tuned = {
        start.weights.name if start.weights else "": resolve(
            host.domain,
            section,
            request.preset,
            request.config,
            request.sets,
            True,
            start.weights and start.weights.output,
        )
        for start in starts
    }
    return Plan(host, folder, config, sources, budget, starts, resume=False, tuned=tuned, fresh=request.fresh)


def _resumed(host: Host, folder: RunFolder, request: TrainRequest) -> Plan:
    config = on_this_machine(_config_of(host, folder), host.domain, request.sets)
    kept = (("preset", request.preset), ("config", request.config), ("init", request.init),
            ("classes", request.classes), ("fresh", request.fresh), ("include-made", request.include_made))  # fmt: skip
    for flag in [name for name, value in kept if value]:
        raise InputError(
            "a resumed run keeps its settings; start a new one to change them", at=f"--{flag} with --resume"
        )
    domain = host.domain.of(config.run.task)
    budget = Budget(config.run.budget_seconds, config.run.budget_items)
    if request.budget or request.images:  # a new one is added to what was done
        asked, done = (
            parse_budget(request.budget, request.images, domain.budget),
            checkpoint.read_header(folder.checkpoint).state,
        )
        budget = Budget(
            seconds=done.get("seconds", 0.0) + asked.seconds if asked.seconds else None,
            items=int(done.get("seen", 0)) + asked.items if asked.items else None,
        )
    sources = _lost(domain, config, request, host.code)
    return Plan(host, folder, _completed(host, config, sources, budget), sources, budget, (), resume=True)


def _completed(host: Host, config: RunConfig, sources: Sources, budget: Budget) -> RunConfig:
    """The config with the names of the prepared data and the budget."""
    names = sources.fingerprints(config.domain, host.code)
    update = {**names, "budget_seconds": budget.seconds, "budget_items": budget.items}
    return config.model_copy(update={"run": config.run.model_copy(update=update)})


def _starts(domain: Domain, request: TrainRequest) -> tuple[Start, ...]:
    """Where a new run may start from: the shipped weights or the run named by ``--init``; else the weights that the plugin
    brings, of those that fit the networks the nearest to the data; nothing with ``scratch``, and toward a style of the person,
    because weights that ship know the style that ships.

    Raises InputError for a name that is neither."""
    init = request.init
    if init == SCRATCH or (init is None and request.style is not None):
        return ()
    shipped = {start.name: Start(start.path, f"{SHIPPED}{start.name}", start) for start in domain.named_starts}
    if init is None:
        return tuple(shipped.values())
    if init in shipped:
        return (replace(shipped[init], asked=True),)
    if shipped and not Path(init).exists() and Path(init).name == init:
        raise InputError(
            f"neither a run nor a start that ships; {nearest(init, [*shipped, SCRATCH])}", at="--init", value=init
        )
    return (Start(find_checkpoint(Path(init)), Path(init).name, asked=True),)


def _lost(domain: Domain, config: RunConfig, request: TrainRequest, plugin: str) -> Sources:
    """The files that a resumed run has to prepare anew. Raises InputError where they have to be named again."""

    section = config.run

    def lost(flag: Literal["--data", "--style"]) -> Source | Shards | None:
        """The works of one kind, None where their prepared form is there."""
        style = flag == "--style"
        given, name = (request.style, section.style) if style else (request.data, section.data)
        prepared = section.style_prepared if style else section.prepared
        if name is None or (given is None and open_store(cache_folder() / prepared) is not None):
            return None
        if given is None and name != EMBEDDED:
            source = found_again(domain, config, plugin, flag)
            if source is None:
                gone = f"the prepared data of {name} is gone"
                page = f"{gone}; drop the works again for a new run"
                raise InputError(f"{gone}; give it again with {flag}", at="--resume", page=page)
            return source
        if style:
            return style_source(domain, request.style, section.include_made)
        return data_source(domain, given, section.classes, section.include_made)

    if section.style is None:
        style_for(section.task, domain, request.style)  # refuses one that is given
    style = lost("--style")
    assert not isinstance(style, Shards)
    found = Sources(lost("--data"), style)
    found.fit(domain.name, config.domain)
    return found


def _plugin_of(folder: RunFolder) -> str:
    if not folder.holds_run:
        raise InputError(f"{folder.path} holds no run", at="--resume", page="this folder holds no run any more")
    section = read_toml(folder.config).get("run")
    return str(section.get("plugin")) if isinstance(section, dict) else ""


def _config_of(host: Host, folder: RunFolder) -> RunConfig:
    theirs = _plugin_of(folder)
    if theirs != host.domain.name:
        raise InputError(
            f"{folder.path} is a run of plugin {theirs}, not {host.domain.name}", at="--resume",
            page=f"this is a run of {theirs}, not of {host.domain.name}",
        )  # fmt: skip
    if not folder.checkpoint.is_file():
        raise InputError(
            f"{folder.path} ended before its first checkpoint; start anew in another folder",
            at="--resume",
            page="this run ended before its first checkpoint; start a new one",
        )
    config = parse(host.domain, read_toml(folder.config))
    # a run folder may be a stranger's: nothing is built beyond what it holds
    expected_tensors(host, config, folder.checkpoint)
    trained = parse(host.domain, checkpoint.read_header(folder.checkpoint).config).domain.model_dump()
    for name, value in config.domain.model_dump().items():
        if trained[name] != value:
            raise InputError(
                f"{name} is {value}, but its checkpoint was trained with {trained[name]}; put it back, or start "
                "anew in another folder",
                value=folder.config,
            )
    return config
