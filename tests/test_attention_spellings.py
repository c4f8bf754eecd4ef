"""One attention block in every spelling that exporters and optimisers write: the same work, about the same
energy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from predictors.energy.p40.cpu import P40CpuPredictor
from predictors.fusing import fuse
from predictors.model.kernels import FusedModel, KernelKind
from predictors.reading import read_model
from reading_support import from_nodes

MS = "com.microsoft"


@dataclass(frozen=True)
class Block:
    """Sizes of one attention: `groups` heads of queries share a head of keys and values."""

    batch: int
    kv_heads: int
    groups: int
    queries: int
    new: int
    past: int
    head: int

    @property
    def heads(self) -> int:
        """Heads of the queries."""
        return self.kv_heads * self.groups

    @property
    def width(self) -> int:
        """Width of queries and result."""
        return self.heads * self.head

    @property
    def kv_width(self) -> int:
        """Width of keys and values."""
        return self.kv_heads * self.head

    @property
    def macs(self) -> int:
        """By hand: scores and weighted sum, each a product per head of queries, keys and width of a head."""
        return 2 * self.batch * self.heads * self.queries * (self.new + self.past) * self.head


Spelling = Callable[[Block], bytes]


def _node(op: str, inputs: list[str], domain: str = "", **attributes: object) -> onnx.NodeProto:
    return helper.make_node(op, inputs, ["y"], domain=domain, **attributes)


def _model(node: onnx.NodeProto, inputs: dict[str, list[int]], opset: int = 23, **types: int) -> bytes:
    dims: dict[str, list[int | str | None]] = {name: list(shape) for name, shape in inputs.items()}
    return from_nodes([node], dims, opset=opset, types=types)


def _rows(b: Block) -> dict[str, list[int]]:
    return {
        "q": [b.batch, b.queries, b.width],
        "k": [b.batch, b.new, b.kv_width],
        "v": [b.batch, b.new, b.kv_width],
    }


def _heads(b: Block) -> dict[str, list[int]]:
    keys = [b.batch, b.kv_heads, b.new, b.head]
    return {"q": [b.batch, b.heads, b.queries, b.head], "k": keys, "v": keys}


def _cache(b: Block) -> dict[str, list[int]]:
    past = [b.batch, b.kv_heads, b.past, b.head]
    return {"pk": past, "pv": past}


def standard_rows(b: Block) -> bytes:
    """Operator set 23, heads in the width."""
    names, inputs = ["q", "k", "v"], _rows(b)
    if b.past:
        names, inputs = [*names, "", "pk", "pv"], inputs | _cache(b)
    return _model(_node("Attention", names, q_num_heads=b.heads, kv_num_heads=b.kv_heads), inputs)


def standard_heads(b: Block) -> bytes:
    """Operator set 23, heads as an axis."""
    names, inputs = ["q", "k", "v"], _heads(b)
    if b.past:
        names, inputs = [*names, "", "pk", "pv"], inputs | _cache(b)
    return _model(_node("Attention", names), inputs)


def grouped(b: Block) -> bytes:
    """GroupQueryAttention, queries, keys and values apart."""
    names, inputs = ["q", "k", "v"], _rows(b)
    if b.past:
        names, inputs = [*names, "pk", "pv"], inputs | _cache(b)
    return _model(_node("GroupQueryAttention", names, MS, num_heads=b.heads, kv_num_heads=b.kv_heads), inputs)


def grouped_packed(b: Block) -> bytes:
    """GroupQueryAttention, all side by side."""
    inputs = {"q": [b.batch, b.queries, b.width + 2 * b.kv_width]}
    names = ["q", "", ""]
    if b.past:
        names, inputs = [*names, "pk", "pv"], inputs | _cache(b)
    return _model(_node("GroupQueryAttention", names, MS, num_heads=b.heads, kv_num_heads=b.kv_heads), inputs)


def multi_head(b: Block) -> bytes:
    """MultiHeadAttention, queries, keys and values apart."""
    names, inputs = ["q", "k", "v"], _rows(b)
    if b.past:
        names, inputs = [*names, "", "", "", "pk", "pv"], inputs | _cache(b)
    return _model(_node("MultiHeadAttention", names, MS, num_heads=b.heads), inputs)


def multi_head_keys_packed(b: Block) -> bytes:
    """MultiHeadAttention, keys and values in one tensor of five axes."""
    inputs = {"q": [b.batch, b.queries, b.width], "k": [b.batch, b.new, b.heads, 2, b.head]}
    return _model(_node("MultiHeadAttention", ["q", "k"], MS, num_heads=b.heads), inputs)


def multi_head_packed(b: Block) -> bytes:
    """MultiHeadAttention, everything in one tensor of five axes."""
    inputs = {"q": [b.batch, b.queries, b.heads, 3, b.head]}
    return _model(_node("MultiHeadAttention", ["q"], MS, num_heads=b.heads), inputs)


def multi_head_cross(b: Block) -> bytes:
    """MultiHeadAttention over the keys of an encoder, heads first."""
    inputs = _heads(b) | {"q": [b.batch, b.queries, b.width]}
    return _model(_node("MultiHeadAttention", ["q", "k", "v"], MS, num_heads=b.heads), inputs)


def decoder_masked(b: Block) -> bytes:
    """DecoderMaskedMultiHeadAttention: one query, and what came before."""
    names, inputs = ["q", "k", "v", "", ""], _rows(b)
    if b.past:
        names, inputs = [*names, "pk", "pv"], inputs | _cache(b)
    return _model(_node("DecoderMaskedMultiHeadAttention", names, MS, num_heads=b.heads), inputs)


def plain(b: Block) -> bytes:
    """Matrix product, softmax, matrix product, on heads."""
    keys = [b.batch, b.heads, b.head, b.new]
    inputs = {"q": [b.batch, b.heads, b.queries, b.head], "k": keys, "v": [*keys[:2], b.new, b.head]}
    nodes = [
        helper.make_node("MatMul", ["q", "k"], ["s"]),
        helper.make_node("Softmax", ["s"], ["p"]),
        helper.make_node("MatMul", ["p", "v"], ["y"]),
    ]
    dims: dict[str, list[int | str | None]] = {name: list(shape) for name, shape in inputs.items()}
    return from_nodes(nodes, dims)


def plain_with_cache(b: Block) -> bytes:
    """As exporters write it: keys and values after those of earlier tokens, repeated for their group,
    turned, scaled, masked.
    """
    keys = [b.batch, b.kv_heads, b.new, b.head]
    total = b.new + b.past
    inputs = {"q": [b.batch, b.heads, b.queries, b.head], "k": keys, "v": keys, "m": [1, 1, b.queries, total]}
    nodes = []
    for name in "kv":
        cached = f"{name}c" if b.past else name
        if b.past:
            inputs[f"p{name}"] = [b.batch, b.kv_heads, b.past, b.head]
            nodes.append(helper.make_node("Concat", [f"p{name}", name], [cached], axis=2))
        nodes += [
            helper.make_node("Unsqueeze", [cached, "two"], [f"{name}u"]),
            helper.make_node("Expand", [f"{name}u", "wide"], [f"{name}e"]),
            helper.make_node("Reshape", [f"{name}e", "all"], [f"{name}r"]),
        ]
    numbers = {
        "two": [2],
        "wide": [b.batch, b.kv_heads, b.groups, total, b.head],
        "all": [b.batch, b.heads, total, b.head],
    }
    nodes = [
        *(helper.make_node("Constant", [], [name], value_ints=held) for name, held in numbers.items()),
        helper.make_node("Constant", [], ["scale"], value_float=0.125),
        *nodes,
        helper.make_node("Transpose", ["kr"], ["kt"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["q", "kt"], ["s"]),
        helper.make_node("Mul", ["s", "scale"], ["sc"]),
        helper.make_node("Add", ["sc", "m"], ["sm"]),
        helper.make_node("Softmax", ["sm"], ["p"], axis=-1),
        helper.make_node("MatMul", ["p", "vr"], ["y"]),
    ]
    return from_nodes(nodes, {name: list(shape) for name, shape in inputs.items()})


def products_of_letters(b: Block) -> bytes:
    """Einsum, softmax, Einsum."""
    keys: list[int | str | None] = [b.batch, b.heads, b.new, b.head]
    nodes = [
        helper.make_node("Einsum", ["q", "k"], ["s"], equation="bhqd,bhkd->bhqk"),
        helper.make_node("Softmax", ["s"], ["p"], axis=-1),
        helper.make_node("Einsum", ["p", "v"], ["y"], equation="bhqk,bhkd->bhqd"),
    ]
    return from_nodes(nodes, {"q": [b.batch, b.heads, b.queries, b.head], "k": keys, "v": keys})


def _fits(spelling: Spelling, b: Block) -> bool:
    """Which blocks a spelling can express."""
    if spelling is plain_with_cache:
        return True
    if b.groups > 1 and spelling not in (standard_rows, standard_heads, grouped, grouped_packed):
        return False
    if spelling in (grouped, grouped_packed, multi_head_packed) and b.queries != b.new:
        return False
    if spelling is decoder_masked:
        return b.queries == b.new == 1
    without_past = (plain, products_of_letters, multi_head_keys_packed, multi_head_packed, multi_head_cross)
    return not b.past or spelling not in without_past


SPELLINGS = (
    standard_rows, standard_heads, grouped, grouped_packed, multi_head, multi_head_keys_packed,
    multi_head_packed, multi_head_cross, decoder_masked, plain,
    plain_with_cache, products_of_letters,
)  # fmt: skip


def _spelled(b: Block) -> Iterator[tuple[str, FusedModel]]:
    for spelling in SPELLINGS:
        if _fits(spelling, b):
            yield spelling.__name__, fuse(read_model(spelling(b)), "tflite-cpu")


sizes = st.integers(1, 8)
blocks = st.builds(
    Block, batch=st.integers(1, 3), kv_heads=sizes, groups=st.sampled_from((1, 1, 2, 7)),
    queries=st.integers(1, 40), new=st.integers(1, 40), past=st.sampled_from((0, 0, 1, 63)),
    head=st.sampled_from((8, 32, 64)),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blocks, st.booleans())
def test_the_spelling_does_not_change_the_work(block: Block, self_attention: bool) -> None:
    b = block if not self_attention else Block(**{**_fields(block), "new": block.queries})
    for name, model in _spelled(b):
        assert model.macs == b.macs, name
        (kernel,) = [one for one in model.kernels if one.macs]
        assert (kernel.kind, kernel.macs) == (KernelKind.ATTENTION, b.macs), name
        c = kernel.config
        assert (c.batch, c.input_h, c.input_w) == (b.batch * b.heads, b.queries, b.new + b.past), name
        assert (c.c_in, c.c_out) == (b.head, b.head), name


def _fields(b: Block) -> dict[str, int]:
    return {name: getattr(b, name) for name in Block.__dataclass_fields__}


def test_the_spelling_does_not_change_the_energy() -> None:
    """12 heads of 64, 128 queries and keys: within 10 % of the block without any fused operator."""
    energies = {
        name: P40CpuPredictor().estimate(model).energy_mj
        for name, model in _spelled(Block(1, 12, 1, 128, 128, 0, 64))
    }
    assert len(energies) == 11
    assert energies == pytest.approx(dict.fromkeys(energies, energies["plain"]), rel=0.10)


def _projecting(op: str, past: int) -> bytes:
    """Attention with its projections inside: 16 tokens of width 64, 4 heads."""
    weights = {"w": [64, 192], "b": [192]}
    inputs: dict[str, list[int | str | None]] = {"x": [1, 16, 64]}
    types: dict[str, int] = {}
    names = ["x", "w", "b"]
    if op == "QAttention":
        types = {
            "x": TensorProto.UINT8,
            "w": TensorProto.INT8,
            "xz": TensorProto.UINT8,
            "wz": TensorProto.INT8,
        }
        weights |= {"xs": [], "ws": [], "xz": [], "wz": []}
        names += ["xs", "ws", "", "xz", "wz"]
    elif past:
        names += [""]
    if past:
        inputs["past"] = [2, 1, 4, past, 16]
        names += ["past"]
    node = helper.make_node(op, names, ["y"], domain=MS, num_heads=4)
    return from_nodes([node], inputs, weights, types=types)


@pytest.mark.parametrize("past", [0, 48])
@pytest.mark.parametrize("op", ["Attention", "QAttention"])
def test_projections_inside_count(op: str, past: int) -> None:
    """Projection 16 * 64 * 192, then 2 * 16 queries * (16 + past) keys * 64."""
    (kernel,) = fuse(read_model(_projecting(op, past)), "tflite-cpu").kernels
    assert kernel.kind is KernelKind.ATTENTION
    assert kernel.macs == 16 * 64 * 192 + 2 * 16 * (16 + past) * 64
    assert kernel.output_shapes == ((1, 16, 64),)


def test_the_energy_of_projections_inside_is_that_of_the_projection_apart() -> None:
    """One operator against a matrix product and an attention of the same sizes, of width 768."""
    inside = from_nodes(
        [helper.make_node("Attention", ["x", "w"], ["y"], domain=MS, num_heads=12)],
        {"x": [1, 128, 768]},
        {"w": [768, 2304]},
    )
    apart = from_nodes(
        [
            helper.make_node("MatMul", ["x", "w"], ["p"]),
            helper.make_node("Split", ["p"], ["q", "k", "v"], axis=2),
            helper.make_node("MultiHeadAttention", ["q", "k", "v"], ["y"], domain=MS, num_heads=12),
        ],
        {"x": [1, 128, 768]},
        {"w": [768, 2304]},
        opset=11,
    )
    models = [fuse(read_model(source), "tflite-cpu") for source in (inside, apart)]
    assert [model.macs for model in models] == [128 * 768 * 2304 + 2 * 128 * 128 * 768] * 2
    energies = [P40CpuPredictor().estimate(model).energy_mj for model in models]
    assert energies[0] == pytest.approx(energies[1], rel=0.10)


def test_a_stated_number_of_keys_wins_over_a_larger_cache() -> None:
    """A cache with room for 512 tokens of which 100 are filled: 2 * 2 heads * 100 keys * 32."""
    node = helper.make_node(
        "GroupQueryAttention", ["q", "k", "v", "pk", "pv", "l", "total"], ["y"], domain=MS, num_heads=2,
        kv_num_heads=1,
    )  # fmt: skip
    inputs: dict[str, list[int | str | None]] = {
        "q": [1, 1, 64], "k": [1, 1, 32], "v": [1, 1, 32], "pk": [1, 1, 512, 32], "pv": [1, 1, 512, 32],
        "l": [1],
    }  # fmt: skip
    model = onnx.load_model_from_string(from_nodes([node], inputs, types={"l": TensorProto.INT32}))
    total = helper.make_tensor("total", TensorProto.INT32, [], [100])
    model.graph.initializer.append(total)
    (kernel,) = fuse(read_model(model.SerializeToString()), "tflite-cpu").kernels
    assert kernel.macs == 2 * 2 * 100 * 32


def test_attention_over_a_window_counts_what_a_query_sees() -> None:
    """Projection 64 * 32 * 96 twice, then 2 * 64 queries * (2 * 4 + 1) keys * 32."""
    node = helper.make_node(
        "LongformerAttention", ["x", "w", "b", "m", "gw", "gb", "g"], ["y"], domain=MS, num_heads=4, window=4
    )
    weights = {"w": [32, 96], "b": [96], "gw": [32, 96], "gb": [96]}
    inputs: dict[str, list[int | str | None]] = {"x": [1, 64, 32], "m": [1, 64], "g": [1, 64]}
    source = from_nodes([node], inputs, weights, types={"g": TensorProto.INT32})
    (kernel,) = fuse(read_model(source), "tflite-cpu").kernels
    assert (kernel.kind, kernel.macs) == (KernelKind.ATTENTION, 2 * 64 * 32 * 96 + 2 * 64 * 9 * 32)


def test_attention_over_blocks_counts_those_in_the_table() -> None:
    """4 rows of blocks hold 10 blocks of 16: 40 keys for a query in the mean; 2 * 4 heads * 64 * 40 * 8."""
    names = ["q", "k", "v", "pk", "pv", "rows", "columns", "t", "l"]
    node = helper.make_node(
        "SparseAttention", names, ["y", "ok", "ov"], domain=MS, num_heads=4, kv_num_heads=2,
        sparse_block_size=16,
    )  # fmt: skip
    cache: list[int | str | None] = [1, 2, 64, 8]
    inputs: dict[str, list[int | str | None]] = {
        "q": [1, 64, 32], "k": [1, 64, 16], "v": [1, 64, 16], "pk": cache, "pv": cache,
        "rows": [1, 5], "columns": [1, 10], "t": [1], "l": [1],
    }  # fmt: skip
    types = dict.fromkeys(("rows", "columns", "t", "l"), TensorProto.INT32)
    model = fuse(read_model(from_nodes([node], inputs, outputs=("y", "ok"), types=types)), "tflite-cpu")
    assert model.macs == 2 * 4 * 64 * 40 * 8
