"""Branches and loops that a file leaves open: the reader's choice, by the name a part has in the file."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from predictors.errors import ModelError
from predictors.fusing import fuse
from predictors.model.graph import Graph
from predictors.model.open_choices import open_choices
from predictors.reading import read_model
from predictors.results.graph_notes import graph_notes
from test_models_siblings import Node, Value, model, node, value, weight
from tflite_support import BOOL as TF_BOOL
from tflite_support import File, Operator, Subgraph, build, dense_options
from tflite_support import Tensor as TfTensor

BOOL, INT64 = TensorProto.BOOL, TensorProto.INT64


def part(nodes: list[Node], outputs: list[Value], inputs: list[Value] | None = None) -> onnx.GraphProto:
    return helper.make_graph(nodes, "part", inputs or [], outputs)


def product(source: str, target: str) -> Node:
    """1,024 multiply-accumulates on a row of 32."""
    return node("MatMul", [source, "w"], [target])


def branches(name: str, source: str, target: str) -> Node:
    """One product or, dearer, two."""
    once = part([product(source, "t")], [value("t", None)])
    twice = part([product(source, "u"), product("u", "e")], [value("e", None)])
    return node("If", ["c"], [target], name=name, then_branch=once, else_branch=twice)


def steps(name: str, trips: str, source: str, target: str, inside: list[Node], ends: str = "on") -> Node:
    """A loop whose body reads a and makes b."""
    given = [value("i", [], INT64), value("go", [], BOOL), value("a", [1, 32])]
    told = [value(ends, [], BOOL), value("b", None)]
    handed = [] if ends == "stop" else [node("Identity", ["go"], ["on"])]
    return node("Loop", [trips, "", source], [target], name=name, body=part([*inside, *handed], told, given))


INNER = steps("inner", "m", "a", "b", [product("a", "b")])
EARLY = [
    product("a", "b"),
    node("ReduceMax", ["b"], ["most"], keepdims=0),
    node("Less", ["most", "s"], ["stop"]),
]
NEVER = node("Constant", [], ["stop"], value=helper.make_tensor("f", BOOL, [], [False]))
UNDECIDED: dict[str, tuple[list[Node], dict[str, tuple[int, ...]], int]] = {
    "an If in a Loop": ([steps("l", "four", "x", "y", [branches("if", "a", "b")])], {"if": (1,)}, 4),
    "an If in a Loop, nothing said": ([steps("l", "four", "x", "y", [branches("if", "a", "b")])], {}, 8),
    "a Loop in a Loop": ([steps("l", "four", "x", "y", [INNER])], {"inner": (3,)}, 12),
    "a while loop": ([steps("l", "endless", "x", "y", [product("a", "b")])], {"l": (5,)}, 5),
    "a Loop that may end early": ([steps("l", "four", "x", "y", EARLY, "stop")], {}, 4),
    "a Loop that ends early, as said": ([steps("l", "four", "x", "y", EARLY, "stop")], {"l": (2,)}, 2),
    "a Loop whose condition is false after each step": (
        [steps("l", "four", "x", "y", [product("a", "b"), NEVER], "stop")],
        {},
        1,
    ),
    "no step at all": ([steps("l", "none", "x", "k", [product("a", "b")]), product("k", "y")], {}, 1),
}


@pytest.mark.parametrize("kind", UNDECIDED)
def test_what_runs_is_as_often_as_the_file_or_the_reader_says(kind: str) -> None:
    nodes, chosen, times = UNDECIDED[kind]
    graph = undecided(nodes, chosen)
    assert fuse(graph, "tflite-cpu").macs == times * 1024
    names = {choice.name for choice in open_choices(graph)}
    assert set(chosen) <= names
    told = {(note.code, note.message.values["steps"]) for note in graph_notes(graph, "fp32") if "l" in chosen}
    assert told == ({("STEPS_CHOSEN", times)} if "l" in chosen else set())


def undecided(nodes: list[Node], chosen: dict[str, tuple[int, ...]]) -> Graph:
    counts = {"four": 4, "none": 0, "endless": 2**63 - 1}
    numbers = [helper.make_tensor(name, INT64, [], [held]) for name, held in counts.items()]
    limit = helper.make_tensor("s", TensorProto.FLOAT, [], [1.0])
    inputs = [value("x", [1, 32]), value("c", [], BOOL), value("m", [], INT64)]
    return read_model(model(nodes, inputs, [weight("w", 32, 32), limit, *numbers]), shapes=chosen)


@pytest.mark.parametrize(
    ("trips", "inside", "ends", "chosen", "most"),
    [
        ("four", EARLY, "stop", 5, 4),
        ("endless", EARLY, "stop", 4_000, 3_333),
        ("endless", [product("a", "b"), product("b", "c")], "on", 4_000, 3_333),
    ],
)
def test_more_steps_than_the_file_or_a_model_allows_are_refused(
    trips: str, inside: list[Node], ends: str, chosen: int, most: int
) -> None:
    with pytest.raises(ModelError) as caught:
        undecided([steps("l", trips, "x", "y", inside, ends)], {"l": (chosen,)})
    assert (caught.value.code, caught.value.message.values["most"]) == ("CHOICE_UNUSABLE", most)


def test_a_scan_of_opset_8_runs_for_every_element_of_its_batch() -> None:
    given = [value("h", [1, 32]), value("e", [1, 32])]
    body = part(
        [node("Add", ["h", "e"], ["k"]), product("k", "o")], [value("k", None), value("o", None)], given
    )
    scan = node("Scan", ["", "h0", "x"], ["last", "y"], body=body, num_scan_inputs=1)
    source = model([scan], [value("x", [2, 5, 1, 32]), value("h0", [2, 1, 32])], [weight("w", 32, 32)], 8)
    graph = read_model(source)
    assert fuse(graph, "tflite-cpu").macs == 2 * 5 * 1024
    assert graph.shape("y") == (2, 5, 1, 32)


def tflite_parts(op: str, places: dict[int, tuple[str, int]], kind: int) -> bytes:
    """An IF or WHILE over a row of 32: the first part is one product, the second is two."""

    def inside(products: int) -> Subgraph:
        tensors = [TfTensor("a", (1, 32)), TfTensor("w", (32, 32), zeros=4096)]
        tensors += [TfTensor(f"o{place}", (1, 32)) for place in range(products)]
        nodes = [
            Operator("FULLY_CONNECTED", (0 if not place else place + 1, 1, -1), (place + 2,), dense_options())
            for place in range(products)
        ]
        return Subgraph(tensors, nodes, (0,), (products + 1,))

    if op == "IF":
        tensors = [TfTensor("c", (), TF_BOOL), TfTensor("x", (1, 32)), TfTensor("y", (1, 32))]
        main = Subgraph(tensors, [Operator("IF", (0, 1), (2,), (kind, places))], (0, 1), (2,))
        return build(File([main, inside(1), inside(2)]))
    tensors = [TfTensor("x", (1, 32)), TfTensor("y", (1, 32))]
    main = Subgraph(tensors, [Operator("WHILE", (0,), (1,), (kind, places))], (0,), (1,))
    asks = Subgraph(
        [TfTensor("a", (1, 32)), TfTensor("l", (1, 32), zeros=128), TfTensor("go", (), TF_BOOL)],
        [Operator("LESS", (0, 1), (2,))], (0,), (2,),
    )  # fmt: skip
    return build(File([main, asks, inside(1)]))


def test_branches_and_loops_of_tflite_files_can_be_chosen() -> None:
    branch = tflite_parts("IF", {0: ("i", 1), 1: ("i", 2)}, 92)
    loop = tflite_parts("WHILE", {0: ("i", 1), 1: ("i", 2)}, 93)
    macs = [
        fuse(read_model(source, shapes=chosen), "tflite-cpu").macs
        for source, chosen in (
            (branch, {}),
            (branch, {"y": (1,)}),
            (branch, {"y": (0,)}),
            (loop, {"y": (6,)}),
        )
    ]
    assert macs == [2 * 1024, 1024, 2 * 1024, 6 * 1024]
    notes = graph_notes(read_model(loop, shapes={"y": (6,)}), "fp32")
    assert [(note.code, note.message.values["steps"]) for note in notes] == [("STEPS_CHOSEN", 6)]
    with pytest.raises(ModelError, match="8,000 at most"):
        read_model(loop, shapes={"y": (9_000,)})
    assert [each.is_branch for source in (branch, loop) for each in open_choices(read_model(source))] == [
        True,
        False,
    ]
