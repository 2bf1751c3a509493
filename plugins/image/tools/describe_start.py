"""Describe what start weights were trained on, so that a run can find the nearest: centers of features, a few for each class.

    python describe_start.py START=FOLDER...

START: name of a file in artgen_image/weights without its ending. FOLDER: the pictures that it was trained on last, a folder for
each class of its checkpoint. Writes artgen_image/weights/starts.safetensors with all of them; name every start that ships.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from artgen.data.scan import scan
from artgen.nn import start_centers
from artgen.runfolder import checkpoint
from artgen.types import Domain, RawItem, Skipped, Source
from artgen_image.config import ImageConfig
from artgen_image.prepare import read_picture

CENTERS = Path(__file__).parents[1] / "artgen_image" / "weights" / "starts.safetensors"
SIDE = 64
MOST = 400  # pictures of a class that are looked at
MANY = 12  # classes: of a start that has more, each has fewer centers


def describe(start: str, folder: Path) -> Tensor:
    """``[k, centers, f]`` for the classes of the checkpoint in their order."""
    labels = checkpoint.read_header(CENTERS.with_name(f"{start}.safetensors")).labels
    config, rows = ImageConfig(size=SIDE), []
    for label in labels:
        files = [file for file in sorted((folder / label).iterdir()) if file.suffix in (".webp", ".jpg", ".png")]
        files = [files[int(n)] for n in np.linspace(0, len(files) - 1, min(len(files), MOST))]
        pictures = np.stack([read_picture(file, config) for file in files])
        rows.append(start_centers(pictures, 2 if len(labels) > MANY else 6))
    return torch.stack(rows)


def classes_of(
    weights: Path, folder: Path, domain: Domain, prepare: Callable[[Source], Iterator[RawItem | Skipped]]
) -> list[np.ndarray]:
    """The items ``[n, ...]`` of each class of a checkpoint, in its order, that ``prepare`` makes of the files of a folder."""
    source = scan(folder, domain.suffixes)
    items: dict[str | None, list[np.ndarray]] = {label: [] for label in source.labels}
    for item in prepare(source):
        if isinstance(item, RawItem):
            items[item.label].append(item.data)
    return [np.stack(items[label]) for label in checkpoint.read_header(weights).labels]


def write(describe: Callable[[str, Path], Tensor], centers: Path, about: str) -> None:
    """The command line of such a tool: all starts that it names, described by ``describe(start, folder)``, to ``centers``.

    - ``about``: what the tool's help says."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("starts", nargs="+", metavar="START=FOLDER")
    pairs = [words.split("=", 1) for words in parser.parse_args().starts]
    found = {start: describe(start, Path(folder)).half() for start, folder in pairs}
    save_file(found, centers)
    print(f"{centers}: {', '.join(f'{name} {list(tensor.shape)}' for name, tensor in found.items())}")


if __name__ == "__main__":
    write(describe, CENTERS, str(__doc__))
