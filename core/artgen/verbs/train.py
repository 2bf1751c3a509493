"""Train a plan: prepare the data, train until the budget is spent, sample, judge, report."""

from __future__ import annotations

import signal

from torch import Tensor

from artgen.contract.data import Source
from artgen.contract.settings import EMBEDDED
from artgen.contract.task import Task
from artgen.data.pairs import pair_folders
from artgen.data.places import remember
from artgen.data.scan import include_made
from artgen.data.shards import Shards
from artgen.data.sources import with_ignored
from artgen.data.store import MINIMUM, Store, cache_folder, open_store, write_store
from artgen.data.stream import stream
from artgen.data.unused import unused
from artgen.errors import ArtgenError, InputError, Stopped
from artgen.host.resolve import to_toml
from artgen.judge.held_out import HeldOutDistance
from artgen.judge.judging import judge_of, judge_run, nearest_sheet, usual_count
from artgen.judge.reference_sets import held_out
from artgen.provenance.manifest import Signer
from artgen.report.page import write_report
from artgen.report.tensorboard import TensorBoardLog
from artgen.report.words import count
from artgen.runfolder.checkpoint import read_header
from artgen.runfolder.folder import RunFolder
from artgen.runtime.device import choose_device, use_cores
from artgen.runtime.disk import clear_strays
from artgen.runtime.distributed import World
from artgen.runtime.progress import Progress, Silent
from artgen.runtime.remarks import Remark, remark_of
from artgen.runtime.signals import Interrupted, said
from artgen.runtime.typed import typed
from artgen.train.best import Look
from artgen.train.choosing import choose
from artgen.train.session import Session, resume, write_config
from artgen.train.trainer import Trainer
from artgen.train.transfer import fits, transfer
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.plan import SCRATCH, Plan, Start, TrainRequest, make_plan, refuse_second, restarted, resumed_folder


def dry_run(plugin: str | None, request: TrainRequest) -> str:
    """Everything that ``train`` would refuse before it reads data is refused; the resolved settings as TOML otherwise."""
    choose_device(request.device)
    return to_toml(make_plan(plugin, request).config.plain())


def train(plugin: str | None, request: TrainRequest, progress: Progress, world: World) -> LoadedRun:
    """See ``artgen.run``. Raises Stopped where a signal ends it outside of the training, too."""
    plans: list[Plan] = []
    try:
        return _trained(plugin, request, progress, world, plans)
    except Interrupted as stop:
        raise _stopped(plans[0].folder if plans else resumed_folder(request), stop) from None


def _stopped(folder: RunFolder | None, stop: Interrupted) -> Stopped:
    """What is said then: that there is nothing, and how to begin again, or what is kept."""
    how = said(stop.number)
    if folder is None or not folder.checkpoint.is_file():
        before = f"{how} before anything was learned"
        return Stopped(f"{before}; the same command begins again", stop.number, page=before)
    kept = f"{how}; what was learned is saved"
    more = typed("artgen", "run", "--resume", "--out", folder.path)
    return Stopped(f"{kept}; go on with {more}", stop.number, page=kept)


def _trained(
    plugin: str | None, request: TrainRequest, progress: Progress, world: World, plans: list[Plan]
) -> LoadedRun:
    """The run, once it is trained. ``plans``: filled with what is trained."""
    use_cores()
    device = choose_device(request.device, world.local)
    plan = make_plan(plugin, restarted(request) if world.restarted else request, TensorBoardLog(), tell=progress.say)
    plans.append(plan)
    train_settings = plan.config.train
    signer = Signer() if train_settings.c2pa and world.first else None
    if not train_settings.mark:
        progress.say(
            "mark=false: the samples are written without the invisible mark; their metadata say that they are machine-made"
        )
    source = plan.sources.data
    if isinstance(source, Source) and world.first and (line := _about(plan.config.run.task, source)):
        progress.say(line)
    lock = None
    progress = progress if world.first else Silent()
    try:
        if world.first:
            plan.folder.create()
            lock = plan.folder.lock()
            _take_over(plan, world)
        store = _store(plan, plan.config.run.prepared, plan.sources.data, MINIMUM, world, progress)
        style = (
            _store(plan, plan.config.run.style_prepared, plan.sources.style, 1, world, progress)
            if plan.config.run.style
            else None
        )
        trainer = Trainer(plan.host, plan.config, store, device, world, style)
        plan = _begin(plan, trainer, progress)
        if world.first:
            _note(plan, store, style, progress)
        started, look = plan.config.run.start is not None, _look(plan, trainer)
        session = Session(plan.host, plan.folder, trainer, plan.budget, progress, signer, look, started, _knows(plan))
        _train(session)
        best = session.best
        return LoadedRun(plan.folder.path, plan.host, plan.config, best.model(), best.seen, trainer.state.seconds)
    except Interrupted:
        if lock is not None and not plan.resume:
            plan.folder.forget()
        raise
    finally:
        plan.folder.leave()
        if lock is not None:
            lock.release()


def _about(task: Task, source: Source) -> str:
    """What a person is told about the data: its classes, or the two sides of its pairs, which are none; "" if nothing."""
    sides = pair_folders(source) if task == "translate" else None
    return source.about if sides is None else f"pairs of files of the folders {sides[0]} and {sides[1]}"


def _look(plan: Plan, trainer: Trainer) -> Look | None:
    """What tells how near a state of the training comes to held-out works; None where works are changed, which have other
    figures, and where too few were held out."""
    model = trainer.model()
    if model.changes_works:
        return None
    try:
        return HeldOutDistance(
            judge_of(plan.host, trainer.config, model), held_out(trainer.store, trainer.config.train.holdout)
        )
    except InputError:
        return None


def _knows(plan: Plan) -> bool:
    """Whether the weights that a new run starts from have learned the works that it learns: those that ship the embedded ones, a
    run its own."""
    if not plan.starts:
        return False
    (start,), run = plan.starts, plan.config.run
    if start.weights is not None:
        return run.data == EMBEDDED
    return bool(run.prepared) and read_header(start.path).config.get("run", {}).get("prepared") == run.prepared


def _take_over(plan: Plan, world: World) -> None:
    """Make sure that the folder is this run's, and free of what a killed process left."""
    if not plan.resume and not world.restarted:
        refuse_second(plan.folder)  # one that was quicker
    for place in (plan.folder.path, plan.folder.checkpoint.parent):
        clear_strays(place)


def _begin(plan: Plan, trainer: Trainer, progress: Progress) -> Plan:
    """Bring the trainer to where the plan starts; the plan with the start that was taken."""
    if plan.resume:
        resume(trainer, plan.folder.checkpoint)
        return plan
    start, shares, others = _nearest(plan, trainer)
    plan = plan.begun_from(start)
    if plan.config.train != trainer.config.train:
        trainer.settle(plan.config)
    trainer.config = plan.config
    if start is not None:
        taken = transfer(trainer, start.path, shares)
        if start.weights is None or start.asked:
            share = f"{taken:.0%} of the network taken over"
            progress.say(Remark(f"starting from {start.path}: {share}", f"starting from {start.title}: {share}"))
        else:
            progress.say(_shipped_words(plan.host.domain.name, start.weights.name, others))
    return plan


def _nearest(plan: Plan, trainer: Trainer) -> tuple[Start | None, Tensor | None, list[str]]:
    """The start that is taken, of which of its classes those of the training are made, and the names of the starts that would
    have fitted too."""
    fitting = [start for start in plan.starts if start.asked or fits(trainer, start.path)]
    shipped = [start.weights for start in fitting if start.weights is not None]
    if not fitting or len(shipped) < len(fitting):
        return (fitting[0] if fitting else None), None, []
    number, shares = choose(plan.host, trainer, shipped)
    return fitting[number], shares, [start.name for start in shipped if start is not shipped[number]]


def _shipped_words(plugin: str, name: str, others: list[str]) -> Remark:
    """How the start that was chosen is said; a page reads it off the settings of the run."""
    if not others:
        return Remark(f"starting from the weights that ship with {plugin} (--init {SCRATCH} starts from nothing)", "")
    return Remark(
        f"starting from {name}, which of the weights that ship with {plugin} are nearest to your data "
        f"(--init {'|'.join([*others, SCRATCH])} starts from others)",
        "",
    )


def _note(plan: Plan, store: Store, style: Store | None, progress: Progress) -> None:
    """Write the config and what could not be used."""
    write_config(plan.folder, plan.config)
    skipped = unused((*store.skipped, *(style.skipped if style else ())), plan.host.domain.suffixes)
    plan.folder.note_skipped(skipped.rows)
    for files, what, one, several in (
        (skipped.unusable, "file", "could not be used", "could not be used"),
        (skipped.part, "file", "is used in part", "are used in part"),
        (skipped.other, "other file", "of another kind is left out", "of another kind are left out"),
    ):
        if files:
            said = f"{count(len(files), what)} {one if len(files) == 1 else several}"
            first = f"{files[0].name}: {files[0].reason}{include_made(files[0].reason)}"
            progress.say(Remark(f"{said} ({first}), see {plan.folder.skipped}", ""))  # a page lists them by itself


def _store(
    plan: Plan, name: str, source: Source | Shards | None, least: int, world: World, progress: Progress
) -> Store:
    """Prepared data by its name in the cache; the first process makes it while the others wait. Shards are streamed."""
    if isinstance(source, Shards):
        return stream(source)
    folder = cache_folder() / name
    if not world.first:
        world.wait()
    elif source is not None:
        remember(name, source)
    store = None if plan.fresh and world.first else open_store(folder)
    if store is None:
        assert source is not None
        if folder.exists() and not plan.fresh:
            progress.say("the data that was prepared before is damaged or of another version; it is prepared anew")
        items = with_ignored(source, plan.host.prepare(source, plan.config.domain), plan.host.domain.suffixes)
        given = f"{'--style' if source.style else '--data'} {source.root}"
        store = write_store(folder, items, source.labels, least, plan.fresh, given)
    if world.first:
        world.wait()
    return store


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
            said = "trained and saved; now samples are compared with real works, for the report"
            session.say(Remark(f"{said} (Ctrl-C skips that)", said))
            _judge_or_stop(session)
    except BaseException as caught:
        error = caught
        raise
    finally:
        if first:
            _end(session, error)


def _end(session: Session, error: BaseException | None) -> None:
    """Write the page and tell the observers; trouble here never hides the error that ended the run."""
    try:
        try:
            if session.trainer.state.seen and (error is None or isinstance(error, ArtgenError)):
                write_report(session.folder.path)
        finally:
            session.host.run_end(session.info, error)
    except ArtgenError as late:
        if error is None:
            raise
        session.say(remark_of(late))


def _judge_or_stop(session: Session) -> None:
    """Judge the run. Ctrl-C ends the judging and keeps the run; so does any other signal, which ends the command too."""
    try:
        judge(session)
    except KeyboardInterrupt as stop:
        stopped = "judging was stopped; the run is complete"
        session.say(Remark(f"{stopped}, judge it with {typed('artgen', 'evaluate', session.folder.path)}", stopped))
        if isinstance(stop, Interrupted) and stop.number != signal.SIGINT:
            raise


def judge(session: Session) -> None:
    """Judge the run: ``quality.json`` and a sheet of the nearest training items; a data set too small to judge is said in one
    line."""
    trainer, host, folder = session.trainer, session.host, session.folder
    model = session.best.model()
    own = judge_of(host, trainer.config, model)
    try:
        reals = held_out(trainer.store, trainer.config.train.holdout)
    except InputError as error:
        session.say(remark_of(error, "no quality figures: "))
        return
    quality, found = judge_run(
        model, own, reals, None, trainer.style, tell=lambda share: session.tell_share("judging", share)
    )
    folder.write_quality(quality)
    if quality.warning:
        session.say(quality.warning)
    if found is not None:
        nearest_sheet(model, reals, found, usual_count(model, own, reals), session.writer(final=True), folder.nearest)
