"""Old names that go on working, with a warning that says the new one."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

C = TypeVar("C", bound=type)


def warn(old: str, new: str) -> None:
    """Say to the caller of the caller that ``old`` is called ``new`` now."""
    warnings.warn(f"{old} is called {new} now", DeprecationWarning, stacklevel=3)


def renamed_fields(**names: str) -> Callable[[C], C]:
    """A dataclass whose fields had other names: it takes and shows them under the old ones too. ``names``: old to new."""

    def extend(kind: C) -> C:
        start = kind.__init__

        @functools.wraps(start)
        def begin(self: Any, *values: Any, **named: Any) -> None:
            for old, new in names.items():
                if old in named:
                    warn(f"{kind.__name__}({old}=...)", f"{new}=...")
                    named[new] = named.pop(old)
            start(self, *values, **named)

        kind.__init__ = begin
        for old, new in names.items():
            setattr(kind, old, _old_field(kind.__name__, old, new))
        return kind

    return extend


def _old_field(kind: str, old: str, new: str) -> property:
    def read(self: Any) -> Any:
        warn(f"{kind}.{old}", new)
        return getattr(self, new)

    return property(read)


def old_name(module: str, names: Mapping[str, str], name: str, home: Mapping[str, Any]) -> Any:
    """What a module's ``__getattr__`` answers for a name that is called otherwise now. Raises AttributeError for any other."""
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    warn(f"{module}.{name}", names[name])
    return home[names[name]]
