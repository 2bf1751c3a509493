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
from artgen.data.scan import scan
from artgen.data.store import Store, cache_folder, fingerprint, open_store, write_store
from artgen.errors import ArtgenError, InputError, nearest
from artgen.host import Host, discover
from artgen.play import Run, to_path
from artgen.progress import Progress, Quiet, Silent
from artgen.runfolder import RunFolder, find_checkpoint, newest_folder, next_folder
from artgen.train import checkpoint
from artgen.train.device import choose_device, use_cores
from artgen.train.outline import outline
from artgen.train.session import Session, resume, write_config
from artgen.train.trainer import Trainer
from artgen.train.transfer import fits, transfer
from artgen.train.world import World, joined
from artgen.types import Source

RUNS = Path("runs")
SCRATCH = "scratch"


@dataclass(frozen=True)
class Order:
    """What is asked of ``run``; see there."""

    data: Path | None = None
    task: str = "generate"
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


def run(plugin: str | None = None, *, data: str | Path | None = None, out: str | Path | None = None,
        config: str | Path | None = None, progress: Progress | None = None, **wishes: Any) -> Run:  # fmt: skip
    """Train ``plugin`` on the folder ``data`` (None: its embedded data) and return the finished run. A resumed run knows its
    plugin.

    ``wishes``: task, preset, init (a run, or "scratch"), budget (``"3m"``), images (``"200k"``), resume, seed, device,
    sets (``["lr_g=0.001"]``), extras (names of observer plugins), as on the command line. Raises ``artgen.errors``.
    """
    order = _order(data, out, config, **wishes)
    with joined() as world:
        return _run(plugin, order, progress or Quiet(), world)


def _order(data: str | Path | None = None, out: str | Path | None = None, config: str | Path | None = None,
           **wishes: Any) -> Order:  # fmt: skip
    return Order(data=to_path(data), out=to_path(out), config=to_path(config), **wishes)


def _run(plugin: str | None, order: Order, progress: Progress, world: World) -> Run:
    from artgen.report.tensorboard import TensorBoardLog

    use_cores()
    device = choose_device(order.device, world.local)
    if world.restarted:
        order = _again(order)
    host, folder = _cast(plugin, order, TensorBoardLog())
    config, source = plan(host, order, folder)
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
            checkpoint.clear_strays(folder.checkpoint.parent)
        if source is not None:
            prepared = fingerprint(source, config.domain, str(host.found))
            config = config.model_copy(update={"run": config.run.model_copy(update={"prepared": prepared})})
        store = _store(host, config, source, world)
        trainer = Trainer(host, config, store, device, world)
        if order.resume:
            resume(trainer, folder.checkpoint)
        else:
            _start(trainer, host, order, progress)
        config, budget = _budget(config, order, trainer, host)
        trainer.config = config
        if world.first:
            write_config(folder, config)
            folder.note_skipped(store.skipped)
            if store.skipped:
                progress.say(f"{len(store.skipped)} files could not be used, see {folder.skipped}")
        _train(Session(host, folder, trainer, budget, progress), store)
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


def _train(session: Session, store: Store) -> None:
    """Train, then sample, judge and report; whatever happens, the observers learn the end and the page is written."""
    first = session.trainer.world.first
    error: BaseException | None = None
    try:
        if first:
            session.host.run_start(session.info)
        session.train()
        if first:
            session.snapshot("final")
            quality(session, store)
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


def quality(session: Session, store: Store) -> None:
    """Judge the run: ``quality.json`` and a sheet of the nearest training items; a data set too small to judge is said in one
    line."""
    from artgen.judge.runs import judge_of, judge_run, nearest_sheet
    from artgen.judge.sets import held_out

    trainer, host, folder = session.trainer, session.host, session.folder
    model = trainer.model()
    judge = judge_of(host, trainer.config, model)
    try:
        reals = held_out(store, trainer.config.train.holdout)
    except InputError as error:
        session.say(f"no quality figures: {error}")
        return
    figures, found = judge_run(model, judge, reals, None)
    checkpoint.write_atomic(folder.quality, json.dumps(figures, indent=1).encode())
    writer = host.writer(trainer.config.domain)
    nearest_sheet(model, reals, found, judge.count, writer, folder.nearest, host.blame)


def plan(host: Host, order: Order, folder: RunFolder) -> tuple[RunConfig, Source | None]:
    """Everything that can be refused before data is read: the config and the files. ``Source`` is None where a resumed run
    goes on with its prepared data."""
    if order.task not in host.domain.tasks:
        raise InputError(f"--task {order.task}: {host.domain.name} offers {', '.join(host.domain.tasks)}")
    if order.resume:
        config = _config_of(host, folder)
        kept = (("set", order.sets), ("preset", order.preset), ("config", order.config), ("init", order.init))
        for flag in [name for name, value in kept if value]:
            raise InputError(
                f"--{flag} with --resume: a resumed run keeps its settings; start a new one to change them"
            )
        if order.budget or order.images:
            parse_budget(order.budget, order.images, host.domain.budget)
        if order.data is None and open_store(cache_folder() / config.run.prepared) is not None:
            return config, None
        if order.data is None and config.run.data != "embedded":
            raise InputError(
                f"--resume: the prepared data of {config.run.data} is gone; give the folder again with --data"
            )
        return config, _source(host, order)
    _refuse_second(folder, order)
    parse_budget(order.budget, order.images, host.domain.budget)
    name = order.data.name if order.data else "embedded"
    section = {"plugin": host.domain.name, "task": order.task, "seed": order.seed, "data": name}
    return configs.resolve(host.domain, section, order.preset, order.config, order.sets), _source(host, order)


def _start(trainer: Trainer, host: Host, order: Order, progress: Progress) -> None:
    """Where a new run starts from: the run named by ``--init``, else the weights that the plugin brings for these very
    settings, else (and with ``scratch``) nothing."""
    if order.init == SCRATCH:
        return
    if order.init is not None:
        share = transfer(trainer, find_checkpoint(Path(order.init)))
        progress.say(f"starting from {order.init}: {share:.0%} of the network taken over")
    elif host.domain.start is not None and fits(trainer, host.domain.start):
        transfer(trainer, host.domain.start)
        progress.say(
            f"starting from the weights that ship with {host.domain.name} (--init {SCRATCH} starts from nothing)"
        )


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
    return config


def _source(host: Host, order: Order) -> Source:
    if order.data is not None:
        return scan(order.data, host.domain.suffixes)
    if host.domain.embedded is None:
        raise InputError(f"--data: {host.domain.name} has no embedded data, give a folder")
    return scan(host.domain.embedded, host.domain.suffixes)


def _store(host: Host, config: RunConfig, source: Source | None, world: World) -> Store:
    """The prepared data; the first process makes it while the others wait."""
    folder = cache_folder() / config.run.prepared
    if not world.first:
        world.wait()
    store = open_store(folder)
    if store is None:
        assert source is not None
        store = write_store(folder, host.prepare(source, config.domain), source.labels)
    if world.first:
        world.wait()
    return store


def _budget(config: RunConfig, order: Order, trainer: Trainer, host: Host) -> tuple[RunConfig, Budget]:
    """The budget of all sessions together. A new one on resume is added to what was done."""
    section = config.run
    if order.resume and not (order.budget or order.images):
        return config, Budget(section.budget_seconds, section.budget_items)
    asked = parse_budget(order.budget, order.images, host.domain.budget)
    done = trainer.state
    budget = Budget(
        seconds=done.seconds + asked.seconds if asked.seconds else None,
        items=done.seen + asked.items if asked.items else None,
    )
    update = {"budget_seconds": budget.seconds, "budget_items": budget.items}
    return config.model_copy(update={"run": section.model_copy(update=update)}), budget


__all__ = ["Order", "Run", "run"]
