"""Leaving weights out of the bytes: same structure, little content, and typed errors for damage."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from predictors.errors import ModelError
from predictors.reading.limits import Limits
from predictors.reading.prune import prune
from predictors.reading.wire_format import read_varint, varint
from reading_support import code_of, from_nodes, from_text

CONV = from_text("g (float[1,3,8,8] x) => (float[1,4,6,6] y) <float[4,3,3,3] w> { y = Conv(x, w) }")
DTYPES = (np.float32, np.int64, np.float16, np.uint8, np.int32, np.bool_)


def pruned_model(model: onnx.ModelProto, **limits: int) -> onnx.ModelProto:
    return onnx.load_model_from_string(prune(memoryview(model.SerializeToString()), Limits(**limits)))


def tensor(name: str, dims: list[int], dtype: type) -> TensorProto:
    return numpy_helper.from_array(np.ones(dims, dtype), name)


def chain(count: int) -> bytes:
    nodes = [helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(count)]
    return from_nodes(nodes, {"t0": [1]}, outputs=(f"t{count}",))


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 40), max_size=3), st.sampled_from(DTYPES), st.booleans()),
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_pruning_keeps_structure_and_every_shape(weights: list[tuple[list[int], type, bool]]) -> None:
    """Weights as initializers and as attributes, small and large: only content may go."""
    tensors = [tensor(f"w{i}", dims, dtype) for i, (dims, dtype, _) in enumerate(weights)]
    nodes = [
        helper.make_node("Constant", [], [f"c{i}"], value=one, doc_string="d" * 99)
        for i, (one, (_, _, inside)) in enumerate(zip(tensors, weights, strict=True))
        if inside
    ]
    nodes.append(helper.make_node("Conv", ["x", "w"], ["y"], strides=[2, 2], auto_pad="VALID", name="n"))
    values = [helper.make_tensor_value_info("x", 1, ["N", 3, 8, 8])]
    graph = helper.make_graph(nodes, "g", values, values, tensors, doc_string="secret " * 50)
    model = helper.make_model(graph, producer_name="p")
    result = pruned_model(model)
    assert [one.op_type for one in result.graph.node] == [one.op_type for one in nodes]
    assert result.graph.node[-1] == nodes[-1]
    assert list(result.graph.input) == values
    assert result.producer_name == "p"
    assert result.opset_import == model.opset_import
    assert not result.graph.doc_string
    before = [*tensors, *(node.attribute[0].t for node in nodes[:-1])]
    after = [*result.graph.initializer, *(node.attribute[0].t for node in result.graph.node[:-1])]
    for kept, original in zip(after, before, strict=True):
        assert (kept.name, kept.data_type, list(kept.dims)) == (
            original.name,
            original.data_type,
            list(original.dims),
        )
        assert kept.raw_data in (original.raw_data, b"")
        if len(original.raw_data) <= 256:
            assert kept.raw_data == original.raw_data  # shape arguments stay
        if original.data_type not in (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL):
            assert len(kept.raw_data) <= 1024


def test_large_weights_leave_every_place_they_can_stand_in() -> None:
    big = tensor("w", [100, 100], np.float32)
    as_floats = TensorProto(name="f", dims=[9999], data_type=1, float_data=[1.0] * 9999)
    branch = helper.make_graph([], "b", [], [], [big])
    sparse = onnx.SparseTensorProto(values=big, indices=tensor("i", [100_000], np.int64), dims=[9, 9])
    nodes = [
        helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch),
        helper.make_node("Custom", ["c"], ["z"], domain="d", tensors=[big, big]),
        helper.make_node("Constant", [], ["s"], sparse_value=sparse),
    ]
    graph = helper.make_graph(nodes, "g", [], [], [big, as_floats], sparse_initializer=[sparse])
    function = helper.make_function(
        "d", "F", [], ["o"], [helper.make_node("Constant", [], ["o"], value=big)], []
    )
    model = helper.make_model(graph, functions=[function])
    result = prune(memoryview(model.SerializeToString()))
    assert len(model.SerializeToString()) > 1_500_000
    assert len(result) < 2_000
    read = onnx.load_model_from_string(result)
    assert list(read.graph.initializer[0].dims) == [100, 100]
    assert list(read.graph.node[0].attribute[0].g.initializer[0].dims) == [100, 100]
    assert list(read.functions[0].node[0].attribute[0].t.dims) == [100, 100]


@pytest.mark.parametrize("data", [CONV, chain(3)])
def test_pruning_twice_changes_nothing_more(data: bytes) -> None:
    once = prune(memoryview(data))
    assert prune(memoryview(once)) == once


def test_whereabouts_of_external_data_are_left_out() -> None:
    weight = TensorProto(name="w", dims=[4, 3, 3, 3], data_type=1, data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value="../../etc/passwd")
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    value = helper.make_tensor_value_info("x", 1, [1, 3, 8, 8])
    graph = helper.make_graph([node], "g", [value], [helper.make_tensor_value_info("y", 1, None)], [weight])
    data = helper.make_model(graph).SerializeToString()
    assert b"passwd" in data
    assert b"passwd" not in prune(memoryview(data))
    assert code_of(data) == "read"


@pytest.mark.parametrize("cut", [1, 2, 3, 9, 30, 60, len(CONV) - 20, len(CONV) - 1])
def test_a_file_cut_anywhere_is_refused_by_code(cut: int) -> None:
    assert code_of(CONV[:cut]) in {"MODEL_TRUNCATED", "MODEL_NOT_ONNX"}


def test_truncation_names_the_byte() -> None:
    with pytest.raises(ModelError, match=r"byte \d+") as caught:
        prune(memoryview(CONV[: len(CONV) // 2]))
    assert caught.value.code == "MODEL_TRUNCATED"


def test_damage_inside_is_told_from_a_cut() -> None:
    place = CONV.index(b"Conv") - 1
    damaged = CONV[:place] + b"\x7f" + CONV[place + 1 :]  # the name's length now exceeds its node
    with pytest.raises(ModelError) as caught:
        prune(memoryview(damaged))
    assert caught.value.code == "MODEL_MALFORMED"


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_random_bytes_never_escape_as_another_error(data: bytes) -> None:
    code_of(data)


@given(st.integers(0, len(CONV) - 1), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_one_changed_byte_never_escapes_as_another_error(place: int, byte: int) -> None:
    code_of(CONV[:place] + bytes([byte]) + CONV[place + 1 :])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"nodes": 9}, "operators"),
        ({"edges": 19}, "connections"),
        ({"fields": 20}, "records"),
        ({"kept_bytes": 40}, "besides its weights"),
        ({"tensors": 1}, "inputs"),
    ],
)
def test_limits_are_checked_on_the_bytes(limits: dict[str, int], words: str) -> None:
    data = chain(10)
    assert prune(memoryview(data))
    with pytest.raises(ModelError, match=words) as caught:
        prune(memoryview(data), Limits(**limits))
    assert caught.value.code == "MODEL_TOO_COMPLEX"


def test_nesting_is_limited() -> None:
    graph = helper.make_graph([], "g", [], [])
    for _ in range(14):
        graph = helper.make_graph([helper.make_node("If", ["c"], ["y"], then_branch=graph)], "g", [], [])
    with pytest.raises(ModelError, match="nested") as caught:
        prune(memoryview(helper.make_model(graph).SerializeToString()))
    assert caught.value.code == "MODEL_TOO_COMPLEX"


@given(st.integers(0, 2**64 - 1))
def test_varint_round_trip(value: int) -> None:
    encoded = varint(value)
    assert read_varint(memoryview(encoded), 0, len(encoded)) == (value, len(encoded))


FOREIGN = {
    "PyTorch": b"PK\x03\x04" + bytes(26) + b"archive/data.pkl" + bytes(40),
    "PyTorch ": b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
    "Keras": b"\x89HDF\r\n\x1a\n" + bytes(40),
    "SavedModel": b"\x08\x01\x12\xff\x02\x0a\x10\x12\x05serve" + bytes(500),
    "safetensors": (60).to_bytes(8, "little") + b'{"weight":{"dtype":"F32","shape":[1]}}',
    "GGUF": b"GGUF\x03\x00\x00\x00" + bytes(40),
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(40),
    "gzip": b"\x1f\x8b\x08" + bytes(40),
    "web page": b"<!DOCTYPE html><html></html>",
    "text": b"import torch\n" * 100,
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_other_formats_are_named(kind: str) -> None:
    with pytest.raises(ModelError, match=kind.strip()) as caught:
        prune_or_refuse(FOREIGN[kind])
    assert caught.value.code == "MODEL_NOT_ONNX"


def prune_or_refuse(data: bytes) -> None:
    from predictors.reading.file_kind import refuse_foreign

    refuse_foreign(memoryview(data))
    prune(memoryview(data))


def test_a_tensor_file_is_no_model() -> None:
    assert code_of(tensor("t", [3], np.float32).SerializeToString()) == "MODEL_NOT_ONNX"


def test_empty_file() -> None:
    assert code_of(b"") == "MODEL_EMPTY"
