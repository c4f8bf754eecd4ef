"""One bad or hostile file, and the few ways in which they are built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import onnx
from onnx import helper

from predictors.reading.wire_format import message_field
from reading_support import from_nodes, from_text

READ = "read"
"""Outcome of a file that is a network after all, however odd."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file: its name without `.onnx`, what makes its bytes, and the code that reading it ends in, or READ.

    `large` files are not committed but made again for each test.
    """

    name: str
    make: Callable[[], bytes]
    outcome: str
    large: bool = False


def conv(**attributes: object) -> bytes:
    """One convolution of 3 to 4 channels over 8 x 8 pixels, with these attributes."""
    node = helper.make_node("Conv", ["x", "w"], ["y"], **attributes)
    return from_nodes([node], {"x": [1, 3, 8, 8]}, {"w": [4, 3, 3, 3]})


def unary(op: str = "Relu", dims: tuple[int | str | None, ...] = (1, 4), **attributes: object) -> bytes:
    """One operator with one input of this shape."""
    return from_nodes([helper.make_node(op, ["x"], ["y"], **attributes)], {"x": list(dims)})


def hand_made(*graph_fields: bytes) -> bytes:
    """A model whose graph is the given records."""
    return b"\x08\x08" + message_field(7, b"".join(graph_fields)) + message_field(8, b"\x10\x11")


def parsed(data: bytes) -> onnx.ModelProto:
    """The message in a file, to be changed further."""
    return onnx.load_model_from_string(data)


def text(graph: str, opset: int = 17) -> Callable[[], bytes]:
    """What makes a file from the text form of a graph."""
    return lambda: from_text(graph, opset)


def functions(*bodies: list[onnx.NodeProto]) -> bytes:
    """A model calling F0; each Fn has the given body."""
    made = [
        helper.make_function("d", f"F{place}", ["a"], ["b"], body, [helper.make_opsetid("", 17)])
        for place, body in enumerate(bodies)
    ]
    graph = helper.make_graph(
        [helper.make_node("F0", ["x"], ["y"], domain="d")],
        "g",
        [helper.make_tensor_value_info("x", 1, [4])],
        [helper.make_tensor_value_info("y", 1, [4])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
    return helper.make_model(graph, functions=made, opset_imports=opsets, ir_version=9).SerializeToString()


def call(place: int, source: str = "a", result: str = "b") -> onnx.NodeProto:
    """A call of the function F`place`."""
    return helper.make_node(f"F{place}", [source], [result], domain="d")
