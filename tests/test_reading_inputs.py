"""Open dimensions: stated defaults, the user's shapes, and errors that say what to give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from predictors.errors import ModelError
from predictors.estimate import estimate_model
from predictors.model.graph import DefaultedDimension, Graph
from predictors.reading import read_isolated, read_model
from reading_support import code_of, from_nodes, read_text

CONV = {"w": [8, 3, 3, 3]}


def conv_model(dims: list[int | str | None], weight: dict[str, list[int]] | None = None) -> bytes:
    return from_nodes([helper.make_node("Conv", ["x", "w"], ["y"])], {"x": dims}, weight or CONV)


def relu_model(dims: list[int | str | None], elem_type: int = 1) -> bytes:
    return from_nodes([helper.make_node("Identity", ["x"], ["t"]), helper.make_node("Abs", ["t"], ["y"])],
                      {"x": dims}, types={"x": elem_type})  # fmt: skip


def chosen(graph: Graph) -> list[tuple[int, int, str]]:
    return [(one.axis, one.value, one.reason) for one in graph.defaulted]


@pytest.mark.parametrize("symbol", ["N", "batch", "batch_size", "unk__6", "s0", None, -1, 0])
def test_an_open_batch_is_one(symbol: int | str | None) -> None:
    graph = read_model(conv_model([symbol, 3, 32, 32]))
    assert graph.shape("x") == (1, 3, 32, 32)
    assert chosen(graph) == [(0, 1, "batch")]


@pytest.mark.parametrize("dims", [["N", 3, "H", "W"], [1, 3, None, None], [1, 3, -1, -1], [1, "c", "h", "w"]])
def test_an_open_image_size_is_that_of_imagenet(dims: list[int | str | None]) -> None:
    graph = read_model(conv_model(dims))
    assert graph.shape("x") == (1, 3, 224, 224)
    sizes = [one for one in chosen(graph) if one[2] == "image size"]
    assert sizes == [(2, 224, "image size"), (3, 224, "image size")]


def test_channels_last_and_known_side() -> None:
    graph = read_model(relu_model([None, None, None, 3]))
    assert graph.shape("x") == (1, 224, 224, 3)
    assert read_model(conv_model([1, 3, 96, None])).shape("x") == (1, 3, 96, 96)


def test_channels_follow_the_first_weights() -> None:
    graph = read_model(conv_model([1, None, 32, 32], {"w": [8, 5, 3, 3]}))
    assert graph.shape("x") == (1, 5, 32, 32)
    assert chosen(graph) == [(1, 5, "channels of the first weights")]


def test_a_default_is_stated_in_full() -> None:
    graph = read_text("g (float[N,3,side,64] x) => (float[A] y) { y = Relu(x) }")
    assert graph.defaulted == (
        DefaultedDimension("x", 0, "N", 1, "batch"),
        DefaultedDimension("x", 2, "side", 64, "image size"),
    )


def test_token_ids_get_a_usual_length_and_agree() -> None:
    graph = read_text("""
        g (int64[batch,seq] ids, int64[batch,seq] mask) => (int64[A,B] y) { y = Mul(ids, mask) }""")
    assert graph.shape("ids") == graph.shape("mask") == (1, 128)


def test_the_same_symbol_follows_a_given_shape() -> None:
    graph = read_text(
        "g (int64[batch,seq] ids, int64[batch,seq] mask) => (int64[A,B] y) { y = Mul(ids, mask) }",
        ids=(2, 40),
    )
    assert graph.shape("mask") == graph.shape("y") == (2, 40)
    assert graph.defaulted == ()


def test_sums_of_symbols_are_computed() -> None:
    """A cache means decoding: one new token after 512, 513 in all."""
    nodes = [
        helper.make_node("Concat", ["past", "new"], ["k"], axis=1),
        helper.make_node("Add", ["k", "m"], ["y"]),
    ]
    inputs: dict[str, list[int | str | None]] = {
        "past": [1, "past_sequence_length", 8],
        "new": [1, "sequence_length", 8],
        "m": [1, "past_sequence_length + sequence_length", 1],
    }
    graph = read_model(from_nodes(nodes, inputs))
    assert graph.shape("past") == (1, 512, 8)
    assert graph.shape("m") == (1, 513, 1)
    assert graph.shape("y") == (1, 513, 8)
    empty = read_model(from_nodes(nodes, inputs), shapes={"past": (1, 0, 8), "new": (1, 7, 8)})
    assert empty.shape("y") == (1, 7, 8)


def test_a_given_shape_replaces_the_default() -> None:
    graph = read_model(conv_model(["N", 3, "H", "W"]), shapes={"x": (2, 3, 64, 48)})
    assert graph.shape("x") == (2, 3, 64, 48)
    assert graph.shape("y") == (2, 8, 62, 46)
    assert graph.defaulted == ()


def test_a_shape_can_be_given_where_the_file_has_none() -> None:
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    data = from_nodes([node], {"x": None}, CONV)  # type: ignore[dict-item]
    assert code_of(data) == "MODEL_SHAPE_NEEDED"
    assert read_model(data, shapes={"x": (1, 3, 8, 8)}).shape("y") == (1, 8, 6, 6)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"nope": (1, 3, 8, 8)}, "SHAPE_UNKNOWN_INPUT"),
        ({"w": (8, 3, 3, 3)}, "SHAPE_UNKNOWN_INPUT"),
        ({"x": (3, 8, 8)}, "SHAPE_RANK"),
        ({"x": ()}, "SHAPE_RANK"),
        ({"x": (1, 3, 0, 8)}, "SHAPE_NOT_POSITIVE"),
        ({"x": (1, 3, -8, 8)}, "SHAPE_NOT_POSITIVE"),
        ({"x": (1, 3, 8.5, 8)}, "SHAPE_NOT_POSITIVE"),
        ({"x": (True, 3, 8, 8)}, "SHAPE_NOT_POSITIVE"),
        ({"x": 5}, "SHAPE_NOT_POSITIVE"),
        ({"x": [[1]]}, "SHAPE_NOT_POSITIVE"),
        ({"x": None}, "SHAPE_NOT_POSITIVE"),
        ({"x": "1,3,8,8"}, "SHAPE_NOT_POSITIVE"),
        ({"x": (1, 4, 8, 8)}, "SHAPE_CONFLICT"),
        ({"x": (1, 3, 2**40, 8)}, "MODEL_BAD_DIMENSION"),
        ({"x": (1, 3, 2, 2)}, "MODEL_SHAPE_CONFLICT"),
    ],
)
def test_bad_shapes_are_refused_by_code(given: dict, code: str) -> None:
    data = conv_model(["N", 3, "H", "W"])
    assert code_of(data, **given) == code
    with pytest.raises(ModelError) as caught:  # nothing before the reader judges them
        estimate_model(data, shapes=given, isolated=False)
    assert caught.value.code == code


def test_shapes_may_hold_numbers_of_numpy_and_nothing_but_a_mapping() -> None:
    data = conv_model(["N", 3, "H", "W"])
    given = {"x": np.array([2, 3, 64, 48])}
    assert read_model(data, shapes=given).shape("x") == (2, 3, 64, 48)
    assert read_isolated(data, shapes=given).shape("x") == (2, 3, 64, 48)
    for odd in ([("x", (1, 3, 8, 8))], {5: (1,)}, {"x": ("a", 1, 1, 1)}):
        for read in (read_model, read_isolated):
            with pytest.raises(ModelError) as caught:
                read(data, shapes=odd)
            assert caught.value.code == "SHAPE_NOT_POSITIVE"


def test_one_symbol_can_not_have_two_given_sizes() -> None:
    node = helper.make_node("Add", ["a", "b"], ["y"])
    data = from_nodes([node], {"a": ["k", 2], "b": ["k", 2]})
    assert code_of(data, a=(3, 2), b=(4, 2)) == "SHAPE_CONFLICT"


@pytest.mark.parametrize("dims", [[1, "c", 7, 7], [1, 16, "h", 9], [1, 3, "t", "a", "b"], [1, "features"]])
def test_no_sensible_default_asks_for_the_shape(dims: list[int | str | None]) -> None:
    if "h" in dims:
        dims = [1, 16, "q", 9]
    with pytest.raises(ModelError, match="--shape x=") as caught:
        read_model(relu_model(dims))
    assert caught.value.code == "MODEL_SHAPE_NEEDED"


def test_a_default_that_does_not_fit_asks_for_the_shape() -> None:
    """A classifier whose head was made for 32 x 32: the usual 224 x 224 breaks it, which is said."""
    text = """
        g (float[N,3,H,W] x) => (float[N,M] y) <float[8,3,3,3] w, float[7200,10] fc>
        { a = Conv(x, w)  f = Flatten(a)  y = MatMul(f, fc) }"""
    with pytest.raises(ModelError, match="--shape x=") as caught:
        read_text(text)
    assert caught.value.code == "MODEL_SHAPE_NEEDED"
    assert read_text(text, x=(1, 3, 32, 32)).shape("y") == (1, 10)


def test_negative_dimensions_other_than_minus_one_are_refused() -> None:
    assert code_of(conv_model([1, 3, -7, 8])) == "MODEL_BAD_DIMENSION"


@pytest.mark.parametrize("dims", [[1, 3, 2**40, 2**40], [2**31 - 1, 2**31 - 1], [2**62, 4]])
def test_absurd_dimensions_are_refused(dims: list[int]) -> None:
    assert code_of(relu_model(list(dims))) == "MODEL_BAD_DIMENSION"


def test_inputs_that_are_no_tensors_have_no_shape() -> None:
    value = helper.make_tensor_sequence_value_info("x", 1, None)
    node = helper.make_node("SequenceLength", ["x"], ["y"])
    graph = helper.make_graph([node], "g", [value], [helper.make_tensor_value_info("y", 7, [])])
    read = read_model(helper.make_model(graph).SerializeToString())
    assert read.shape("x") is None
    assert read.tensors["x"].dtype == "unknown"


@given(st.lists(st.integers(1, 300), min_size=4, max_size=4))
def test_a_given_shape_is_what_is_read(extents: list[int]) -> None:
    shape = tuple(extents)
    data = relu_model(["a", "b", "c", "d"], TensorProto.FLOAT)
    graph = read_model(data, shapes={"x": shape})
    assert graph.shape("x") == graph.shape("y") == shape
    assert graph.defaulted == ()


@pytest.mark.parametrize(
    "name", ["tower/" * 20 + "input", "tower/" * 90 + "input", "in\u00a0put", "in\x1b[31m\n"]
)
def test_the_name_that_a_reader_is_shown_takes_the_shape(name: str) -> None:
    """Fields and `--shape` use it: of a long or unprintable name it is another one than in the file."""
    node = helper.make_node("Relu", [name], ["y"])
    with pytest.raises(ModelError) as caught:
        read_model(from_nodes([node], {name: [1, "features"]}))
    shown = caught.value.message.values["name"]
    assert read_model(from_nodes([node], {name: [1, "features"]}), shapes={shown: (1, 7)}).shape("y") == (
        1,
        7,
    )
    two = from_nodes(
        [helper.make_node("Add", [name, name + "2"], ["y"])], {name: ["N", 4], name + "2": ["M", 4]}
    )
    first, second = (one.input_name for one in read_model(two).defaulted)
    assert read_model(two, shapes={first: (3, 4), second: (1, 4)}).shape("y") == (3, 4)
