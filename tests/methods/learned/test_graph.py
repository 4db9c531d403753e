"""Cutting an ONNX file down to what some of its tensors need."""

import numpy as np
import pytest

from locard.methods.learned.graph import cut_graph

onnx = pytest.importorskip("onnx", reason="needs the extra train")


def model() -> bytes:
    """x → 2 x → 2 x + 3 → its negative, with a constant of each, and names that must not mix."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Mul", ["x", "two"], ["doubled"], name="third"),
        helper.make_node("Add", ["doubled", "three"], ["more"], name="doubled"),
        helper.make_node("Mul", ["more", "large"], ["y"], name="last", doc_string="ä" * 200),
    ]
    held = [
        numpy_helper.from_array(np.array([2, 2], np.float32), "two"),
        numpy_helper.from_array(np.array([3, 3], np.float32), "three"),
        numpy_helper.from_array(np.ones((300, 2), np.float32), "large"),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [300, 2])
    made = helper.make_model(helper.make_graph(nodes, "g", [x], [y], held), ir_version=8)
    made.opset_import[0].version = 17
    data: bytes = made.SerializeToString()
    return data


def test_what_is_not_needed_is_gone() -> None:
    import onnxruntime

    cut = cut_graph(model(), ["more", "doubled"])
    graph = onnx.load_from_string(cut).graph
    assert [node.name for node in graph.node] == ["third", "doubled"]
    assert [held.name for held in graph.initializer] == ["two", "three"]
    assert [out.name for out in graph.output] == ["more", "doubled"]
    session = onnxruntime.InferenceSession(cut, providers=["CPUExecutionProvider"])
    more, doubled = session.run(None, {"x": np.array([1, -2], np.float32)})
    assert doubled.tolist() == [2, -4]
    assert more.tolist() == [5, -1]


def test_what_cannot_be_cut_is_refused() -> None:
    whole = model()
    with pytest.raises(ValueError, match="nothing computes z"):
        cut_graph(whole, ["z", "y"])
    for broken in (b"", b"\xff" * 20, whole[:-10], b"text"):
        with pytest.raises(ValueError, match=r"no graph|protocol buffer|codec"):
            cut_graph(broken, ["y"])
