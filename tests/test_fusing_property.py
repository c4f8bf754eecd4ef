"""Random networks: no node is lost, kernels can run in order, and noise changes nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from fusing_support import GraphWriter, fused_everywhere, histogram
from predictors.fusing import RUNTIMES
from predictors.model.graph import Graph

SHAPE = (1, 4, 8, 8)


@dataclass(frozen=True)
class Step:
    """One random step: what to write, on which earlier tensor, with which second tensor, and the noise."""

    op: str
    first: int
    second: int
    noise: str


def _hswish(g: GraphWriter, x: str) -> str:
    return g.op("Mul", x, g.op("HardSigmoid", x))


def _squeeze_excite(g: GraphWriter, x: str) -> str:
    return g.op("Mul", x, g.op("Sigmoid", g.conv(g.op("Relu", g.conv(g.global_pool(x), 2)), 4)))


def _shuffle(g: GraphWriter, x: str) -> str:
    return g.reshape(g.transpose(g.reshape(x, 1, 2, 2, 8, 8), 0, 2, 1, 3, 4), *SHAPE)


def _split_and_join(g: GraphWriter, x: str) -> str:
    halves = [g.op("Slice", x, g.vector(a), g.vector(a + 2), g.vector(1), shape=(1, 2, 8, 8)) for a in (0, 2)]
    return g.op("Concat", *halves, shape=SHAPE, axis=1)


UNARY = {
    "conv": lambda g, x: g.conv(x, 4, 3),
    "dwconv": lambda g, x: g.dwconv(x),
    "bn": lambda g, x: g.bn(x),
    "relu": lambda g, x: g.op("Relu", x),
    "hswish": _hswish,
    "pool": lambda g, x: g.op("MaxPool", x, kernel_shape=(3, 3), strides=(1, 1), pads=(1,) * 4),
    "se": _squeeze_excite,
    "shuffle": _shuffle,
    "split": _split_and_join,
    "dense": lambda g, x: g.dense(x, 8),
    "unknown": lambda g, x: g.op("Frobnicate", x),
    "bias": lambda g, x: g.op("Add", x, g.constant(1, 4, 1, 1)),
    "scale": lambda g, x: g.op("Mul", x, g.scalar(0.5)),
}
BINARY = {
    "add": lambda g, x, y: g.op("Add", x, y),
    "mul": lambda g, x, y: g.op("Mul", x, y),
    "concat": lambda g, x, y: g.conv(g.op("Concat", x, y, shape=(1, 8, 8, 8), axis=1), 4),
    "attention": lambda g, x, y: g.op("MatMul", g.op("Softmax", g.op("MatMul", x, y)), y),
}
NOISE = {
    "": lambda g, x: x,
    "identity": lambda g, x: g.op("Identity", x),
    "dropout": lambda g, x: g.op("Dropout", x),
    "cast": lambda g, x: g.op("Cast", x),
    "nothing": lambda g, x: g.op("Expand", x, g.vector(1, 4, 8, 8), shape=SHAPE),
}

STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from([*UNARY, *BINARY]),
        st.integers(0, 3),
        st.integers(0, 5),
        st.sampled_from([*NOISE]),
    ),
    min_size=1,
    max_size=14,
)


def _network(steps: list[Step], noisy: bool) -> Graph:
    """Write the steps; `first` and `second` count back from the newest tensor."""
    g = GraphWriter(x=SHAPE)
    made = ["x"]
    for step in steps:
        x, y = (made[-1 - min(back, len(made) - 1)] for back in (step.first, step.second))
        out = UNARY[step.op](g, x) if step.op in UNARY else BINARY[step.op](g, x, y)
        made.append(NOISE[step.noise if noisy else ""](g, out))
    return g.graph(made[-1], *made[-1:-3:-1])


def _macs_by_hand(graph: Graph) -> int:
    """Convolutions and products counted straight from the nodes."""
    total = 0
    for node in graph.nodes:
        shapes = [graph.shape(name) or () for name in (*node.inputs[:2], node.outputs[0])]
        if node.op == "Conv":
            total += math.prod(shapes[2]) * math.prod(shapes[1][1:])
        if node.op == "MatMul":
            total += math.prod(shapes[2]) * shapes[0][-1]
    return total


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_and_macs_add_up(steps: list[Step]) -> None:
    graph = _network(steps, noisy=True)
    models = fused_everywhere(graph)  # checks every node once, and an order that can run
    for model in models.values():
        assert model.macs == _macs_by_hand(graph)
        unknown = [kernel.ops for kernel in model.kernels if kernel.kind.value == "unsupported"]
        assert unknown == [("Frobnicate",)] * sum(node.op == "Frobnicate" for node in graph.nodes)
    assert sum(kernel.params for kernel in models["unfused"].kernels) == graph.params


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_noise_does_not_change_the_kernels(steps: list[Step]) -> None:
    noisy, plain = (fused_everywhere(_network(steps, noisy)) for noisy in (True, False))
    for runtime in RUNTIMES:
        assert histogram(noisy[runtime]) == histogram(plain[runtime])


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_fusing_never_makes_more_kernels_than_running_everything_on_its_own(steps: list[Step]) -> None:
    models = fused_everywhere(_network(steps, noisy=False))
    assert all(len(model.kernels) <= len(models["unfused"].kernels) for model in models.values())
