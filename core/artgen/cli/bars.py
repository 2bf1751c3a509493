"""Bars for verbs that a person waits for; nothing where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from artgen.runtime.progress import on_terminal


@contextmanager
def steps(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar that is told how many of ``total`` steps are done."""
    with Progress(console=Console(stderr=True), disable=not on_terminal(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def stages(total: int) -> Iterator[Callable[[str], None]]:
    """A bar that is told which of ``total`` stages begins."""
    with Progress(console=Console(stderr=True), disable=not on_terminal(), transient=True) as bar:
        task = bar.add_task("", total=total, completed=-1)
        yield lambda name: bar.update(task, advance=1, description=name)


@contextmanager
def files() -> Iterator[Callable[[int, int, str], None]]:
    """A bar that is told how many files are done, of how many, and which is next."""
    with Progress(console=Console(stderr=True), disable=not on_terminal(), transient=True) as bar:
        task = bar.add_task("")
        yield lambda done, count, name: bar.update(task, completed=done, total=count, description=name)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A bar that moves, with the time that has passed, while something goes on whose end is not known."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns,
        console=Console(stderr=True),
        disable=not on_terminal(),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        bar.add_task(what, total=None)
        yield
