"""A graph as a row of small ones, so that whoever plays it can stop between two of them."""

from __future__ import annotations

from typing import Any


def cut(model: Any, after: str) -> list[Any]:
    """A graph of ONNX of one output as pieces, one behind the other.

    - ``model``: an ``onnx.ModelProto``.
    - ``after``: an operator; a piece ends behind each of these nodes.

    Every piece takes tensors that earlier ones gave, or inputs of the graph, by their names; the last gives its output."""
    from onnx import shape_inference
    from onnx.utils import Extractor

    known = shape_inference.infer_shapes(model)
    nodes, output = list(known.graph.node), known.graph.output[0].name
    weights = {weight.name for weight in known.graph.initializer}
    ends = [number + 1 for number, node in enumerate(nodes[:-1]) if node.op_type == after]
    bounds = [0, *ends, len(nodes)]
    alive = [_alive(nodes, bound, weights, output) for bound in bounds[:-1]]
    return [
        Extractor(known).extract_model(needed, given)
        for needed, given in zip(alive, [*alive[1:], [output]], strict=True)
    ]


def _alive(nodes: list[Any], bound: int, weights: set[str], output: str) -> list[str]:
    """Tensors that exist before node ``bound`` and are needed from there on."""
    made = {name for node in nodes[bound:] for name in node.output}
    needed = {name for node in nodes[bound:] for name in node.input if name} | {output}
    return sorted(needed - made - weights)
