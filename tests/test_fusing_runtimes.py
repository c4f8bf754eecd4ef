"""Fusing tables: what was measured to run as one kernel does, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fusing_support import PIXELS, GraphWriter, fused, histogram
from predictors.fusing import RUNTIMES, fuse
from predictors.model.kernels import KernelKind

Step = Callable[[GraphWriter, str], str]

STEPS: dict[str, Step] = {
    "conv": lambda g, x: g.conv(x, 8, 3),
    "dwconv": lambda g, x: g.dwconv(x),
    "tconv": lambda g, x: g.op("ConvTranspose", x, g.constant(8, 8, 1, 1), shape=g.shape(x)),
    "bn": lambda g, x: g.bn(x),
    "relu": lambda g, x: g.op("Relu", x),
    "hswish": lambda g, x: g.op("HardSwish", x),
    "activation": lambda g, x: g.op("Sigmoid", x),
    "pooling": lambda g, x: g.pool("MaxPool", x),
    "add": lambda g, x: g.op("Add", x, g.op("Softmax", x)),
    "concat": lambda g, x: g.op("Concat", x, x, shape=(1, 2 * g.shape(x)[1], *g.shape(x)[2:]), axis=1),
    "dense": lambda g, x: g.dense(x, g.shape(x)[-1]),
    "reshape": lambda g, x: g.reshape(x, 1, *g.shape(x)[1:]),
}

CPU_PAIRS = {
    "bn": ["relu"],
    "conv": ["bn", "relu", "hswish", "pooling"],
    "dwconv": ["bn", "relu"],
    "add": ["relu"],
    "relu": ["relu", "dense"],
    "dense": ["relu", "concat"],
    "concat": ["dense"],
}
GPU_PAIRS = {
    "bn": ["relu"],
    "conv": ["bn", "relu", "hswish"],
    "dwconv": ["bn", "relu"],
    "tconv": ["relu"],
    "add": ["relu"],
    "relu": ["relu"],
    "pooling": ["relu"],
    "concat": ["relu"],
}


def _one_kernel(runtime: str, first: str, second: str) -> bool:
    """Whether the operators run as one kernel (what stands beside an add is not counted)."""
    g = GraphWriter(x=PIXELS)
    first_out = STEPS[first](g, "x")
    model = fused(g.graph(STEPS[second](g, first_out)), runtime)
    return sum(kernel.kind is not KernelKind.SOFTMAX for kernel in model.kernels) == 1


CHAINED = [name for name in STEPS if name not in ("add", "reshape")]


@pytest.mark.parametrize(("runtime", "pairs"), [("tflite-cpu", CPU_PAIRS), ("tflite-gpu", GPU_PAIRS)])
@pytest.mark.parametrize("first", [name for name in STEPS if name != "reshape"])
def test_exactly_the_measured_pairs_fuse(runtime: str, pairs: dict[str, list[str]], first: str) -> None:
    found = [second for second in CHAINED if _one_kernel(runtime, first, second)]
    assert sorted(found) == sorted(pairs.get(first, []))


@pytest.mark.parametrize("second", CHAINED)
def test_unfused_runs_every_operator_on_its_own(second: str) -> None:
    assert not any(_one_kernel("unfused", first, second) for first in CHAINED)


@pytest.mark.parametrize("first", ["conv", "dwconv", "tconv", "concat", "pooling", "relu", "add"])
def test_on_the_gpu_an_add_runs_in_the_kernel_before_it(first: str) -> None:
    g = GraphWriter(x=PIXELS, y=(1, 16, 16, 16), z=(1, 8, 8, 8))
    out = STEPS[first](g, "x")
    other = {"concat": "y", "pooling": "z"}.get(first, "x")
    graph = g.graph(g.op("Add", out, other))
    nodes = len(g.nodes) - (first == "add")  # the test's add has a softmax beside it
    assert max(len(kernel.ops) for kernel in fused(graph, "tflite-gpu").kernels) == nodes == 2
    assert max(len(kernel.ops) for kernel in fused(graph, "tflite-cpu").kernels) == 1


def test_a_relu_fused_with_an_add_is_an_add_relu() -> None:
    g = GraphWriter(x=PIXELS, y=PIXELS)
    graph = g.graph(g.op("Add", g.op("Relu", "x"), "y"))
    assert histogram(fused(graph, "tflite-gpu")) == {"add-relu": 1}


def test_a_dense_layer_takes_a_residual_add_on_the_cpu_only() -> None:
    g = GraphWriter(x=(4, 16), y=(4, 16))
    graph = g.graph(g.op("Add", g.gemm("x", 16), "y"))
    assert histogram(fused(graph, "tflite-cpu")) == {"fc": 1}
    assert histogram(fused(graph, "tflite-gpu")) == {"fc": 1, "add": 1}


def test_se_relu_is_one_kernel_and_conv_se_never() -> None:
    g = GraphWriter(x=PIXELS)
    x = g.conv("x", 8)
    gate = g.op("Sigmoid", g.conv(g.op("Relu", g.conv(g.global_pool(x), 2)), 8))
    graph = g.graph(g.op("Relu", g.op("Mul", x, gate)))
    for runtime in ("tflite-cpu", "tflite-gpu"):
        assert [kernel.kind for kernel in fused(graph, runtime).kernels] == [KernelKind.CONV, KernelKind.SE]


def test_a_chain_conv_bn_relu_add_relu() -> None:
    g = GraphWriter(x=PIXELS, y=PIXELS)
    x = g.op("Relu", g.bn(g.conv("x", 8, 3)))
    graph = g.graph(g.op("Relu", g.op("Add", x, "y")))
    assert histogram(fused(graph, "tflite-cpu")) == {"conv-bn-relu": 1, "add-relu": 1}
    assert histogram(fused(graph, "tflite-gpu")) == {"conv-bn-relu": 1}
    assert histogram(fused(graph, "tensorrt")) == {"conv-bn-relu": 1, "add-relu": 1}
    assert histogram(fused(graph, "armnn")) == {"conv-bn-relu": 1, "add": 1, "relu": 1}
    assert histogram(fused(graph, "unfused")) == {"conv-bn-relu": 1, "bn": 1, "relu": 2, "add": 1}


def test_a_result_used_twice_is_not_fused_away() -> None:
    g = GraphWriter(x=PIXELS)
    y = g.conv("x", 8)
    graph = g.graph(g.op("Relu", y), g.op("Sigmoid", y))
    assert [kernel.ops for kernel in fused(graph).kernels] == [("Conv",), ("Relu",), ("Sigmoid",)]


def test_a_network_output_is_not_fused_away() -> None:
    g = GraphWriter(x=PIXELS)
    y = g.conv("x", 8)
    assert len(fused(g.graph(g.op("Relu", y), y)).kernels) == 2


def test_relu_after_pooling_does_not_pull_in_what_was_fused_before() -> None:
    g = GraphWriter(x=PIXELS)
    pooled = g.pool("MaxPool", g.op("Relu", g.conv("x", 8)))
    assert [kernel.ops for kernel in fused(g.graph(pooled)).kernels] == [("Conv", "Relu"), ("MaxPool",)]


def test_chains_cross_reshapes_on_the_cpu_only() -> None:
    g = GraphWriter(x=PIXELS)
    graph = g.graph(g.op("Relu", g.reshape(g.conv("x", 8), 1, 2048)))
    assert [kernel.ops for kernel in fused(graph, "tflite-cpu").kernels] == [("Conv", "Relu")]
    assert len(fused(graph, "tflite-gpu").kernels) == 2


def test_two_dense_layers_stay_two_kernels() -> None:
    g = GraphWriter(x=(1, 64))
    graph = g.graph(g.gemm(g.op("Relu", g.gemm("x", 32)), 10))
    assert [kernel.ops for kernel in fused(graph).kernels] == [("Gemm", "Relu"), ("Gemm",)]


def test_of_two_convolutions_the_later_one_takes_the_add() -> None:
    g = GraphWriter(x=PIXELS)
    first = g.op("Softmax", "x")
    late = g.conv(first, 8)
    early = g.conv("x", 8)
    model = fused(g.graph(g.op("Add", early, late)), "tflite-gpu")
    assert [kernel.ops for kernel in model.kernels] == [("Softmax",), ("Conv",), ("Conv", "Add")]


def test_kernels_are_named_after_their_heaviest_node_or_their_kind() -> None:
    g = GraphWriter(x=PIXELS)
    y = g.op("Relu", g.bn("x"), name="act")
    named = g.op("Softmax", y, name="head")
    assert [kernel.name for kernel in fused(g.graph(named)).kernels] == ["bn-relu_0", "head"]


def test_an_unknown_runtime_is_named_with_the_known_ones() -> None:
    g = GraphWriter(x=PIXELS)
    with pytest.raises(ValueError, match=r"'cuda'.*tflite-cpu"):
        fuse(g.graph(g.op("Relu", "x")), "cuda")


def test_the_same_graph_gives_the_same_kernels() -> None:
    g = GraphWriter(x=PIXELS)
    graph = g.graph(g.op("Relu", g.bn(g.conv("x", 8))))
    assert all(fuse(graph, name) == fuse(graph, name) for name in RUNTIMES)
