"""Promise of the tests to themselves: a forked interpreter begins like a fresh one, whatever the tests before have left."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from tests.forked import Family
from tests.patience import PATIENCE


def test_a_fork_begins_although_a_logger_has_a_closed_stream() -> None:
    with Path(os.devnull).open("w") as closed:
        handler = logging.StreamHandler(closed)
    logger = logging.getLogger("artgen.closed")
    logger.addHandler(handler)
    try:
        words = "import logging; logging.getLogger('artgen.closed').error('said'); print('done')"
        process = Family([sys.executable, "-c", words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.communicate(timeout=PATIENCE) == (b"done\n", b"said\n")
    finally:
        logger.removeHandler(handler)
