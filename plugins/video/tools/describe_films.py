"""Describe what start weights were trained on, so that a run can find the nearest: centers of features, a few for each class.

    python describe_films.py START=FOLDER...

START: name of a file in artgen_video/weights without its ending. FOLDER: the films that it was trained on last, a folder for
each class of its checkpoint. Writes artgen_video/weights/starts.safetensors with all of them; name every start that ships.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from artgen.nn import start_centers
from artgen_video.config import VideoConfig
from artgen_video.plugin import artgen_domain
from artgen_video.prepare import prepare
from artgen_video.starts import CENTERS, middle

sys.path.insert(0, str(Path(__file__).parents[2] / "image" / "tools"))
from describe_start import classes_of, write  # pyright: ignore[reportMissingImports]

SIDE = 64


def describe(start: str, folder: Path) -> Tensor:
    """``[k, centers, f]`` for the classes of the checkpoint in their order."""
    weights = CENTERS.with_name(f"{start}.safetensors")
    classes = classes_of(weights, folder, artgen_domain(), lambda source: prepare(source, VideoConfig(size=SIDE)))
    return torch.stack([start_centers(middle(clips)) for clips in classes])


if __name__ == "__main__":
    write(describe, CENTERS, str(__doc__))
