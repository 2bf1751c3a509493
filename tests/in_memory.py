"""Where the tests write: in memory where there is room. A file made there costs the processor a tenth of what it costs on a disk,
and the tests make some hundred thousand."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 2**30  # bytes; the folder of a test goes when it has passed, so that much less lies there at once


def write_in_memory() -> None:
    """Let folders of short life lie in memory, those of pytest and of all that the tests start. Who names another place by
    ``TMPDIR`` or ``PYTEST_DEBUG_TEMPROOT`` is heeded; where there is too little memory, as in many containers, all stays as it
    is."""
    named = os.environ.get("TMPDIR") or os.environ.get("PYTEST_DEBUG_TEMPROOT")
    if not named and os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
