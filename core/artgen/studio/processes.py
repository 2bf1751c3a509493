"""Processes that the studio waits for, and why one could not be started."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from asyncio.subprocess import Process
from typing import Any

from artgen.errors import StorageError


async def started(*command: str, nice: int = 0, **how: Any) -> Process:
    """A process of ``command``, ``nice`` to others where the system knows that. ``how``: as asyncio takes it.

    Raises StorageError where the system starts none."""
    try:
        return await asyncio.create_subprocess_exec(
            *command, preexec_fn=(lambda: os.nice(nice)) if nice and hasattr(os, "nice") else None, **how
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StorageError(unstartable(error)) from None


def unstartable(error: Exception) -> str:
    """Why no process could be started, and the way out."""
    number, said = (error.errno, error.strerror) if isinstance(error, OSError) else (None, None)
    ways = {
        errno.ENOMEM: "this machine has no memory left for it; close other programs, then try again",
        errno.EAGAIN: "this machine lets no more programs be started; close some, then try again",
        errno.ENOSPC: "the disk is full; make room, then try again",
        errno.EDQUOT: "the disk is full; make room, then try again",
        errno.ENOENT: "the program itself, or the folder of the studio, is no longer where it was; start the studio anew",
    }
    return f"it could not be started: {ways.get(number or 0, f'{said or error}; try again')}"
