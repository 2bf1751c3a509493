"""Signals outside of training: one line, the right exit code, and everything tidied on the way out."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

_SAID = {"SIGINT": "stopped", "SIGTERM": "stopped from outside", "SIGHUP": "stopped, as its terminal was closed"}


def said(number: int) -> str:
    """What a person is told who may know no signals; Ctrl-C is the usual way to stop."""
    return _SAID.get(signal.Signals(number).name, "stopped")


class Interrupted(KeyboardInterrupt):
    """A signal asked the process to stop. ``number``: which one."""

    def __init__(self, number: int) -> None:
        super().__init__(said(number))
        self.number = number


def heeded() -> list[signal.Signals]:
    """The signals that end a command: those of a terminal, a closed terminal and a shutdown, but none that whoever started the
    command has told it to ignore (nohup), or that a program around Python keeps for itself."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) not in (signal.SIG_IGN, None)]


@contextmanager
def handled_by(handle: Callable[[int, object], None]) -> Iterator[None]:
    """Inside, these signals are given to ``handle``. Outside of the main thread Python takes no handlers, and all stays as it
    is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handle) for number in heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _frame: object) -> None:
    raise Interrupted(number)


def interruptible() -> AbstractContextManager[None]:
    """Inside, these signals raise Interrupted where the command is, so that what it holds is given back."""
    return handled_by(_interrupt)
