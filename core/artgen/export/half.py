"""Weights of a graph in fewer bytes; the arithmetic stays as it was.

Two bytes a number are float16. Three are float16 and, in a byte, what it leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

MANY = 2**16  # numbers of a weight: such lie deep in a generator, where rounding moves a picture least
_LEAST = 256  # numbers of a weight that is worth it
Width = Literal[2, 3, 4]  # bytes of a number


def halve(model: Any, least: int = _LEAST, rest: bool = False) -> None:
    """Float32 weights of at least ``least`` numbers become float16; they are cast back when the graph is loaded.

    - ``model``: an ``onnx.ModelProto``, changed in place.
    - ``rest``: keep in a byte beside each number what float16 leaves out. The error is then at most 2^-19 of the largest number
      of the weight."""
    import onnx
    from onnx import helper, numpy_helper

    nodes, beside = [], []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or int(np.prod(weight.dims)) < least:
            continue
        name, value = weight.name, numpy_helper.to_array(weight)
        short = value.astype(np.float16)
        left = value - short.astype(np.float32)
        step = np.abs(left).max() / 127
        weight.CopyFrom(numpy_helper.from_array(short, f"{name}.half"))
        if not rest or step == 0:
            nodes.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
            continue
        beside += [
            numpy_helper.from_array(np.rint(left / step).astype(np.int8), f"{name}.rest"),
            numpy_helper.from_array(np.asarray(step, np.float32), f"{name}.step"),
        ]
        nodes += [
            helper.make_node("Cast", [f"{name}.half"], [f"{name}.wide"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Cast", [f"{name}.rest"], [f"{name}.steps"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.steps", f"{name}.step"], [f"{name}.left"]),
            helper.make_node("Add", [f"{name}.wide", f"{name}.left"], [name]),
        ]
    model.graph.initializer.extend(beside)
    for number, node in enumerate(nodes):
        model.graph.node.insert(number, node)


def shorten_file(path: Path, width: Width) -> None:
    """Rewrite an ONNX file so that its weights take ``width`` bytes a number.

    With two, only weights of MANY numbers are rewritten, because the work would show it in those near to it. With four, none."""
    import onnx

    if width == 4:
        return
    model = onnx.load(str(path))
    halve(model, MANY if width == 2 else _LEAST, rest=width == 3)
    onnx.save(model, str(path))
