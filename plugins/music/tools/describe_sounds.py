"""Describe what start weights were trained on, so that a run can find the nearest: centers of features, a few for each class.

    python describe_sounds.py START=FOLDER...

START: name of a file in artgen_music/weights without its ending. FOLDER: the sounds that it was trained on last, a folder for
each class of its checkpoint. Writes artgen_music/weights/starts.safetensors with all of them; name every start that ships.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from artgen.data.scan import scan
from artgen.nn import start_centers
from artgen.runfolder import checkpoint
from artgen.types import RawItem
from artgen_music.config import MusicConfig
from artgen_music.plugin import artgen_domain
from artgen_music.prepare import prepare
from artgen_music.starts import CENTERS, features

sys.path.insert(0, str(Path(__file__).parents[2] / "image" / "tools"))
from describe_start import write  # pyright: ignore[reportMissingImports]

CENTERS_A_CLASS = 6


def describe(start: str, folder: Path) -> Tensor:
    """``[k, centers, f]`` for the classes of the checkpoint in their order."""
    source = scan(folder, artgen_domain().suffixes)
    slices: dict[str | None, list[np.ndarray]] = {label: [] for label in source.labels}
    for item in prepare(source, MusicConfig()):
        if isinstance(item, RawItem):
            slices[item.label].append(item.data)
    labels = checkpoint.read_header(CENTERS.with_name(f"{start}.safetensors")).labels
    return torch.stack([start_centers(np.stack(slices[label]), CENTERS_A_CLASS, features) for label in labels])


if __name__ == "__main__":
    write(describe, CENTERS, str(__doc__))
