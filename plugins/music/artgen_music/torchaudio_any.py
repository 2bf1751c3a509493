"""The one place that imports torchaudio, whatever torch it was built for.

The wheel of torchaudio is linked against one CUDA: with a CPU-only torch its import raises OSError, with a torch for another
CUDA RuntimeError. Its transforms and functional forms are Python over torch and need none of that, so where the native
part cannot load, it is switched off by an empty stand-in and the import is done again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

_NATIVE = "torchaudio._extension"


def _without_native_code() -> ModuleType:
    """A stand-in for ``torchaudio._extension`` that says that nothing native is there."""

    def fail_if_no_align(_: object) -> Callable[..., NoReturn]:
        def refuse(*_: object, **__: object) -> NoReturn:
            raise RuntimeError(
                "forced alignment needs torchaudio's native code, which does not fit the installed torch"
            )

        return refuse

    stub = ModuleType(_NATIVE)
    stub.__dict__.update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_RIR_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        fail_if_no_align=fail_if_no_align,
    )
    return stub


def _forget() -> None:
    """Drop what a failed import left behind."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        del sys.modules[name]


try:
    from torchaudio import functional, transforms
except (OSError, RuntimeError):
    _forget()
    sys.modules[_NATIVE] = _without_native_code()
    from torchaudio import functional, transforms

__all__ = ["functional", "transforms"]
