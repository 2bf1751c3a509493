"""Promise: a graph that is cut gives in pieces what it gives as a whole, so that a page may stop between two of them."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from artgen.export.half import MANY, halve
from artgen.export.pieces import cut

SHAPE = (1, 2, 4, 4)


def graph() -> onnx.ModelProto:
    """Two layers and a path around both."""
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(size=(2, 2, 3, 3)).astype(np.float32) for name in ("first", "second")}
    weights |= {name: rng.normal(size=(2, 1, 1)).astype(np.float32) for name in ("slope", "slope_2")}
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["a"], pads=[1] * 4),
        helper.make_node("PRelu", ["a", "slope"], ["b"]),
        helper.make_node("Conv", ["b", "second"], ["c"], pads=[1] * 4),
        helper.make_node("PRelu", ["c", "slope_2"], ["d"]),
        helper.make_node("Add", ["d", "x"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, SHAPE) for name in ("x", "y")]
    own = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    opset = [helper.make_opsetid("", 18)]
    return helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], own), opset_imports=opset, ir_version=9)


def played(pieces: list[onnx.ModelProto], known: dict[str, np.ndarray]) -> np.ndarray:
    for piece in pieces:
        session = onnxruntime.InferenceSession(piece.SerializeToString())
        names = [value.name for value in session.get_outputs()]
        taken = {value.name: known[value.name] for value in session.get_inputs()}
        known = known | dict(zip(names, map(np.asarray, session.run(None, taken)), strict=True))
    return known["y"]


def test_pieces_in_a_row_give_what_the_whole_gives() -> None:
    pieces = cut(graph(), "PRelu")
    assert [len(piece.graph.node) for piece in pieces] == [2, 2, 1]
    x = {"x": np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)}
    assert np.array_equal(played(pieces, x), played([graph()], x))


def test_weights_that_are_few_keep_their_precision() -> None:
    model = graph()
    halve(model, MANY)
    assert all(weight.data_type == onnx.TensorProto.FLOAT for weight in model.graph.initializer)
    halve(model, 36)
    assert [weight.data_type == onnx.TensorProto.FLOAT16 for weight in model.graph.initializer] == [
        True,
        True,
        False,
        False,
    ]
    x = {"x": np.ones(SHAPE, np.float32)}
    assert np.abs(played([model], x) - played([graph()], x)).max() < 0.05


def test_with_what_half_precision_leaves_out_weights_are_as_good_as_they_were() -> None:
    """Half as much room again as halves, and some hundred times nearer."""
    whole, halved, kept = graph(), graph(), graph()
    halve(halved, 1)
    halve(kept, 1, rest=True)
    onnx.checker.check_model(kept)
    x = {"x": np.random.default_rng(2).normal(size=SHAPE).astype(np.float32)}
    gaps = [np.abs(played([model], x) - played([whole], x)).max() for model in (halved, kept)]
    assert 0 < gaps[1] < gaps[0] / 50
