"""Whether a gradient penalty is taken of what a discriminator is looking at: frozen networks take no part in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_PENALIZED = ContextVar("penalized", default=False)


@contextmanager
def penalized() -> Iterator[None]:
    """While this lasts, gradients with respect to items are those of a penalty."""
    token = _PENALIZED.set(True)
    try:
        yield
    finally:
        _PENALIZED.reset(token)


def is_penalized() -> bool:
    """Whether a penalty is taken of what is being computed."""
    return _PENALIZED.get()
