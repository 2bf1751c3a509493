"""Describe what start weights were trained on, so that a run can find the nearest: centers of features, a few for each class.

    python describe_sounds.py START=FOLDER...

START: name of a file in artgen_music/weights without its ending. FOLDER: the sounds that it was trained on last, a folder for
each class of its checkpoint. Writes artgen_music/weights/starts.safetensors with all of them; name every start that ships.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from artgen.nn import start_centers
from artgen_music.config import MusicConfig
from artgen_music.plugin import artgen_domain
from artgen_music.prepare import prepare
from artgen_music.starts import CENTERS, features

sys.path.insert(0, str(Path(__file__).parents[2] / "image" / "tools"))
from describe_start import classes_of, write  # pyright: ignore[reportMissingImports]


def describe(start: str, folder: Path) -> Tensor:
    """``[k, centers, f]`` for the classes of the checkpoint in their order."""
    weights = CENTERS.with_name(f"{start}.safetensors")
    classes = classes_of(weights, folder, artgen_domain(), lambda source: prepare(source, MusicConfig()))
    return torch.stack([start_centers(slices, features=features) for slices in classes])


if __name__ == "__main__":
    write(describe, CENTERS, str(__doc__))
