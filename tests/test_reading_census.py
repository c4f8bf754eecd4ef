"""Parameters and precision."""

from __future__ import annotations

import pytest
from onnx import TensorProto, helper

from predictors.reading import read_model
from predictors.results.graph_notes import graph_notes
from reading_support import from_nodes, from_text, read_text


def test_statistics_scalars_and_shape_arguments_are_no_parameters() -> None:
    graph = read_text("""
        g (float[1,3,8,8] x) => (float[1,256] y)
        <float[4,3,3,3] w, float[4] b, float[4] scale, float[4] shift, float[4] mean, float[4] var,
         float six = {6.0}, int64[2] flat = {1,-1}>
        { c = Conv<pads = [1,1,1,1]>(x, w, b)  n = BatchNormalization(c, scale, shift, mean, var)
          r = Clip(n, , six)  y = Reshape(r, flat) }""")
    assert graph.params == 4 * 3 * 3 * 3 + 4 + 4 + 4


def test_a_shared_weight_counts_once_whatever_its_way() -> None:
    graph = read_text("""
        g (int64[1,5] ids) => (float[1,5,100] y) <float[100,16] table>
        { e = Gather(table, ids)  t = Transpose(table)  y = MatMul(e, t) }""")
    assert graph.params == 1600
    assert graph.shape("y") == (1, 5, 100)


def test_generated_weights_count() -> None:
    graph = read_text("""
        g (float[1,3,8,8] x) => (float[1,4,6,6] y) <int64[4] s = {4,3,3,3}>
        { w = ConstantOfShape(s) y = Conv(x, w) }""")
    assert graph.params == 108


QDQ = """
    g (float[1,3,8,8] x) => (float[1,4,6,6] y) <float s = {0.1}, int8 z = {0}, int8[4,3,3,3] w, float[4] b>
    { q = QuantizeLinear(x, s, z)  d = DequantizeLinear(q, s, z)  f = DequantizeLinear(w, s, z)
      c = Conv(d, f, b)  o = QuantizeLinear(c, s, z)  y = DequantizeLinear(o, s, z) }"""
WIDE = """
    g (float[1,3,8,8] x) => (float[1,4,6,6] y)
    <float s = {0.1}, uint16 z = {0}, int8 n = {0}, int8[4,3,3,3] w, float[4] b>
    { q = com.microsoft.QuantizeLinear(x, s, z)  d = com.microsoft.DequantizeLinear(q, s, z)
      f = DequantizeLinear(w, s, n)  c = Conv(d, f, b)  o = com.microsoft.QuantizeLinear(c, s, z)
      y = com.microsoft.DequantizeLinear(o, s, z) }"""
WEIGHTS_ONLY = """
    g (float[1,3,8,8] x) => (float[1,4,6,6] y) <float s = {0.1}, int8 z = {0}, int8[4,3,3,3] w>
    { f = DequantizeLinear(w, s, z)  y = Conv(x, f) }"""
HALF = "g (float16[1,8] x) => (float16[1,4] y) <float16[8,4] w> { y = MatMul(x, w) }"
DYNAMIC = """
    g (float[1,8] x) => (float[1,4] y) <uint8[8,4] w, float k = {0.1}>
    { q, s, z = DynamicQuantizeLinear(x)  i = MatMulInteger(q, w, z)  f = Cast<to = 1>(i)  y = Mul(f, k) }"""


@pytest.mark.parametrize(
    ("text", "precision", "params"),
    [
        (QDQ, "int8", 112),
        (WIDE, "int16x8", 112),
        (WEIGHTS_ONLY, "fp32", 108),
        (HALF, "fp16", 32),
        (DYNAMIC, "int8", 32),
    ],
)
def test_precision_and_parameters_of_quantised_models(text: str, precision: str, params: int) -> None:
    graph = read_text(text)
    assert graph.precision == precision
    assert graph.params == params
    assert graph.shape("y") is not None
    notes = [note.message for note in graph_notes(graph, "fp32") if note.code == "PRECISION_DIFFERS"]
    assert ["16 bits" in note for note in notes] == {"fp32": []}.get(precision, [precision == "int16x8"])


def test_integer_convolutions_count_their_weights_but_not_their_scales() -> None:
    names = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"]
    weights = {"xs": [], "xz": [], "w": [4, 3, 3, 3], "ws": [4], "wz": [4], "ys": [], "yz": [], "b": [4]}
    kinds = dict.fromkeys(("x", "xz", "w", "wz", "yz"), TensorProto.UINT8) | {"b": TensorProto.INT32}
    node = helper.make_node("QLinearConv", names, ["y"])
    graph = read_model(from_nodes([node], {"x": [1, 3, 8, 8]}, weights, types=kinds))
    assert graph.params == 108 + 4
    assert graph.precision == "int8"
    assert graph.shape("y") == (1, 4, 6, 6)


def test_dequantised_weights_are_constant_and_activations_are_not() -> None:
    graph = read_text(QDQ)
    assert graph.tensors["f"].is_constant
    assert graph.shape("f") == (4, 3, 3, 3)
    assert not graph.tensors["d"].is_constant


def test_random_tensors_are_no_weights() -> None:
    data = from_text("g () => (float[2,3] y) { r = RandomNormal<shape = [2,3]>()  y = Relu(r) }")
    graph = read_model(data)
    assert not graph.tensors["r"].is_constant
    assert graph.params == 0
