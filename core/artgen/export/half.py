"""Weights of a graph in half precision: half the room, the arithmetic as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_LEAST = 256  # numbers of a weight that is worth it


def halve(path: Path) -> None:
    """Rewrite the ONNX file: large float32 weights become float16 and are cast back when the graph is loaded."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or int(np.prod(weight.dims)) < _LEAST:
            continue
        name = weight.name
        short = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), f"{name}.half")
        weight.CopyFrom(short)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for number, node in enumerate(casts):
        model.graph.node.insert(number, node)
    onnx.save(model, str(path))
