"""A whole run: prepare, train until the budget is spent, sample, judge, report. The shell around the trainer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from artgen.contract.hookspecs import API
from artgen.contract.observer import RunInfo, Stats
from artgen.contract.settings import RunConfig
from artgen.contract.writer import Writer
from artgen.errors import ArtgenError, InputError, PluginError, Stopped, StorageError, TrainingError
from artgen.host import Host
from artgen.host.resolve import to_toml
from artgen.inference.latent import render, seed_latent
from artgen.inference.translate import few_of, translated
from artgen.provenance.fingerprint import fingerprint
from artgen.provenance.label import labelled
from artgen.provenance.manifest import Signer
from artgen.runfolder import checkpoint
from artgen.runfolder.checkpoint import BETTER, finite
from artgen.runfolder.folder import RunFolder
from artgen.runfolder.metadata import made_by
from artgen.runfolder.samples import Destination, write_changed, write_samples
from artgen.runfolder.wishes import FILE as WISHES
from artgen.runfolder.wishes import Wishes
from artgen.runtime.budget import Budget
from artgen.runtime.disk import empty_folder, write_atomic
from artgen.runtime.patience import Patience
from artgen.runtime.progress import Progress, tell_share
from artgen.runtime.remarks import Remark, remark_of
from artgen.runtime.signals import handled_by, said
from artgen.runtime.typed import typed
from artgen.train.best import BestState, Look
from artgen.train.collapse import CollapseWatch
from artgen.train.granting import budget_of, grant, larger
from artgen.train.rollback import Rollback
from artgen.train.state import TrainState
from artgen.train.trainer import Trainer

_FIRST_SNAPSHOT = 10.0  # seconds: something to hear within the first minute, even on a slow machine
_SNAPSHOT_GROWTH = 1.15  # long runs write ever fewer snapshots, so that a folder does not grow without end
_FIRST_SAVE = 5.0  # seconds; later ones come at twice the time each, until they are checkpoint_seconds apart
_SHOWN = 6
_MOST_CLASSES = 24  # of a snapshot


class Session:
    """Drives a Trainer through a budget and keeps the run folder up to date. Only the first process writes.

    - ``look``: gives a figure of a model by held-out works, smaller is better; the best state is the result of the run.
    - ``started``: whether the training starts from weights; ``knows``: which have learned the same works, see BestState."""

    def __init__(self, host: Host, folder: RunFolder, trainer: Trainer, budget: Budget, progress: Progress,
                 signer: Signer | None = None, look: Look | None = None, started: bool = False,
                 knows: bool = False) -> None:  # fmt: skip
        self.host, self.folder, self.trainer, self._signer = host, folder, trainer, signer
        self._budget, self._progress = budget, progress
        config = trainer.config
        self.info = RunInfo(folder.path, config.run.plugin, config.run.task, config.plain())
        self._first = trainer.world.first
        self._before = trainer.state.seconds
        self._reported = (trainer.state.seen, trainer.state.seconds)
        self._told = 0.0  # the share of the budget in the last report
        self._values: dict[str, float] = {}  # of the last report
        self._signal = self._stop = 0
        self._clock = 0.0
        self._watch = CollapseWatch(config.train.loss)
        self.best = BestState(trainer, folder, budget, look if self._first else None, started, knows)
        self._wishes = Wishes(folder.path / WISHES)

    def train(self) -> None:
        """Train until the budget is spent. Raises Stopped after a signal and TrainingError after failed recoveries, both with
        the work saved."""
        trainer, train = self.trainer, self.trainer.config.train
        rollback = Rollback(trainer)
        self._clock = time.monotonic()
        next_report = next_snapshot = 0.0
        next_save = min(train.checkpoint_seconds, _FIRST_SAVE)
        stop = 0
        self._advance()  # a resumed run may have a larger budget than the one it was saved with
        self._hear()
        step = f"a step of {self.host.found.name} on {train.batch} items"
        with handled_by(self._stop_on), Patience(self.say)() as patience:
            while trainer.state.progress < 1.0 and not stop:
                self._look()
                patience.waiting(step)
                trainer.step()
                patience.waiting("")
                now = self._advance()
                stop = self._stop  # all processes stop at the same step
                self._stay()
                if now >= next_report or trainer.state.progress >= 1.0:
                    self._report(rollback)
                    self._hear()
                    next_report = now + train.report_seconds
                self._grant()
                if now >= max(next_snapshot, _FIRST_SNAPSHOT):
                    if self._first:
                        self.snapshot("snapshot")
                    elapsed = self._advance()
                    next_snapshot = max(elapsed + min(train.snapshot_seconds, elapsed), elapsed * _SNAPSHOT_GROWTH)
                if now >= next_save and self._watch.calm:
                    next_save = now + min(train.checkpoint_seconds, now)
                    self._keep(rollback)
                    self._save(survive=True)
                    self._save_best(survive=True)  # a training that is killed goes on with it
            if not stop and self._told < 1.0:  # its last seconds were those of a set of samples
                self._report(rollback)
            trainer.read_figures()
            self._keep(rollback)
            self._save()
            if not stop:
                self._look()
            self._save_best()
            if not stop:
                self._tell_better()
        self._refuse_standstill()
        if stop:
            whole, page = self._saved(f"{said(stop)} and saved")
            raise Stopped(whole, stop, page=page)

    def _saved(self, how: str) -> tuple[str, str]:
        """What is said of a training that ends with its work saved: with the command to go on, and for the studio."""
        return f"{how}; go on with {typed('artgen', 'run', '--resume', '--out', self.folder.path)}", how

    def _advance(self) -> float:
        """Bring the training clock and the share of the budget up to date; returns seconds of this session."""
        state, world = self.trainer.state, self.trainer.world
        now, stop = world.agree_on(time.monotonic() - self._clock, self._signal)
        self._stop = int(stop)
        state.seconds = self._before + now
        state.progress = self._budget.share(state.seconds, state.seen)
        return now

    def _hear(self) -> None:
        """Look for wishes. Those of a training in several processes are not heard, which would take them at different items."""
        if self.trainer.world.size > 1:
            return
        try:
            self._wishes.look(self.trainer.state.wishes, self.trainer.state.seen)
        except StorageError as error:
            self.say(remark_of(error))

    def _grant(self) -> None:
        """Take the wishes whose time has come."""
        state = self.trainer.state
        for wish in self._wishes.due(state.wishes, state.seen):
            state.wishes += 1
            try:
                if isinstance(wish, str):
                    raise InputError(wish)
                grant(wish, self.trainer)
                if (config := larger(wish, self.trainer.config)) is not None:
                    self._enlarge(config)
                self.say(f"wish after {state.seen:,} items: {wish}")
                if wish.snapshot:
                    self.snapshot("snapshot")
            except InputError as error:
                self.say(remark_of(error, "warning: not granted: "))

    def _enlarge(self, config: RunConfig) -> None:
        """Train for a larger budget, which the folder remembers."""
        self.trainer.config, self._budget = config, budget_of(config)
        write_config(self.folder, config)
        self._save(survive=True)  # or a run that is killed now would hear the same wish again
        self._advance()

    def _refuse_standstill(self) -> None:
        """Raises TrainingError where hardly a step counted: the guard skips those whose values are not finite."""
        state, train = self.trainer.state, self.trainer.config.train
        steps = state.steps * (1 + (train.d_steps if self.trainer.networks.discriminator is not None else 0))
        if state.skipped and 2 * state.skipped >= steps:
            why = self.trainer.suspect() or "their gradients were not finite"
            raise TrainingError(f"{state.skipped} of {steps} steps were skipped, because {why}; nothing was learned")

    def _stay(self) -> None:
        """Raises StorageError, with the work saved, where somebody has moved or removed the run folder."""
        if not self._first or (place := self.folder.place()) == self.folder.path:
            return
        what = f"was moved to {place}" if place else "was removed"
        old, self.folder = self.folder.path, RunFolder(place or self.folder.path)
        if place is None:
            self.folder.create()
            write_config(self.folder, self.trainer.config)
        self._save()
        whole, page = self._saved(f"the run folder {what} while it trained; it is saved")
        raise StorageError(f"{old}: {whole}", page=page)

    def _report(self, rollback: Rollback) -> None:
        trainer = self.trainer
        state = trainer.state
        seen, seconds = self._reported
        self._reported = (state.seen, state.seconds)
        values, bad = trainer.read_figures()
        if state.wishes:
            values["wishes"] = float(state.wishes)
        if state.seen > seen:
            values["items_per_second"] = (state.seen - seen) / max(state.seconds - seconds, 1e-9)
        else:  # only the clock went on
            values = dict(self._values)
        self._values = values
        stats = Stats(state.seen, state.seconds, state.progress, values)
        self._told = state.progress
        if self._first:
            self.folder.note_stats(stats)
            self._progress.update(stats)
            self._tell(lambda: self.host.report(self.info, stats))
        wrong = self._watch.look(values) if values and state.seen > seen else None
        if wrong:
            self.say(f"collapse: {wrong}; back to an earlier state with half the learning rates and twice the penalty")
        if trainer.world.agree(float(bad or wrong is not None)):
            self._back(rollback, wrong is not None)

    def _keep(self, rollback: Rollback) -> None:
        """Remember this state as a good one, or leave it where a value is no longer finite (running statistics)."""
        if not rollback.keep():
            self._back(rollback)

    def _back(self, rollback: Rollback, collapsed: bool = False) -> None:
        self._watch.forget()
        try:
            rollback.back(collapsed)
        except TrainingError:
            self._save()
            raise

    def _tell(self, call: Callable[[], None]) -> None:
        """Tell observers; one that raises ends the run, but not before the work is saved."""
        try:
            call()
        except PluginError:
            self._save()
            raise

    def snapshot(self, kind: Literal["snapshot", "final"]) -> None:
        """Write samples of the averaged generator: the same seeds every time, or the same held-out works changed, so that they
        can be compared over time."""
        final, state = kind == "final", self.trainer.state
        model = self.best.model() if final else self.trainer.model()
        model.generator.eval()
        name = f"{state.seen:09d}" if kind == "snapshot" else "final"
        writer = self.host.writer(self.trainer.config.domain)
        where = Destination(self.folder.path, self.folder.samples / name, self.writer(final), self.metadata(final))
        empty_folder(where.folder)  # of a resumed run that came by here before
        if model.changes_works:
            few = 2 * _SHOWN if final else _SHOWN
            numbers = few_of(self.trainer.held_out if len(self.trainer.held_out) else self.trainer.items, few)
            shown = translated(model, self.trainer.store, numbers)
            written = write_changed(where, writer, numbers.tolist(), shown.source, shown.result, shown.truth)
        else:
            latents = [seed_latent(model, seed) for seed in shown_seeds(model.spec.classes, final)]
            written = write_samples(where, render(model, latents, self.host.domain.options))
        self.folder.append(
            self.folder.index, [written.row(self.best.seen if final else state.seen, state.seconds, kind)]
        )
        paths = [self.folder.path / file for work in written.works for file in work.files]
        self._tell(lambda: self.host.snapshot(self.info, paths))

    def writer(self, final: bool = False) -> Writer:
        """The domain's writer, which labels what it writes. ``final``: works of the result, not of the state as it is now."""
        config = self.trainer.config
        return labelled(self.host.writer(config.domain), self.metadata(final), config.train.mark, self._signer)

    def say(self, text: str) -> None:
        """A line for the person who waits."""
        self._progress.say(text)

    def tell_share(self, title: str, share: float) -> None:
        """How far another work than the training is."""
        tell_share(self._progress, title, share)

    def metadata(self, final: bool = False) -> dict[str, str]:
        """What every file written says about how it was made; ``final``: see ``writer``."""
        model = self.best.model() if final else self.trainer.model()
        return made_by(self.host, self.best.seen if final else self.trainer.state.seen, fingerprint(model.generator))

    def _look(self) -> None:
        """Look at the state of the training where it is time for it; a judge that fails costs the looks, not the run."""
        if not self.best.due:
            return
        try:
            self.best.look()
        except ArtgenError as error:
            self.best.give_up()
            self.say(remark_of(error, after="; the last state will be the result"))

    def _save_best(self, survive: bool = False) -> None:
        """Write the best state beside the last. ``survive``: see ``_save``."""
        if not self._first:
            return
        try:
            self.best.save(self._header())
        except StorageError as error:
            if not survive:
                raise
            self.say(remark_of(error))

    def _tell_better(self) -> None:
        """Say in the last state of a training that has ended, and to the person, that there is a better one."""
        other = self.best.other
        if not self._first or other is None:
            return
        self._save(better=True)
        best = f"the state after {other.state.seen:,} items comes nearer to real works than the last, and is the result"
        self.say(Remark(f"{best}; the last lies in {self.folder.checkpoint}", best))

    def _header(self, better: bool = False) -> checkpoint.Header:
        trainer, found = self.trainer, self.host.found
        state = trainer.state.plain() | ({BETTER: 1.0} if better else {})
        return checkpoint.Header(found.name, found.distribution, found.version, API, self.info.settings, trainer.spec.labels,
                                 trainer.spec.shape, state)  # fmt: skip

    def _save(self, survive: bool = False, better: bool = False) -> None:
        """Write the checkpoint, unless it would hold what no one could open. ``survive``: a full disk in the middle of a run
        costs a warning, not the run. ``better``: it says that there is a better state."""
        trainer = self.trainer
        if not self._first or finite(trainer.tensors()) is not None:
            return
        try:
            checkpoint.save(self.folder.checkpoint, self._header(better), trainer.tensors())
        except StorageError as error:
            if not survive:
                raise
            self.say(remark_of(error))

    def _stop_on(self, number: int, _frame: object) -> None:
        """A signal ends the training after the current step; a second one ends the process at once."""
        if self._signal:
            os._exit(128 + number)
        self._signal = number


def shown_seeds(classes: int, final: bool) -> list[int]:
    """Seeds of a snapshot, which take the classes in turn: one work of each class, two at the end; of more than _MOST_CLASSES
    some that are spread over all of them."""
    turns = 2 if final else 1
    if classes <= _MOST_CLASSES:
        return list(range(max(turns * max(classes, 1), _SHOWN if final else 2)))
    chosen = few_of(np.arange(classes), _MOST_CLASSES).tolist()
    return [turn * classes + index for turn in range(turns) for index in chosen]


def resume(trainer: Trainer, path: Path) -> None:
    """Load a checkpoint into the trainer. Raises InputError naming what does not fit."""
    header = checkpoint.read_header(path)
    config = trainer.config
    for name, mine, theirs in (
        ("plugin", config.run.plugin, header.plugin),
        ("item shape", list(trainer.spec.shape), list(header.shape)),
        ("classes", list(trainer.spec.labels), list(header.labels)),
    ):
        if mine != theirs:
            raise InputError(f"its {name} is {theirs}, this run's is {mine}", value=path)
    tensors = checkpoint.load(path, trainer.tensors(), exact=True)
    try:
        trainer.restore(tensors, TrainState.from_plain(header.state))
    except KeyError as error:
        raise InputError(f"its training state lacks {error}", value=path) from None


def write_config(folder: RunFolder, config: RunConfig) -> None:
    write_atomic(folder.config, to_toml(config.plain()).encode())
