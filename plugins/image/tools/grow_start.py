"""Grow trained networks of 32 px to 64 px: ``python plugins/image/tools/grow_start.py RUN OUT``, then ``--init OUT``.

The generator's levels are counted from the coarsest, so they fit as they are; its new finest level is the identity at first.
The discriminator's are counted from the finest, so they move up by one behind a new, likewise idle, level. What the grown
generator draws before its first step are the old pictures at twice the size.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from artgen.runfolder import checkpoint
from artgen.runfolder.locate import find_checkpoint

LEVEL = re.compile(r"^(discriminator\.trunk\.(?:levels|changes)\.)(\d+)")


def grow(source: Path, out: Path) -> None:
    """Write the slim checkpoint ``source`` to ``out`` as one that fits networks with one finer level of the same width."""
    tensors = checkpoint.part(source, ("ema.", "discriminator."))
    moved = {LEVEL.sub(lambda m: f"{m[1]}{int(m[2]) + 1}", name): tensor for name, tensor in tensors.items()}
    checkpoint.save(out, checkpoint.read_header(source), moved)


if __name__ == "__main__":
    grow(find_checkpoint(Path(sys.argv[1])), Path(sys.argv[2]))
