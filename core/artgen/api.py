"""The same verbs as the command line, for Python: ``artgen.run`` trains, ``artgen.load`` opens a run, ``Run.sample`` plays it.

run = artgen.run("music", budget="3m")
pieces = run.sample(seeds=range(8), label="rock", seconds=30, out="pieces")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from artgen import config as configs
from artgen.budget import Budget, parse_budget
from artgen.config import RunConfig
from artgen.data.shards import Shards
from artgen.data.sources import EMBEDDED, Sources, data_source, style_source
from artgen.data.store import MINIMUM, Store, cache_folder, open_store, write_store
from artgen.data.stream import stream
from artgen.disk import clear_strays, write_atomic
from artgen.errors import ArtgenError, InputError, nearest
from artgen.host import Host, discover
from artgen.play import Run, to_path
from artgen.progress import Progress, Quiet, Silent
from artgen.provenance.manifest import Signer
from artgen.report.words import count
from artgen.runfolder import RunFolder, find_checkpoint, newest_folder, next_folder
from artgen.train import checkpoint
from artgen.train.device import choose_device, use_cores
from artgen.train.outline import outline
from artgen.train.session import Session, resume, write_config
from artgen.train.trainer import Trainer
from artgen.train.transfer import fits, transfer
from artgen.train.world import World, joined
from artgen.types import Domain, Source, Task

RUNS = Path("runs")
SCRATCH = "scratch"


@dataclass(frozen=True)
class Order:
    """What is asked of ``run``; see there."""

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


def dry_run(plugin: str | None, **wishes: Any) -> str:
    """Everything that ``run`` would refuse before it reads data is refused; the resolved settings as TOML otherwise."""
    order = _order(**wishes)
    choose_device(order.device)
    host, folder = _cast(plugin, order)
    config, _ = plan(host, order, folder)
    return configs.to_toml(config.plain())


def run(plugin: str | None = None, *, data: str | Path | None = None, style: str | Path | None = None,
        out: str | Path | None = None, config: str | Path | None = None, progress: Progress | None = None,
        **wishes: Any) -> Run:  # fmt: skip
    """Train ``plugin`` on ``data`` (a folder, a folder of shards or their address; None: its embedded data) and return the
    finished run. A resumed run knows its plugin. ``style``: folder or file toward which the task style moves the works of
    ``data``.

    ``wishes``: task, preset, init (a run, or "scratch"), budget (``"3m"``), images (``"200k"``), resume, seed, device,
    sets (``["lr_g=0.001"]``), extras (names of observer plugins), as on the command line.

    Raises InputError for wrong wishes or data, before anything is trained; PluginError for what a plugin does wrong;
    TrainingError when the training diverges after all recoveries; StorageError; Stopped after a signal, when all is saved.
    """
    order = _order(data, style, out, config, **wishes)
    with joined() as world:
        return _run(plugin, order, progress or Quiet(), world)


def _order(data: str | Path | None = None, style: str | Path | None = None, out: str | Path | None = None,
           config: str | Path | None = None, **wishes: Any) -> Order:  # fmt: skip
    return Order(data=data, style=to_path(style), out=to_path(out), config=to_path(config), **wishes)


def _run(plugin: str | None, order: Order, progress: Progress, world: World) -> Run:
    from artgen.report.tensorboard import TensorBoardLog

    use_cores()
    device = choose_device(order.device, world.local)
    if world.restarted:
        order = _again(order)
    host, folder = _cast(plugin, order, TensorBoardLog())
    config, found = plan(host, order, folder)
    signer = Signer() if config.train.c2pa and world.first else None
    if not config.train.mark:
        progress.say(
            "mark=false: the samples are written without the invisible mark; their metadata say that they are machine-made"
        )
    folder_lock = None
    if world.first:
        folder.create()
        folder_lock = folder.lock()
    else:
        progress = Silent()
    try:
        if world.first:
            if not world.restarted:
                _refuse_second(folder, order)  # one that was quicker
            for place in (folder.path, folder.checkpoint.parent):
                clear_strays(place)
        config = _named(host, config, found)
        store = _store(host, config, config.run.prepared, found.data, MINIMUM, world)
        style = _store(host, config, config.run.style_prepared, found.style, 1, world) if config.run.style else None
        trainer = Trainer(host, config, store, device, world, style)
        if order.resume:
            resume(trainer, folder.checkpoint)
        else:
            update = {"start": _start(trainer, host, order, progress)}
            config = config.model_copy(update={"run": config.run.model_copy(update=update)})
        config, budget = _budget(config, order, trainer, host)
        trainer.config = config
        if world.first:
            write_config(folder, config)
            skipped = (*store.skipped, *(style.skipped if style else ()))
            folder.note_skipped(skipped)
            if skipped:
                first = f"{skipped[0].name}: {skipped[0].reason}"
                progress.say(f"{count(len(skipped), 'file')} could not be used ({first}), see {folder.skipped}")
        _train(Session(host, folder, trainer, budget, progress, signer))
        state = trainer.state
        return Run(folder.path, host, config, trainer.model(), state.seen, state.seconds)
    finally:
        if folder_lock is not None:
            folder_lock.release()


def _again(order: Order) -> Order:
    """What a process that torchrun has started anew does: go on with the run of the same command, if it got to a checkpoint."""
    folder = RunFolder(order.out or newest_folder(RUNS))
    if not folder.checkpoint.is_file():
        folder.config.unlink(missing_ok=True)
        return replace(order, out=folder.path)
    kept = {"preset": None, "config": None, "init": None, "sets": (), "budget": None, "images": None}
    return replace(order, out=folder.path, resume=True, **kept)


def _train(session: Session) -> None:
    """Train, then sample, judge and report; whatever happens, the observers learn the end and the page is written."""
    first = session.trainer.world.first
    error: BaseException | None = None
    try:
        if first:
            session.host.run_start(session.info)
        use_cores(session.trainer.config.train.threads)
        session.train()
        use_cores()
        if first:
            session.snapshot("final")
            quality(session)
    except BaseException as caught:
        error = caught
        raise
    finally:
        if first:
            _end(session, error)


def _end(session: Session, error: BaseException | None) -> None:
    """Write the page and tell the observers; trouble here never hides the error that ended the run."""
    from artgen.report.page import write_report

    try:
        try:
            if session.trainer.state.seen and (error is None or isinstance(error, ArtgenError)):
                write_report(session.folder.path)
        finally:
            session.host.run_end(session.info, error)
    except ArtgenError as late:
        if error is None:
            raise
        session.say(f"warning: {late}")


def quality(session: Session) -> None:
    """Judge the run: ``quality.json`` and a sheet of the nearest training items; a data set too small to judge is said in one
    line."""
    from artgen.judge.runs import judge_of, judge_run, nearest_sheet
    from artgen.judge.sets import held_out

    trainer, host, folder = session.trainer, session.host, session.folder
    model = trainer.model()
    judge = judge_of(host, trainer.config, model)
    try:
        reals = held_out(trainer.store, trainer.config.train.holdout)
    except InputError as error:
        session.say(f"no quality figures: {error}")
        return
    figures, found = judge_run(model, judge, reals, None, trainer.style)
    write_atomic(folder.quality, json.dumps(figures, indent=1).encode())
    if found is None:
        return
    nearest_sheet(model, reals, found, judge.count, session.writer(), folder.nearest, host.blame)


def plan(host: Host, order: Order, folder: RunFolder) -> tuple[RunConfig, Sources]:
    """Everything that can be refused before data is read: the config and the files, which are None where a resumed run goes
    on with its prepared data."""
    if order.resume:
        config = _config_of(host, folder)
        kept = (("set", order.sets), ("preset", order.preset), ("config", order.config), ("init", order.init))
        for flag in [name for name, value in kept if value]:
            raise InputError(
                f"--{flag} with --resume: a resumed run keeps its settings; start a new one to change them"
            )
        if order.budget or order.images:
            parse_budget(order.budget, order.images, host.domain.budget)
        return config, _again_found(host.domain.of(config.run.task), config, order)
    domain = configs.domain_of(host.domain, order.task)
    _refuse_second(folder, order)
    parse_budget(order.budget, order.images, domain.budget)
    section: dict[str, Any] = {"plugin": domain.name, "task": order.task, "seed": order.seed}
    style = None
    if order.task == "style":
        section["style"] = order.style.name if order.style else EMBEDDED
        style = style_source(domain, order.style)
    elif order.style is not None:
        raise InputError(f"--style {order.style}: --task {order.task} takes none; did you mean --task style?")
    found = Sources(data_source(domain, order.data), style)
    section["data"] = found.name(order.data)
    config = configs.resolve(host.domain, section, order.preset, order.config, order.sets)
    found.fit(domain.name, config.domain)
    return config, found


def _again_found(domain: Domain, config: RunConfig, order: Order) -> Sources:
    """The files that a resumed run has to prepare anew. Raises InputError where they have to be named again."""

    def gone(flag: str, given: Path | str | None, name: str | None, prepared: str) -> bool:
        if name is None or (given is None and open_store(cache_folder() / prepared) is not None):
            return False
        if given is None and name != EMBEDDED:
            raise InputError(f"--resume: the prepared data of {name} is gone; give it again with --{flag}")
        return True

    section = config.run
    if order.style is not None and section.style is None:
        raise InputError(f"--style {order.style}: --task {section.task} takes none")
    data = data_source(domain, order.data) if gone("data", order.data, section.data, section.prepared) else None
    lost = gone("style", order.style, section.style, section.style_prepared)
    found = Sources(data, style_source(domain, order.style) if lost else None)
    found.fit(domain.name, config.domain)
    return found


def _named(host: Host, config: RunConfig, found: Sources) -> RunConfig:
    """The config with the names of the prepared data."""
    update = found.fingerprints(config.domain, str(host.found))
    return config.model_copy(update={"run": config.run.model_copy(update=update)})


def _start(trainer: Trainer, host: Host, order: Order, progress: Progress) -> str | None:
    """Where a new run starts from, and what that is called: the run named by ``--init``, else the weights that the plugin brings
    for these very settings, else (and with ``scratch``) nothing."""
    if order.init == SCRATCH:
        return None
    if order.init is not None:
        share = transfer(trainer, find_checkpoint(Path(order.init)))
        progress.say(f"starting from {order.init}: {share:.0%} of the network taken over")
        return Path(order.init).name
    starts = host.domain.of(trainer.config.run.task).starts
    if (start := next((path for path in starts if fits(trainer, path)), None)) is not None:
        transfer(trainer, start)
        progress.say(
            f"starting from the weights that ship with {host.domain.name} (--init {SCRATCH} starts from nothing)"
        )
        return "shipped"
    return None


def _cast(plugin: str | None, order: Order, *observers: object) -> tuple[Host, RunFolder]:
    """The plugin and the run folder that are meant, before anything is made. A resumed run says its plugin itself."""
    if plugin is None and not order.resume:
        raise InputError(f"--plugin: say what to make; {nearest('', [f.name for f in discover()])}")
    if plugin is None:
        folder = RunFolder(order.out or newest_folder(RUNS))
        return Host(_plugin_of(folder), tuple(order.extras), observers), folder
    host = Host(plugin, tuple(order.extras), observers)
    return host, RunFolder(order.out or (newest_folder(RUNS) if order.resume else next_folder(RUNS, plugin)))


def _refuse_second(folder: RunFolder, order: Order) -> None:
    if folder.holds_run and not order.resume:
        raise InputError(
            f"--out {folder.path}: holds a run already; go on with it by --resume or choose another folder"
        )


def _plugin_of(folder: RunFolder) -> str:
    if not folder.holds_run:
        raise InputError(f"--resume: {folder.path} holds no run")
    return str(configs.read_toml(folder.config).get("run", {}).get("plugin"))


def _config_of(host: Host, folder: RunFolder) -> RunConfig:
    theirs = _plugin_of(folder)
    if theirs != host.domain.name:
        raise InputError(f"--resume: {folder.path} is a run of plugin {theirs}, not {host.domain.name}")
    if not folder.checkpoint.is_file():
        raise InputError(f"--resume: {folder.path} ended before its first checkpoint; start anew in another folder")
    config = configs.parse(host.domain, configs.read_toml(folder.config))
    outline(host, config, folder.checkpoint)  # a run folder may be a stranger's: nothing is built beyond what it holds
    _refuse_edited(host, config, folder)
    return config


def _refuse_edited(host: Host, config: RunConfig, folder: RunFolder) -> None:
    """Raises InputError where the config of a run folder no longer is the one that its checkpoint was trained with."""
    trained = configs.parse(host.domain, checkpoint.read_header(folder.checkpoint).config).domain.model_dump()
    for name, value in config.domain.model_dump().items():
        if trained[name] != value:
            raise InputError(
                f"{folder.config}: {name} is {value}, but its checkpoint was trained with {trained[name]}; put it back, or start "
                "anew in another folder"
            )


def _store(host: Host, config: RunConfig, name: str, source: Source | Shards | None, least: int,
           world: World) -> Store:  # fmt: skip
    """Prepared data by its name in the cache; the first process makes it while the others wait. Shards are streamed."""
    if isinstance(source, Shards):
        return stream(source)
    folder = cache_folder() / name
    if not world.first:
        world.wait()
    store = open_store(folder)
    if store is None:
        assert source is not None
        store = write_store(folder, host.prepare(source, config.domain), source.labels, least)
    if world.first:
        world.wait()
    return store


def _budget(config: RunConfig, order: Order, trainer: Trainer, host: Host) -> tuple[RunConfig, Budget]:
    """The budget of all sessions together. A new one on resume is added to what was done."""
    section = config.run
    if order.resume and not (order.budget or order.images):
        return config, Budget(section.budget_seconds, section.budget_items)
    asked = parse_budget(order.budget, order.images, host.domain.of(config.run.task).budget)
    done = trainer.state
    budget = Budget(
        seconds=done.seconds + asked.seconds if asked.seconds else None,
        items=done.seen + asked.items if asked.items else None,
    )
    update = {"budget_seconds": budget.seconds, "budget_items": budget.items}
    return config.model_copy(update={"run": section.model_copy(update=update)}), budget


__all__ = ["Order", "Run", "run"]
