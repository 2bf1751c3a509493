"""Weights of a graph in half precision: half the room, the arithmetic as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

MANY = 2**16  # numbers of a weight: such lie deep in a generator, where rounding moves a picture least
_LEAST = 256  # numbers of a weight that is worth it


def halve(model: Any, least: int = _LEAST) -> None:
    """Float32 weights of at least ``least`` numbers become float16; they are cast back when the graph is loaded.

    - ``model``: an ``onnx.ModelProto``, changed in place."""
    import onnx
    from onnx import helper, numpy_helper

    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or int(np.prod(weight.dims)) < least:
            continue
        name = weight.name
        short = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), f"{name}.half")
        weight.CopyFrom(short)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for number, node in enumerate(casts):
        model.graph.node.insert(number, node)


def halve_file(path: Path) -> None:
    """Rewrite an ONNX file so: the weights of MANY numbers. Those near the work stay as they are."""
    import onnx

    model = onnx.load(str(path))
    halve(model, MANY)
    onnx.save(model, str(path))
