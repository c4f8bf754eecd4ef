"""Graphs that no exporter would write: fusing them never fails and never loses a node."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusing_support import check_every_node_once
from predictors.fusing import RUNTIMES, fuse
from predictors.fusing.operators import KIND_OF_OP, NEVER_FOLDED, PASS_THROUGH, SPELLINGS, VIEWS
from predictors.model.graph import Graph, Node, Tensor

OPS = sorted({*KIND_OF_OP, *SPELLINGS, *VIEWS, *PASS_THROUGH, *NEVER_FOLDED, "Constant", "QLinearConcat"})
SHAPES = st.none() | st.lists(st.integers(0, 4), max_size=5).map(tuple)
VALUES = st.none() | st.lists(st.integers(-3, 6).map(float), max_size=4).map(tuple)
NAMES = {"axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group", "min", "max"}
NAMES |= {"starts", "ends", "steps", "transA", "K", "N", "equation", "auto_pad", "keepdims", "channels_last"}
ATTRIBUTES = st.dictionaries(
    st.sampled_from(sorted(NAMES)),
    st.integers(-2, 4)
    | st.floats(-3, 6)
    | st.sampled_from(["", "ij,jk->ik", "...ij,jk", "SAME_UPPER"])
    | st.lists(st.integers(-1, 4), max_size=5).map(tuple),
    max_size=5,
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any operators on any tensors: shapes missing, empty or wrong, inputs missing or repeated."""
    tensors = {"x": Tensor("x", draw(SHAPES), "float32")}
    for place in range(draw(st.integers(0, 4))):
        name = f"c{place}"
        tensors[name] = Tensor(name, draw(SHAPES), "float32", is_constant=True, values=draw(VALUES))
    nodes = []
    for place in range(draw(st.integers(1, 8))):
        outputs = tuple(f"t{place}_{count}" for count in range(draw(st.integers(0, 3))))
        inputs = tuple(draw(st.lists(st.sampled_from([*tensors, ""]), max_size=9)))
        domain = draw(st.sampled_from(["", "", "com.microsoft"]))
        nodes.append(Node(place, "", draw(st.sampled_from(OPS)), domain, inputs, outputs, draw(ATTRIBUTES)))
        tensors |= {name: Tensor(name, draw(SHAPES), "float32") for name in outputs}
    exposed = tuple(draw(st.lists(st.sampled_from([*tensors]), max_size=2)))
    return Graph("junk", "", tuple(nodes), tensors, ("x",), exposed, params=0, opset=17)


@pytest.mark.slow
@given(graphs())
@settings(max_examples=120, deadline=None)
def test_junk_is_counted_like_everything_else(graph: Graph) -> None:
    for runtime in RUNTIMES:
        model = fuse(graph, runtime)
        check_every_node_once(graph, model)
        assert all(kernel.macs >= 0 and kernel.params >= 0 for kernel in model.kernels)
