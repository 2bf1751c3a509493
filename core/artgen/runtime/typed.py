"""Commands that artgen tells a person to type: copied to a terminal as they are, they have to work."""

from __future__ import annotations

import os
import shlex
import subprocess


def typed(*words: object) -> str:
    """Words of a command as one line, in quotes where a shell would cut or read them otherwise (``my run``, ``K&R``)."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if os.name == "nt" else shlex.join(texts)
