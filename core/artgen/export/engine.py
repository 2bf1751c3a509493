"""A generator of pictures as a page plays it: its graphs, and the runtime that runs them in a browser, each compressed."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artgen.errors import PluginError
from artgen.export.graph import Unwritten, written
from artgen.export.half import halve
from artgen.export.networks import Extras, quietly, write_networks
from artgen.export.pieces import cut
from artgen.export.record import NetworkRecord
from artgen.inference.model import Model
from artgen.nn.enlarger import FACTORS, Factor, enlarge, enlarge_whole
from artgen.nn.style import StyleGenerator

_LARGEST = 256  # pixels of a side that are enlarged without tiles


@dataclass(frozen=True)
class Engine:
    """What a page needs to make pictures itself.

    - ``record``: what ``network.json`` says.
    - ``layers``: places at which w enters; 0: there is no mapping network.
    - ``parts``: gzip-compressed files: ``mapping``, ``synthesis`` or ``generator``, ``enlarge-1`` and so on (in a row),
      ``loader``, ``runtime``.
    """

    record: NetworkRecord
    layers: int
    parts: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """Bytes in a page, as text."""
        return sum(len(data) for data in self.parts.values()) * 4 // 3


class Enlarged(nn.Module):
    """``[b, 3, h, w]`` uint8 to ``[b, 3, factor * h, factor * w]``."""

    def __init__(self, factor: Factor) -> None:
        super().__init__()
        self.factor: Factor = factor

    def forward(self, pictures: Tensor) -> Tensor:
        return enlarge_whole(pictures, self.factor)


def engine_of(model: Model, extras: Extras, made: np.ndarray, finished: np.ndarray) -> Engine:
    """The engine of a model that makes pictures.

    - ``made``: a picture ``[c, h, w]`` as the codec decodes it; ``finished``: as the writer of the domain finishes it.

    Raises InputError where a package is missing, PluginError with the reason where no graph makes the same pictures."""
    factor = _factor(made, finished)
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
        record = _written(model, Path(folder), extras)
        if record.work.medium != "picture":
            raise PluginError("works are pictures, and the graph ends before them")
        parts = {Path(graph.file).stem: (Path(folder) / graph.file).read_bytes() for graph in record.graphs}
        if factor is not None:
            parts |= _enlarger(made, factor)
    web = resources.files("artgen.export").joinpath("web")
    packed = {name: gzip.compress(data, 9, mtime=0) for name, data in parts.items()}
    packed["loader"] = gzip.compress(web.joinpath("ort.mjs").read_bytes(), 9, mtime=0)
    packed["runtime"] = web.joinpath("ort.wasm.gz").read_bytes()
    layers = model.generator.style_layers if isinstance(model.generator, StyleGenerator) else 0
    return Engine(record, layers, packed)


def _written(model: Model, folder: Path, extras: Extras) -> NetworkRecord:
    """In half precision where the pictures stay the same."""
    try:
        return write_networks(model, folder, extras, half=True)
    except PluginError:
        return write_networks(model, folder, extras)


def _factor(made: np.ndarray, finished: np.ndarray) -> Factor | None:
    """How many times the learned enlarger makes of ``made`` what the writer does; None: the writer leaves it as it is. Raises
    PluginError for a writer that does something else."""
    if made.shape == finished.shape and np.array_equal(made, finished):
        return None
    factor = finished.shape[1] // made.shape[1]
    if factor in FACTORS and made.shape[0] == 3 and max(made.shape) <= _LARGEST:
        known: Factor = 2 if factor == 2 else 4
        if np.array_equal(enlarge(torch.from_numpy(made[None]), known)[0].numpy(), finished):
            return known
    raise PluginError("the writer of the plugin changes pictures in a way that no graph here makes")


def _enlarger(made: np.ndarray, factor: Factor) -> dict[str, bytes]:
    """The enlarger for pictures of one size, a layer a piece: a wish that comes meanwhile waits for a layer at most. Its weights
    are of half precision anyway."""
    with quietly():
        try:
            program = written(Enlarged(factor), ("picture", "larger"), torch.from_numpy(made[None]))
        except Unwritten as error:
            raise PluginError(f"the enlarger is no graph ({error})") from None
        found = dict[str, bytes]()
        for number, piece in enumerate(cut(program.model_proto, "PRelu"), 1):
            halve(piece)
            found[f"enlarge-{number}"] = piece.SerializeToString()
    return found
