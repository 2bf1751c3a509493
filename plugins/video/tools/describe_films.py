"""Describe what start weights were trained on, so that a run can find the nearest: centers of features, a few for each class.

    python describe_films.py START=FOLDER...

START: name of a file in artgen_video/weights without its ending. FOLDER: the films that it was trained on last, a folder for
each class of its checkpoint. Writes artgen_video/weights/starts.safetensors with all of them; name every start that ships.
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
from artgen_video.config import VideoConfig
from artgen_video.plugin import artgen_domain
from artgen_video.prepare import prepare
from artgen_video.starts import CENTERS, middle

sys.path.insert(0, str(Path(__file__).parents[2] / "image" / "tools"))
from describe_start import write  # pyright: ignore[reportMissingImports]

SIDE = 64


def describe(start: str, folder: Path) -> Tensor:
    """``[k, centers, f]`` for the classes of the checkpoint in their order."""
    source = scan(folder, artgen_domain().suffixes)
    frames: dict[str | None, list[np.ndarray]] = {label: [] for label in source.labels}
    for item in prepare(source, VideoConfig(size=SIDE)):
        if isinstance(item, RawItem):
            frames[item.label].append(middle(item.data[None]))
    labels = checkpoint.read_header(CENTERS.with_name(f"{start}.safetensors")).labels
    return torch.stack([start_centers(np.concatenate(frames[label])) for label in labels])


if __name__ == "__main__":
    write(describe, CENTERS, str(__doc__))
