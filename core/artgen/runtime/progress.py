"""What a person sees while a run goes on: a bar with time left, speed and losses; nothing when not on a terminal."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol

from artgen.contract.observer import Stats


class Progress(Protocol):
    """Receives what happens; must not raise."""

    def update(self, stats: Stats) -> None: ...

    def say(self, text: str) -> None: ...


class Quiet:
    """No bar: for pipes, logs, other processes and the Python API. Warnings still go to stderr."""

    def update(self, stats: Stats) -> None:
        pass

    def say(self, text: str) -> None:
        print(f"artgen: {text}", file=sys.stderr)


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

    def say(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False)


def on_terminal() -> bool:
    """Whether a bar makes sense: stderr is a terminal, and of several processes this is the first."""
    return sys.stderr is not None and sys.stderr.isatty() and first_process()


def first_process() -> bool:
    """Whether this is the process that speaks, of the several that torchrun may have started."""
    return os.environ.get("RANK", "0") == "0"
