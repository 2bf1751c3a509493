"""Work under a budget of time and memory that holds whatever a decoder does, in a process of its own.

A file of a stranger can make a decoder spin for hours, fill the memory, or crash. On Linux such work is done in a fork, as the
workers of PyTorch's DataLoader are; it costs some ten milliseconds. Elsewhere it is done in this process, without a budget.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from artgen.contract.data import RawItem, Skipped
from artgen.errors import ArtgenError, InputError, PluginError, StorageError, TrainingError

T = TypeVar("T")
Tell = Callable[[str], None]
SECONDS = 20.0  # of one core, from one sign of life to the next
PATIENCE = 120.0  # seconds of the clock, where the machine does other things too, or a disk is slow
MEMORY = 768 * 2**20  # bytes beyond what the process has anyway: a picture of 120 megapixels takes half of it
_ERRORS = (InputError, PluginError, StorageError, TrainingError)  # that come over as what they are
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_leave = os._exit  # another thread may be importing a plugin, for which os._exit is replaced


class OverrunError(Exception):
    """The work was ended, or ended itself.

    - ``at``: what it said last that it is at; empty: nothing.
    - ``reason``: why, in words for the user."""

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(f"{at}: {reason}")
        self.at, self.reason = at, reason


def bounded(work: Callable[[Tell], Iterator[T]]) -> Iterator[T]:
    """What ``work(tell)`` yields, made within SECONDS and MEMORY.

    - ``work``: calls ``tell(name)`` when it begins with a file; each name and each value is a sign of life.

    Raises OverrunError, and what the work raises."""
    if not sys.platform.startswith("linux"):
        yield from work(lambda name: None)
        return
    here, there = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:  # no room for another process
        os.close(here)
        os.close(there)
        yield from work(lambda name: None)
        return
    if child == 0:
        try:
            os.close(here)
            _work(work, Connection(there, readable=False), parent)
        finally:
            _leave(1)  # nothing of the parent's code may go on here
    os.close(there)
    try:
        yield from _listen(child, Connection(here, writable=False))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def _listen(child: int, pipe: Connection) -> Iterator[Any]:
    """The values that come through the pipe, until the work is done or its budget is spent."""
    at = ""
    spent, since = None, time.monotonic()
    ear = select.poll()  # made once, as the pipe's own poll is anew for each message
    ear.register(pipe.fileno(), select.POLLIN)
    with pipe:
        while True:
            while not ear.poll(250):
                used = _processor_seconds(child)
                spent = used if spent is None else spent  # asked for when it is late: a folder has many that are not
                if used - spent > SECONDS or time.monotonic() - since > PATIENCE:
                    raise OverrunError(
                        at, f"takes more than {SECONDS:.0f} s to decode: save it again, or in another format"
                    )
            try:
                kind, value = _read(pipe.recv_bytes())
            except (EOFError, OSError):  # OSError: in the middle of a message
                raise OverrunError(at, "its decoder crashed: save it again, or in another format") from None
            spent, since = None, time.monotonic()
            if kind == "at":
                at = value
            elif kind == "value":
                yield value
            elif kind == "memory":
                needs = f"needs more than {MEMORY // 2**20} MiB to decode: shrink it"
                raise OverrunError(at, needs)
            elif kind == "error":
                raise value
            else:
                return


def _work(work: Callable[[Tell], Iterator[Any]], pipe: Connection, parent: int) -> NoReturn:
    """In the fork: send what the work yields, and go without what this process would do at its end."""
    code = 1
    try:
        _confine(parent)

        def send(kind: str, value: object = None) -> None:
            pipe.send_bytes(_written(kind, value))

        try:
            for value in work(lambda name: send("at", name)):
                send("value", value)
            send("end")
        except MemoryError:
            send("memory")
        except BaseException as error:
            send("error", error)
        code = 0
    except BaseException:  # the pipe is gone: the parent has heard enough
        code = 1
    finally:
        _leave(code)


def _confine(parent: int) -> None:
    """Signals of the terminal are the parent's, whose end is this process's; no more memory than its share, one thread."""
    import resource

    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.disable()  # a crash is said in one line, by the parent
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        _leave(1)
    held = next(
        int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData")
    )
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held * 1024 + MEMORY
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)  # the threads of the parent are not in the fork


def _written(kind: str, value: object) -> bytes:
    """A message as bytes: a line of JSON, and what an item holds. No pickle: a decoder that a file has taken over could send
    anything."""
    import numpy as np

    head: dict[str, Any] = {"kind": kind}
    data = b""
    if isinstance(value, RawItem):
        array = np.ascontiguousarray(value.data)
        head |= {"dtype": array.dtype.str, "shape": array.shape, "label": value.label, "origin": value.origin}
        data = array.tobytes()
    elif isinstance(value, Skipped):
        head |= {"name": value.name, "reason": value.reason}
    elif isinstance(value, BaseException):
        known = type(value) if type(value) in _ERRORS else RuntimeError
        text = str(value) if known is not RuntimeError else f"{type(value).__name__}: {value}"
        head |= {"error": known.__name__, "text": text, "lines": "".join(traceback.format_exception(value))}
        head |= {"page": value.page} if isinstance(value, ArtgenError) else {}
    else:
        head["plain"] = value
    return json.dumps(head).encode() + b"\n" + data


def _read(message: bytes) -> tuple[str, Any]:
    """The other way. Raises OverrunError for what is no message."""
    import numpy as np

    try:
        line, _, data = message.partition(b"\n")
        head = json.loads(line)
        kind = str(head["kind"])
        if "dtype" in head:
            array = np.frombuffer(data, np.dtype(head["dtype"])).reshape(head["shape"])
            return kind, RawItem(array, head["label"], head["origin"])
        if "reason" in head:
            return kind, Skipped(str(head["name"]), str(head["reason"]))
        if "error" in head:
            known = {error.__name__: error for error in (*_ERRORS, RuntimeError)}[head["error"]]
            found = (
                known(head["text"], page=str(head["page"])) if issubclass(known, ArtgenError) else known(head["text"])
            )
            found.add_note(head["lines"])
            return kind, found
        return kind, head.get("plain")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise OverrunError("", "its decoder answered nonsense") from None


def _processor_seconds(process: int) -> float:
    """How long a process has computed, on all its threads."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
