"""What a person sees while a run goes on: a bar with time left, speed and losses; nothing when not on a terminal."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from artgen.contract.observer import Stats
from artgen.runtime.remarks import told

if TYPE_CHECKING:
    from rich.progress import TaskID


class Progress(Protocol):
    """Receives what happens; must not raise."""

    def update(self, stats: Stats) -> None: ...

    def say(self, text: str) -> None: ...


def tell_share(progress: Progress, title: str, share: float) -> None:
    """Which share of a work that is no training is done; nothing for one's own Progress that has no method ``share``."""
    if isinstance(progress, Shares):
        progress.share(title, share)


@runtime_checkable
class Shares(Protocol):
    """A Progress that also shows how far other work is."""

    def share(self, title: str, share: float) -> None: ...


class Quiet:
    """No bar: for pipes, logs, other processes and the Python API. Warnings still go to stderr."""

    def update(self, stats: Stats) -> None:
        pass

    def say(self, text: str) -> None:
        if line := told(text):
            print(f"artgen: {line}", file=sys.stderr)


class Silent:
    """Nothing at all: for the processes beside the first."""

    def update(self, stats: Stats) -> None:
        pass

    def say(self, text: str) -> None:
        pass


class Bar:
    """A rich progress bar on stderr; a context manager, so that the terminal is left clean."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"), TextColumn("{task.fields[figures]}", style="dim"),
        )  # fmt: skip
        self._bar = Progress(*columns, console=Console(stderr=True), refresh_per_second=4)
        self._task = self._bar.add_task("training", total=1.0, figures="", left="")
        self._others: dict[str, TaskID] = {}

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def update(self, stats: Stats) -> None:
        values = stats.values
        figures = [f"{values.get('items_per_second', 0):.0f} items/s"]
        figures += [
            f"{short} {values[name]:.2f}" for name, short in (("loss_d", "D"), ("loss_g", "G")) if name in values
        ]
        share = max(stats.progress, 1e-6)
        left = int(stats.seconds * (1 - share) / share)
        self._bar.update(
            self._task, completed=stats.progress, figures="  ".join(figures), left=f"{left // 60}:{left % 60:02d} left"
        )

    def share(self, title: str, share: float) -> None:
        """Another bar below that of the training."""
        if title not in self._others:
            self._others[title] = self._bar.add_task(title, total=1.0, figures="", left="")
        self._bar.update(self._others[title], completed=share)

    def say(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False)


def on_terminal() -> bool:
    """Whether a bar makes sense: stderr is a terminal, and of several processes this is the first."""
    return sys.stderr is not None and sys.stderr.isatty() and first_process()


def first_process() -> bool:
    """Whether this is the process that speaks, of the several that torchrun may have started."""
    return os.environ.get("RANK", "0") == "0"
