"""Write a generator as ONNX: its graphs, ``network.json`` that describes them, and a program that plays them without artgen."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artgen.contract.codec import SpectralCodec
from artgen.contract.options import SampleOptions
from artgen.errors import InputError
from artgen.export.check import compare
from artgen.export.graph import Traced, trace
from artgen.export.half import Width, shorten_file
from artgen.export.record import (
    FILE,
    DirectionEntry,
    GraphRow,
    Holds,
    InputRow,
    NetworkRecord,
    OutputRow,
    WorkKind,
)
from artgen.inference.directions import Direction
from artgen.inference.latent import encode, seed_latent
from artgen.inference.model import Model
from artgen.nn.style import StyleGenerator
from artgen.provenance.medium import kind_of
from artgen.runtime.disk import staged

_PLAYER = ("play.py", "README.md")
_HOLDS: dict[str, Holds] = {"z": "latent", "condition": "classes", "w": "style"}
_SEEDS = (
    "A seed starts PyTorch's generator of the CPU (MT19937 and Box-Muller): it draws z, then the noises in the order of the "
    "inputs. play.py draws the same numbers."
)


@dataclass(frozen=True)
class Extras:
    """What goes along with a generator.

    - ``about``: metadata that every file of the run carries.
    - ``directions``: named, for sliders.
    - ``fps``: of a film, None: of none.
    """

    about: Mapping[str, str]
    directions: Sequence[Direction] = ()
    fps: float | None = None


def write_networks(
    model: Model, folder: Path, extras: Extras, width: Width = 4, any_batch: bool = True
) -> NetworkRecord:
    """Write the graphs, ``network.json``, ``play.py`` and ``README.md`` into ``folder``, after they were compared with PyTorch.

    - ``width``: bytes of a number of the large weights, see ``shorten_file``.
    - ``any_batch``: see ``trace``.

    Raises InputError where a package is missing or another's file is in the way; PluginError, one line with the reason, for a
    generator that cannot be written as a graph or whose graph differs; StorageError."""
    _check_packages()
    model.check_latent()
    options = SampleOptions(fps=extras.fps)
    own = _names(folder)
    for name in (FILE, *_PLAYER):  # said before the work
        if (folder / name).exists() and name not in own:
            raise InputError(
                f"{name} exists already and was not made by artgen; choose another folder", at="--onnx", value=folder
            )
    with staged(folder, lambda old, _: old.name in own) as work:
        with quietly():
            traced = trace(model, options, any_batch)
            for graph in traced.graphs:
                graph.program.save(work / f"{graph.name}.onnx", external_data=False)
                shorten_file(work / f"{graph.name}.onnx", width)
        record = _described(model, traced, extras, options)
        for name in _PLAYER:
            (work / name).write_bytes(resources.files("artgen.export").joinpath("player", name).read_bytes())
        _write(work, record)
        record = record.model_copy(update={"differences": tuple(compare(model, work, record, traced, options))})
        _write(work, record)
    return record


def _write(folder: Path, record: NetworkRecord) -> None:
    (folder / FILE).write_text(record.model_dump_json(indent=1, exclude_none=True), encoding="utf-8")


def _names(folder: Path) -> set[str]:
    """Files in ``folder`` that an earlier export wrote there, which the next one may replace."""
    try:
        old = NetworkRecord.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return set()
    return {FILE, *_PLAYER, *(graph.file for graph in old.graphs)}


def _check_packages() -> None:
    """Raises InputError where a package is missing."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"needs another package: pip install artgen-suite[export] ({error.name})", at="--onnx"
        ) from None


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without what the libraries tell their developers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _described(model: Model, traced: Traced, extras: Extras, options: SampleOptions) -> NetworkRecord:
    work, (sample, low, high) = _kind(model, traced, options), _example(model, traced, options)
    graphs = list[GraphRow]()
    for graph in traced.graphs:
        inputs = tuple(InputRow(name=n, shape=shape, holds=_HOLDS.get(n, "noise")) for n, shape in graph.inputs.items())
        shape = (model.latent_size,) if graph.output == "w" else sample.shape[1:]
        kind = "float32" if graph.output == "w" else str(sample.dtype)
        reach = (0.0, 0.0) if graph.output == "w" else (low, high)
        output = OutputRow(name=graph.output, shape=shape, dtype=kind, low=reach[0], high=reach[1])
        graphs.append(GraphRow(file=f"{graph.name}.onnx", inputs=inputs, output=output))
    return NetworkRecord(
        about=extras.about,
        batch="any" if all(graph.any_batch for graph in traced.graphs) else "one",
        latent=model.latent,
        classes=model.spec.labels,
        graphs=tuple(graphs),
        work=work.model_copy(update={"fps": extras.fps if work.medium == "film" else None}),
        seeds=_SEEDS,
        truncation=_means(model),
        directions=tuple(
            DirectionEntry(name=d.name, effect=d.effect, vector=tuple(d.vector.tolist())) for d in extras.directions
        ),
        unit="levels" if traced.ends == "work" else "share of the range of the values",
        differences=(),
    )


def _means(model: Model) -> tuple[tuple[float, ...], ...] | None:
    """The mean w of every class; None for a generator without a mapping network."""
    if not isinstance(model.generator, StyleGenerator):
        return None
    rows = [model.condition({label: 1.0} if label else {}) for label in model.spec.labels or (None,)]
    with torch.inference_mode():
        zero = torch.zeros(1, model.latent_size)
        return tuple(tuple(model.truncated(zero, row, 0.0)[0].tolist()) for row in rows)


@torch.inference_mode()
def _example(model: Model, traced: Traced, options: SampleOptions) -> tuple[np.ndarray, float, float]:
    """What the last graph gives, and the range of its values."""
    values = traced.ended(encode(model, seed_latent(model, 0), options)).cpu().numpy()
    if values.dtype.kind in "ui":
        reach = np.iinfo(values.dtype)
        return values, float(reach.min), float(reach.max)
    return values, float(values.min()), float(values.max())


def _kind(model: Model, traced: Traced, options: SampleOptions) -> WorkKind:
    codec: Any = model.codec
    if traced.ends == "magnitude" and isinstance(codec, SpectralCodec):
        form = codec.transform
        how = "magnitudes [f, t] of a short-time Fourier transform; the algorithm of Griffin and Lim finds their phases (play.py)"
        return WorkKind(medium="sound", how=how, rate=form.rate, n_fft=form.n_fft, hop=form.hop,
                        steps=form.steps)  # fmt: skip
    if traced.ends == "work":
        values, _, _ = _example(model, traced, options)
        medium = kind_of(values[0])
        axes = {"picture": "[c, h, w]", "film": "[c, t, h, w]", "sound": "[n]", None: "as the plugin has them"}[medium]
        return WorkKind(medium=medium or "values", how=f"raw works, {axes}")
    what = {"view": "what the codec of the plugin shows of a work", "encoded": "encoded items"}[traced.ends]
    return WorkKind(medium="values", how=f"{what}; the way to the work is no graph: {traced.why}")
