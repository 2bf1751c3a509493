"""The plugin under test with a little data and small batches, made piece by piece as the checks ask for them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from artgen.contract.codec import WorkCodec
from artgen.contract.data import DataSpec, RawItem, Skipped, Source
from artgen.contract.domain import Domain
from artgen.contract.networks import Networks
from artgen.contract.objective import Batch
from artgen.contract.settings import RunConfig
from artgen.contract.task import TASKS, Task
from artgen.data.scan import scan
from artgen.data.store import Store, write_store
from artgen.errors import ArtgenError, InputError
from artgen.host import Host, discover
from artgen.host.resolve import resolve
from artgen.inference.noise import BatchNoise
from artgen.train.trainer import Trainer

BATCH = 8
_FILES = 24  # enough for every class to be there and for training to begin, few enough to be read in seconds
_ITEMS = 24
STEPS = 2


class Broken(AssertionError):
    """A promise that the plugin does not keep, in words that its author can act on."""


class NotApplicable(Exception):
    """The check has no meaning for this plugin."""


class Case:
    """``host``, ``config``, ``source``, ``items``, ``store`` and trainers of one plugin; see ``check_plugin`` for the arguments.

    Raises InputError when no plugin of that name is installed, at the first use and not at collection time."""

    def __init__(
        self,
        name: str,
        *,
        data: str | Path | None = None,
        task: str | None = None,
        preset: str | None = None,
        sets: Sequence[str] = (),
        limit: float = 5.0,
    ) -> None:
        self.name, self.limit, self.preset, self.sets = name, limit, preset, tuple(sets)
        self._data, self._task = data, task
        self._folder = tempfile.TemporaryDirectory(prefix="artgen-check-")  # goes with the case

    def fresh_folder(self) -> Path:
        """A new empty folder, gone when the case is."""
        return Path(tempfile.mkdtemp(dir=self._folder.name))

    def place(self, error: BaseException) -> str:
        """File and line of the plugin's own code where ``error`` comes from, in words; empty where that is not known."""
        try:
            return self.host.guard.place(error)
        except ArtgenError:
            return ""

    @cached_property
    def target(self) -> str:
        """What the entry point points to: a module, or ``module:object``."""
        found = {item.name: item for item in discover()}.get(self.name)
        return found.target if found else Host(self.name).found.target  # the host says what is not installed

    @cached_property
    def host(self) -> Host:
        return Host(self.name)

    @cached_property
    def config(self) -> RunConfig:
        """The settings of a run as a user gets them, with small batches and the caller's own ``sets`` on top."""
        domain = self.host.domain
        run = {"plugin": domain.name, "task": self._task or domain.tasks[0]}
        return resolve(domain, run, self.preset, None, (f"batch={BATCH}", *self.sets))

    @property
    def task(self) -> Task:
        return self.config.run.task

    @cached_property
    def domain(self) -> Domain:
        """The domain as it is for the task."""
        return self.host.domain.of(self.task)

    @cached_property
    def tasks(self) -> list[Case]:
        """This case and, where neither data nor a task was asked for, one of each other task that the embedded data can show."""
        domain = self.host.domain
        if self._data is not None or self._task is not None or self.preset is not None or self.sets:
            return [self]
        others = [t for t in domain.tasks[1:] if t != "translate" and domain.of(t).embedded is not None]
        cases = [self, *(Case(self.name, task=task, limit=self.limit) for task in others)]
        pairs = self._pairs() if "translate" in domain.tasks[1:] else None
        return [*cases, Case(self.name, data=pairs, task="translate", limit=self.limit)] if pairs else cases

    def _pairs(self) -> Path | None:
        """Data for translate: its own, or each embedded file paired with the next one, in two folders with matching names; None
        where the plugin reads no items from such."""
        domain = self.host.domain
        own = domain.defaults.get("translate")
        if (own is not None and own.embedded is not None) or domain.embedded is None:
            return own.embedded if own else None
        files = scan(domain.embedded, domain.suffixes).files
        files = files[:: max(1, len(files) // _FILES)][:_FILES]
        folder = self.fresh_folder()
        for side, shift in (("given", 0), ("wanted", 1)):
            (folder / side).mkdir()
            for number, file in enumerate(files[shift:] + files[:shift]):
                shutil.copyfile(file.path, folder / side / f"{number:02d}{file.path.suffix}")
        settings = resolve(domain, {"plugin": domain.name, "task": "translate"}).domain
        answers = self.host.prepare(scan(folder, domain.suffixes), settings)
        items = islice((answer for answer in answers if isinstance(answer, RawItem)), BATCH)  # more would take a while
        return folder if len(list(items)) == BATCH else None

    @property
    def changes(self) -> list[Case]:
        """The cases of the tasks that change works. Raises NotApplicable where there is none."""
        found = [case for case in self.tasks if TASKS[case.task].changes_works]
        if not found:
            raise NotApplicable("no task that changes works, or no data for one")
        return found

    @property
    def work_codec(self) -> WorkCodec:
        """The codec of a task that changes works."""
        assert isinstance(self.trainer.codec, WorkCodec)  # the trainer has refused others
        return self.trainer.codec

    @cached_property
    def source(self) -> Source:
        """A few files of every class, of ``data`` or the embedded data."""
        domain = self.domain
        root = Path(self._data) if self._data is not None else domain.embedded
        if root is None:
            raise InputError(f"{domain.name} has no embedded data to be checked with, give a folder", at="--data")
        whole = scan(root, domain.suffixes)
        by_label = {label: [f for f in whole.files if f.label == label] for label in {f.label for f in whole.files}}
        each = max(2, _FILES // len(by_label))
        kept = {f.name for files in by_label.values() for f in files[:: max(1, len(files) // each)][:each]}
        return Source(whole.root, tuple(f for f in whole.files if f.name in kept), whole.labels)

    @cached_property
    def answers(self) -> list[RawItem | Skipped]:
        """All that the files are prepared to."""
        return list(self.host.prepare(self.source, self.config.domain))

    @cached_property
    def items(self) -> list[RawItem]:
        """Up to 24 prepared items, spread over all of them. Raises Broken for fewer than 8."""
        items = [item for item in self.answers if isinstance(item, RawItem)]
        if len(items) < BATCH:
            skipped = [f"{a.name}: {a.reason}" for a in self.answers if isinstance(a, Skipped)]
            raise Broken(f"artgen_prepare gave {len(items)} items of {len(self.source.files)} files, a run needs 8"
                         + (f"; {skipped[0]}" if skipped else ""))  # fmt: skip
        numbers = np.unique(np.linspace(0, len(items) - 1, min(len(items), _ITEMS)).astype(int))
        return [items[number] for number in numbers]

    @cached_property
    def store(self) -> Store:
        return write_store(self.fresh_folder() / "store", self.items, self.source.labels)

    def new_trainer(self) -> Trainer:
        """A training at its beginning; works are moved toward the style of their own kind, which is enough to try it."""
        style = self.store if TASKS[self.task].takes_style else None
        return Trainer(self.host, self.config, self.store, torch.device("cpu"), style=style)

    @cached_property
    def trainer(self) -> Trainer:
        """A training that the checks share; it is never stepped, so that no check depends on another."""
        return self.new_trainer()

    @cached_property
    def stepped(self) -> Trainer:
        """A training after its first steps that the checks share; after how many makes no difference to them."""
        trainer = self.new_trainer()
        for _ in range(STEPS):
            step(trainer)
        return trainer

    @property
    def spec(self) -> DataSpec:
        return self.trainer.spec

    @property
    def networks(self) -> Networks:
        return self.trainer.networks

    @property
    def discriminator(self) -> nn.Module:
        """Raises NotApplicable for a task without one."""
        if self.networks.discriminator is None:
            raise NotApplicable(f"task {self.task} has no discriminator")
        return self.networks.discriminator

    def raw(self, count: int = 4) -> Tensor:
        """The first ``count`` different items ``[b, *item]``."""
        different = list({item.data.tobytes(): item for item in self.items}.values())
        return torch.from_numpy(np.stack([item.data for item in different[:count]]))

    @torch.no_grad()
    def encoded(self, count: int = 4) -> Tensor:
        """The middles of ``count`` items as the networks see them, ``[b, *shape]``."""
        return self.trainer.codec.encode(self.raw(count))

    def condition(self, count: int) -> Tensor:
        """Class weights ``[b, k]``, classes in turn."""
        rows = torch.eye(self.spec.classes)
        return rows[torch.arange(count) % self.spec.classes] if self.spec.classes else torch.zeros(count, 0)

    def batch(self, count: int = 4, seed: int = 0) -> Batch:
        """Reals, classes and draws for one step."""
        rng = torch.Generator().manual_seed(seed)
        real = self.encoded(count)
        source = real.flip(0) if TASKS[self.task].takes_style else None
        return Batch(real, self.condition(len(real)), BatchNoise(rng, len(real)), rng, source)


def ask_each(cases: Sequence[Case], check: Callable[[Case], str]) -> str:
    """One check of several tasks: the first figure, and the names of the further tasks. Broken names the task that breaks it."""
    figures = []
    for case in cases:
        try:
            figures.append(check(case))
        except Broken as broken:
            raise Broken(f"task {case.task}: {broken}") from broken
    return f"{figures[0]} ({', '.join(case.task for case in cases)})" if len(cases) > 1 else figures[0]


def step(trainer: Trainer) -> None:
    """One step of a training of a hundred."""
    trainer.step()
    trainer.state.progress = min(1.0, trainer.state.seen / (100 * trainer.config.train.batch))


def state_of(part: object) -> dict[str, Tensor]:
    """A copy of a module's tensors by name."""
    return {name: tensor.detach().clone() for name, tensor in cast(nn.Module, part).state_dict().items()}


@contextmanager
def calm() -> Iterator[None]:
    """One thread and a fixed seed while a check runs, the caller's own afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(0)
            yield
    finally:
        torch.set_num_threads(threads)
