"""A generator as a page plays it: its graphs, and the runtime that runs them in a browser, each compressed."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artgen.errors import PluginError
from artgen.export.graph import Unwritten, written
from artgen.export.half import Width, halve
from artgen.export.networks import Extras, quietly, write_networks
from artgen.export.pieces import cut
from artgen.export.record import NetworkRecord
from artgen.inference.model import Model
from artgen.nn.enlarger import FACTORS, Factor, enlarge, enlarge_whole, load_enlarger
from artgen.nn.style import StyleGenerator
from artgen.provenance.medium import kind_of

_LARGEST = 256  # pixels of a side that are enlarged without tiles


@dataclass(frozen=True)
class Engine:
    """What a page needs to make works itself.

    - ``record``: what ``network.json`` says.
    - ``layers``: places at which w enters; 0: there is no mapping network.
    - ``parts``: gzip-compressed files: ``mapping``, ``synthesis`` or ``generator``, ``enlarge-1`` and so on (in a row),
      ``loader``, ``runtime``.
    - ``gain``: of a sound, so that it is as loud as the files of the writer.
    """

    record: NetworkRecord
    layers: int
    parts: Mapping[str, bytes]
    gain: float = 1.0

    @property
    def size(self) -> int:
        """Bytes in a page, as text."""
        return sum(len(data) for data in self.parts.values()) * 4 // 3


@dataclass(frozen=True)
class Enlarging:
    """How a writer enlarges, where it does; how many times is seen in its works. See ``artgen.nn.enlarge``.

    - ``strength``: share of the network in the result.
    - ``weights``: the checkpoint of another enlarger than the one that ships."""

    strength: float = 1.0
    weights: Path | None = None


class Enlarged(nn.Module):
    """``[b, c, h, w]`` uint8 to ``[b, c, factor * h, factor * w]``."""

    def __init__(self, factor: Factor, how: Enlarging) -> None:
        super().__init__()
        self.factor: Factor = factor
        self.how = how

    def forward(self, pictures: Tensor) -> Tensor:
        return enlarge_whole(pictures, self.factor, self.how.strength, self.how.weights)


def engine_of(
    model: Model,
    extras: Extras,
    made: np.ndarray,
    finished: np.ndarray,
    gain: float = 1.0,
    how: Enlarging = Enlarging(),
) -> Engine:
    """The engine of a model that makes pictures, films or sounds of one channel.

    - ``made``: a work as the codec decodes it; ``finished``: as the writer of the domain finishes it.
    - ``gain``: see Engine; ``how``: see Enlarging.

    Raises InputError where a package is missing, PluginError with the reason where no graph makes the same works."""
    factor = factor_of(made, finished, how)
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder:
        record = _written(model, Path(folder), extras, 3 if kind_of(made) == "sound" else 2)
        _check(record, made)
        found = packed(model, record, Path(folder), gain)
    larger = enlarger_of(made, factor, how) if factor is not None else {}
    return replace(found, parts={**found.parts, **{name: _zipped(data) for name, data in larger.items()}})


def packed(model: Model, record: NetworkRecord, folder: Path, gain: float = 1.0) -> Engine:
    """The networks that ``write_networks`` wrote into ``folder``, with the runtime that plays them in a browser."""
    web = resources.files("artgen.export").joinpath("web")
    parts = {Path(graph.file).stem: _zipped((folder / graph.file).read_bytes()) for graph in record.graphs}
    parts |= {
        "loader": _zipped(web.joinpath("ort.mjs").read_bytes()),
        "runtime": web.joinpath("ort.wasm.gz").read_bytes(),
    }
    layers = model.generator.style_layers if isinstance(model.generator, StyleGenerator) else 0
    return Engine(record, layers, parts, gain)


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _check(record: NetworkRecord, made: np.ndarray) -> None:
    """Raises PluginError where the last graph ends before such works, or makes other ones."""
    shape = record.graphs[-1].output.shape
    if record.work.medium == "sound" and record.work.hop:
        shape = (shape[-1] * record.work.hop,)
    if record.work.medium != kind_of(made) or shape != made.shape:
        raise PluginError("the graph of the generator ends before the works")


def _written(model: Model, folder: Path, extras: Extras, width: Width) -> NetworkRecord:
    """The graphs for one work at a time, as the page makes them, with weights of ``width`` bytes a number, or whole ones where
    works would not stay the same. For a sound two bytes are too few: its phases depend on small differences."""
    try:
        return write_networks(model, folder, extras, width, any_batch=False)
    except PluginError:
        return write_networks(model, folder, extras, any_batch=False)


def factor_of(made: np.ndarray, finished: np.ndarray, how: Enlarging) -> Factor | None:
    """How many times the learned enlarger makes of ``made`` what the writer does; None: the page shows it as it is made, because
    the writer does so too, or enlarges films, for whose frames a browser has no time. Raises PluginError for a writer that does
    something else."""
    if made.shape == finished.shape and np.array_equal(made, finished):
        return None
    if made.ndim == finished.ndim == 4 and finished.shape[2] in {made.shape[2] * factor for factor in FACTORS}:
        return None
    factor = finished.shape[1] // made.shape[1] if made.ndim == finished.ndim == 3 else 0
    if factor in FACTORS and made.shape[0] in (1, 3) and max(made.shape) <= _LARGEST:
        known: Factor = 2 if factor == 2 else 4
        larger = enlarge(torch.from_numpy(made[None]), known, how.strength, how.weights)
        if np.array_equal(larger[0].numpy(), finished):
            return known
    raise PluginError("the writer of the plugin changes its works in a way that no graph here makes")


def enlarger_of(made: np.ndarray, factor: Factor, how: Enlarging) -> dict[str, bytes]:
    """The enlarger for pictures of the size of ``made``, a layer a piece: a wish that comes meanwhile waits for a layer at most.
    Its weights are of half precision anyway. Without a share of the network it is one piece, of a few kilobytes."""
    if how.strength:
        load_enlarger(torch.device("cpu"), how.weights)  # weights are not read while a graph is traced
    with quietly():
        try:
            program = written(Enlarged(factor, how), ("picture", "larger"), torch.from_numpy(made[None]))
        except Unwritten as error:
            raise PluginError(f"the enlarger is no graph ({error})") from None
        found = dict[str, bytes]()
        for number, piece in enumerate(cut(program.model_proto, "PRelu"), 1):
            halve(piece)
            found[f"enlarge-{number}"] = piece.SerializeToString()
    return found
