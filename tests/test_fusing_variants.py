"""One architecture, many files: exporter, opset, precision and batch do not change the kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import product

import numpy as np
import onnx.parser
import pytest
from onnx import numpy_helper

from fusing_support import GraphWriter, fused, histogram
from predictors.model.graph import Graph
from predictors.reading import read_model
from predictors.samples import CLASSIFIERS, sample_bytes

Writer = Callable[[GraphWriter, str], str]


def _relu6_by_inputs(g: GraphWriter, x: str) -> str:
    return g.op("Clip", x, g.scalar(0), g.scalar(6), shape=g.shape(x))


def _relu6_by_attributes(g: GraphWriter, x: str) -> str:
    return g.op("Clip", x, min=0.0, max=6.0)


def _hswish_operator(g: GraphWriter, x: str) -> str:
    return g.op("HardSwish", x)


def _hswish_product(g: GraphWriter, x: str) -> str:
    return g.op("Mul", x, g.op("HardSigmoid", x))


def _hswish_spelled(g: GraphWriter, x: str) -> str:
    return g.op("Div", g.op("Mul", x, _relu6_by_inputs(g, g.op("Add", x, g.scalar(3)))), g.scalar(6))


def _pool(g: GraphWriter, x: str) -> str:
    return g.global_pool(x)


def _mean(g: GraphWriter, x: str) -> str:
    return g.op("ReduceMean", x, g.vector(-1, -2), shape=(*g.shape(x)[:2], 1, 1))


def _folded(g: GraphWriter, x: str) -> str:
    return x


def _norm(g: GraphWriter, x: str) -> str:
    return g.bn(x)


def _old_zoo_norm(g: GraphWriter, x: str) -> str:
    channels = g.shape(x)[1]
    scaled = g.op("Mul", g.bn(x), g.constant(channels, 1, 1))
    return g.op("Add", scaled, g.constant(channels, 1, 1))


def _network(relu6: Writer, hswish: Writer, squeeze: Writer, norm: Writer, matmul: bool, batch: int) -> Graph:
    """A small MobileNetV3-like network: stem, inverted residual with squeeze-and-excite, head."""
    g = GraphWriter(x=(batch, 3, 32, 32))
    stem = hswish(g, norm(g, g.conv("x", 16, 3, 2)))
    wide = relu6(g, norm(g, g.conv(stem, 64)))
    deep = relu6(g, norm(g, g.dwconv(wide)))
    gate = g.op("HardSigmoid", g.conv(g.op("Relu", g.conv(squeeze(g, deep), 16)), 64))
    narrow = norm(g, g.conv(g.op("Mul", deep, gate), 16))
    tail = g.op("Identity", squeeze(g, hswish(g, g.conv(g.op("Add", stem, narrow), 96))))
    flat = g.reshape(tail, batch, 96)
    return g.graph(g.dense(flat, 10) if matmul else g.gemm(flat, 10))


EXPECTED = {
    "tflite-cpu": {
        "conv-bn-relu": 4,
        "dwconv-bn-relu": 1,
        "se": 1,
        "add": 1,
        "global-avgpool": 1,
        "fc": 1,
    },
    "tflite-gpu": {"conv-bn-relu": 4, "dwconv-bn-relu": 1, "se": 1, "global-avgpool": 1, "fc": 1},
}
SPELLINGS = list(
    product(
        (_relu6_by_inputs, _relu6_by_attributes),
        (_hswish_operator, _hswish_product, _hswish_spelled),
        (_pool, _mean),
        (_folded, _norm, _old_zoo_norm),
    )
)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", EXPECTED)
@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda parts: "-".join(part.__name__ for part in parts))
def test_every_spelling_of_a_mobile_network_has_the_same_kernels(
    spelling: tuple[Writer, Writer, Writer, Writer], runtime: str
) -> None:
    model = fused(_network(*spelling, matmul=False, batch=1), runtime)
    assert histogram(model) == EXPECTED[runtime]
    assert model.macs == fused(_network(*SPELLINGS[0], matmul=True, batch=1)).macs


@pytest.mark.parametrize("batch", [1, 5])
def test_matmul_head_and_batch_change_nothing(batch: int) -> None:
    assert histogram(fused(_network(*SPELLINGS[0], matmul=True, batch=batch))) == EXPECTED["tflite-cpu"]


@lru_cache
def _sample(name: str, precision: str = "fp32", opset: int = 17) -> dict[str, int]:
    return histogram(fused(read_model(sample_bytes(name, precision=precision, opset=opset))))


@pytest.mark.slow
@pytest.mark.parametrize("opset", [14, 18, 21])
@pytest.mark.parametrize("name", ["mobilenet-v3-large", "shufflenet-v2", "densenet-121", "squeezenet-1.1"])
def test_opsets_do_not_change_the_kernels(name: str, opset: int) -> None:
    assert _sample(name, opset=opset) == _sample(name)


def _without_relu(kernels: dict[str, int]) -> Counter[str]:
    """Quantised networks hide their ReLUs in integer ranges: count `add-relu` as `add`, `bn-relu` as `bn`."""
    merged: Counter[str] = Counter()
    for kind, count in kernels.items():
        merged[{"add-relu": "add", "bn-relu": "bn"}.get(kind, kind)] += count
    return merged


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CLASSIFIERS))
def test_quantised_samples_have_the_kernels_of_the_float_ones(name: str) -> None:
    quantised = _without_relu(_sample(name, precision="int8"))
    assert quantised.pop("quantize") == 1
    if name == "densenet-121":  # three linear convolutions before a pool, all ranges of the sample start at 0
        assert quantised.pop("avgpool") == 3
    assert quantised == _without_relu(_sample(name))


BERT_LAYER = """
<ir_version: 8, opset_import: ["" : OPSET]>
layer (float[B, 128, 256] x, int64[B, 128] attention_mask) => (float[B, 128, 256] y)
<float[256, 256] wq, float[256, 256] wk, float[256, 256] wv, float[256, 256] wo,
 float[256] bq, float[256] bk, float[256] bv, float[256] bo, float[256] g1, float[256] b1,
 float[256, 1024] w1, float[1024] c1, float[1024, 256] w2, float[256] c2, float[256] g2, float[256] b2,
 int64[4] heads = {0, 128, 4, 64}, int64[3] merged = {0, 128, 256}, float scale = {8.0}, float one = {1.0},
 float low = {-10000.0}, float root2 = {1.4142135}, float half = {0.5}, int64[2] axes = {1, 2},
 float eps = {0.00001}, float two = {2.0}>
{
  m0 = Unsqueeze(attention_mask, axes)
  m1 = Cast<to = 1>(m0)
  m2 = Sub(one, m1)
  mask = Mul(m2, low)
  q0 = MatMul(x, wq)
  q1 = Add(bq, q0)
  q2 = Reshape(q1, heads)
  q = Transpose<perm = [0, 2, 1, 3]>(q2)
  k0 = MatMul(x, wk)
  k1 = Add(bk, k0)
  k2 = Reshape(k1, heads)
  k = Transpose<perm = [0, 2, 3, 1]>(k2)
  v0 = MatMul(x, wv)
  v1 = Add(bv, v0)
  v2 = Reshape(v1, heads)
  v = Transpose<perm = [0, 2, 1, 3]>(v2)
  s0 = MatMul(q, k)
  s1 = Div(s0, scale)
  s2 = Add(s1, mask)
  s3 = Softmax<axis = -1>(s2)
  s = Dropout(s3)
  a0 = MatMul(s, v)
  a1 = Transpose<perm = [0, 2, 1, 3]>(a0)
  a2 = Reshape(a1, merged)
  a3 = MatMul(a2, wo)
  a4 = Add(bo, a3)
  r1 = Add(a4, x)
  NORM1
  f0 = MatMul(n1, w1)
  f1 = Add(c1, f0)
  GELU
  f3 = MatMul(f2, w2)
  f4 = Add(c2, f3)
  r2 = Add(f4, n1)
  NORM2
}
"""
NINE_NODES = """
  OUTa = ReduceMean<axes = [-1]>(IN)
  OUTb = Sub(IN, OUTa)
  OUTc = Pow(OUTb, two)
  OUTd = ReduceMean<axes = [-1]>(OUTc)
  OUTe = Add(OUTd, eps)
  OUTf = Sqrt(OUTe)
  OUTg = Div(OUTb, OUTf)
  OUTh = Mul(OUTg, GAMMA)
  OUT = Add(OUTh, BETA)
"""
ONE_NODE = "OUT = LayerNormalization<axis = -1>(IN, GAMMA, BETA)"
SPELLED_GELU = """
  e0 = Div(f1, root2)
  e1 = Erf(e0)
  e2 = Add(e1, one)
  e3 = Mul(f1, e2)
  f2 = Mul(e3, half)
"""


def _bert(opset: int, norm: str, gelu: str) -> Graph:
    first = norm.replace("OUT", "n1").replace("IN", "r1").replace("GAMMA", "g1").replace("BETA", "b1")
    second = norm.replace("OUT", "y").replace("IN", "r2").replace("GAMMA", "g2").replace("BETA", "b2")
    text = BERT_LAYER.replace("NORM1", first).replace("NORM2", second).replace("GELU", gelu)
    model = onnx.parser.parse_model(text.replace("OPSET", str(opset)))
    for weight in model.graph.value_info:  # weights were only declared
        shape = [dimension.dim_value for dimension in weight.type.tensor_type.shape.dim]
        model.graph.initializer.append(numpy_helper.from_array(np.zeros(shape, np.float32), weight.name))
    return read_model(model.SerializeToString())


@pytest.mark.parametrize(
    ("opset", "norm", "gelu"),
    [(13, NINE_NODES, SPELLED_GELU), (17, ONE_NODE, SPELLED_GELU), (20, ONE_NODE, "f2 = Gelu(f1)")],
    ids=["opset-13", "opset-17", "opset-20"],
)
def test_a_transformer_layer_in_three_opsets(opset: int, norm: str, gelu: str) -> None:
    """Tokens 128, width 256, 4 heads of 64, hidden width 1024."""
    model = fused(_bert(opset, norm, gelu))
    assert histogram(model) == {
        "fc": 6,  # query, key, value, output with its residual, and the two of the feed-forward part
        "copy": 4,
        "attention": 1,
        "layernorm": 2,
        "activation": 1,
        "elementwise": 2,
    }
    assert model.macs == 128 * 256 * (4 * 256 + 2 * 1024) + 2 * 4 * 128 * 128 * 64


def test_a_dynamic_batch_gives_the_kernels_of_batch_one() -> None:
    graph = _bert(17, ONE_NODE, SPELLED_GELU)
    assert {(dimension.symbol, dimension.value) for dimension in graph.defaulted} == {("B", 1)}
    assert all(kernel.config.batch in (1, 4) for kernel in fused(graph).kernels)
