"""Plugin objects that blame by themselves: whatever goes wrong inside becomes an error that names the plugin and the hook.

An object keeps its class, its state and its protocols: it becomes an instance of a subclass of its own class whose methods are
the old ones within a guard. So a network can still be copied, and a codec is still the ``nn.Module`` that it was.
"""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from artgen.errors import ArtgenError, PluginError, StorageError
from artgen.host.answers import ANSWERS, Check
from artgen.runtime.disk import STRAY

T = TypeVar("T")
CODEC = ("fit", "vary", "encode", "decode", "view", "unview", "magnitude", "part", "take", "give")
NETWORK = ("__call__", "mapping", "synthesis", "features", "reconstruct", "set_progress")
OBJECTIVE = ("discriminator_loss", "generator_loss")
WRITER = ("write", "sheet", "walk", "heat", "finish", "moment", "sound")


class Guard:
    """Guards the objects of one plugin.

    - ``owner``: how errors name it.
    - ``package``: folder of its code, by which the line of an error is found; None where that is not known.
    """

    def __init__(self, owner: str, package: Path | None = None) -> None:
        self.owner, self._package = owner, package

    @contextmanager
    def blaming(self, hook: str, what: str = "") -> Iterator[None]:
        """Inside, an exception becomes a PluginError that names ``hook`` and ``what`` of it was called. What the operating
        system refuses to write becomes a StorageError."""
        try:
            yield
        except (ArtgenError, MemoryError):
            raise
        except (Exception, SystemExit) as error:
            raise self.error(hook, what, error) from error

    def call(self, hook: str, function: Callable[[], T], what: str = "") -> T:
        """``function()`` inside ``blaming``."""
        with self.blaming(hook, what):
            return function()

    def error(self, hook: str, what: str, error: BaseException) -> ArtgenError:
        """The error to raise instead of ``error``."""
        if isinstance(error, OSError) and self._is_storage(hook, what, error):
            where = Path(str(error.filename)) if error.filename else None
            return StorageError(f"cannot be written ({error.strerror or error})", value=where)
        called = f"{hook}: {what}" if what else hook
        place = self.place(error)
        said = f"{self.owner}: {called} failed: {type(error).__name__}: {one_line(error)}"
        return PluginError(
            f"{said} ({place}; --debug shows all)" if place else said, page=f"{said} ({place})" if place else said
        )

    def _is_storage(self, hook: str, what: str, error: OSError) -> bool:
        """Whether the disk is at fault and not the plugin: the operating system refused to write, and no file of the plugin's own
        is missing."""
        if not (hook == "artgen_writer" or (hook == "artgen_open" and what == "write")) or error.errno is None:
            return False
        # the folder that it was given to write into exists, unless somebody has removed it
        return not isinstance(error, FileNotFoundError) or f"/{STRAY}" in str(error.filename)

    def place(self, error: BaseException) -> str:
        """File and line of the plugin's own frame that is nearest to the error; "" where there is none."""
        if self._package is None:
            return ""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(self._package)]
        return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""

    def guarded(self, target: T, hook: str, methods: tuple[str, ...], what: str = "") -> T:
        """``target`` itself, its ``methods`` guarded. ``what``: which part of the answer to ``hook`` it is. An object of a class
        that cannot be extended stays as it is."""
        kind = type(target)
        if getattr(kind, "_artgen_guarded", False):
            return target
        found = {name: self._attribute(kind, name, hook, what) for name in methods if hasattr(kind, name)}
        body = {
            "__slots__": (),
            "__module__": kind.__module__,
            "__doc__": kind.__doc__,
            "_artgen_guarded": True,
            **found,
        }
        try:
            object.__setattr__(target, "__class__", type(kind.__name__, (kind,), body))  # the class may refuse changes
        except TypeError:  # of C, or sealed
            return target
        return target

    def _attribute(self, kind: type, name: str, hook: str, what: str) -> Any:
        """A method of a class, guarded; static and class methods stay what they are, other attributes are left alone."""
        own = inspect.getattr_static(kind, name)
        if isinstance(own, staticmethod | classmethod):
            return type(own)(self._method(own.__func__, hook, what, name))
        return self._method(own, hook, what, name) if inspect.isroutine(own) else own

    def function(self, function: Callable[..., T], hook: str, what: str) -> Callable[..., T]:
        """A function of a plugin, guarded."""

        check = ANSWERS.get(hook, {}).get(what)

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> T:
            with self.blaming(hook, what):
                answer = function(*arguments, **named)
                self._look(answer, arguments, check, f"{hook}: {what}", function)
                return answer

        return call

    def _look(
        self, answer: object, arguments: tuple[Any, ...], check: Check | None, called: str, method: Callable[..., Any]
    ) -> None:
        """Raise PluginError for an answer that cannot be, with the place of the method that gave it."""
        wrong = check(answer, arguments) if check is not None else None
        if wrong:
            code = getattr(inspect.unwrap(method), "__code__", None)
            place = f" ({Path(code.co_filename).name}, line {code.co_firstlineno})" if code is not None else ""
            raise PluginError(f"{self.owner}: {called}: {wrong}{place}")

    def _method(self, method: Callable[..., Any], hook: str, what: str, name: str) -> Callable[..., Any]:
        called = what if name == "__call__" else f"{what}.{name}" if what else name
        check = ANSWERS.get(hook, {}).get(what if hook == "artgen_judge" else name)

        @functools.wraps(method)
        def call(*arguments: Any, **named: Any) -> Any:
            try:  # no context manager: this runs in every step
                answer = method(*arguments, **named)
                if check is not None:
                    own = getattr(type(arguments[0]), "forward", method) if name == "__call__" else method
                    self._look(answer, arguments[1:], check, f"{hook}: {called}", own)
                return answer
            except (ArtgenError, MemoryError):
                raise
            except (Exception, SystemExit) as error:
                raise self.error(hook, called, error) from error

        return call


def one_line(error: BaseException) -> str:
    """The message of an error as one line of at most 300 characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines)[:300] or "no message"
