"""Recognising a recurrent cell in the body of a loop: what a converter makes of a Keras LSTM, GRU or RNN."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from predictors.reading.tflite.building import Builder, Scope
from predictors.reading.tflite.decoded import OPTIONAL, TfOperator, TfSubgraph

_CELLS: dict[tuple[int, int], tuple[str, int]] = {(3, 2): ("LSTM", 4), (2, 1): ("GRU", 3), (0, 1): ("RNN", 1)}
"""(sigmoids, hyperbolic tangents) in a body -> the layer, and its gates."""
_COSTS_NOTHING = frozenset(("RESHAPE", "DEQUANTIZE", "SQUEEZE", "EXPAND_DIMS"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A recurrent cell: weights that meet the step's input (`inner`) and the state (`outer`), by our names.

    `sequence`: place among the loop's inputs of the sequence that the body takes one step of; `width`: its
    features; `others`: biases.
    """

    op: str
    sequence: int
    width: int
    inner: tuple[str, ...]
    outer: tuple[str, ...]
    others: tuple[str, ...]


def find_cell(builder: Builder, body: Scope) -> Cell | None:
    """The cell that a loop's body computes; None for any other body."""
    subgraph = body.subgraph
    counts = Counter(operator.op for operator in subgraph.operators)
    kind = _CELLS.get((counts["LOGISTIC"], counts["TANH"]))
    products = [operator for operator in subgraph.operators if operator.op == "FULLY_CONNECTED"]
    gathers = [operator for operator in subgraph.operators if operator.op == "GATHER"]
    if kind is None or len(products) != 2 or len(gathers) != 1 or gathers[0].inputs[0] not in subgraph.inputs:
        return None
    inner = [one for one in products if _comes_from(subgraph, one.inputs[0], gathers[0].outputs[0])]
    outer = [one for one in products if one not in inner]
    if len(inner) != 1 or len(outer) != 1 or not _fits(subgraph, outer[0], inner[0], kind[1]):
        return None
    weights = [_constant_behind(subgraph, one.inputs[1]) for one in (*inner, *outer)]
    if any(index is None for index in weights):
        return None
    names = [builder.read(body, index) for index in weights if index is not None]
    return Cell(
        op=kind[0],
        sequence=subgraph.inputs.index(gathers[0].inputs[0]),
        width=subgraph.tensors[inner[0].inputs[1]].shape[-1],
        inner=(names[0],),
        outer=(names[1],),
        others=tuple(builder.read(body, index) for index in _biases(subgraph)),
    )


def _fits(subgraph: TfSubgraph, outer: TfOperator, inner: TfOperator, gates: int) -> bool:
    """Whether both products have a row for each gate of each unit."""
    recurrent, entering = (subgraph.tensors[one.inputs[1]].shape for one in (outer, inner))
    if len(recurrent) != 2 or len(entering) != 2:
        return False
    return recurrent[0] == gates * recurrent[1] == entering[0]


def _makers(subgraph: TfSubgraph) -> dict[int, TfOperator]:
    return {index: operator for operator in subgraph.operators for index in operator.outputs}


def _comes_from(subgraph: TfSubgraph, index: int, wanted: int) -> bool:
    """Whether a tensor is another one, seen through what costs nothing."""
    makers = _makers(subgraph)
    for _ in range(len(subgraph.operators) + 1):
        if index == wanted:
            return True
        maker = makers.get(index)
        if maker is None or maker.op not in _COSTS_NOTHING:
            return False
        index = maker.inputs[0]
    return False


def _constant_behind(subgraph: TfSubgraph, index: int) -> int | None:
    """The constant that a tensor is, perhaps dequantised; None for what is computed."""
    maker = _makers(subgraph).get(index)
    if maker is not None and maker.op == "DEQUANTIZE":
        index = maker.inputs[0]
    return index if index != OPTIONAL and subgraph.tensors[index].is_constant else None


def _biases(subgraph: TfSubgraph) -> list[int]:
    """Constant vectors that products or sums add."""
    read = [
        one.inputs[2] for one in subgraph.operators if one.op == "FULLY_CONNECTED" and len(one.inputs) > 2
    ]
    read += [index for one in subgraph.operators if one.op == "ADD" for index in one.inputs]
    found = (_constant_behind(subgraph, index) for index in read if index != OPTIONAL)
    vectors = [index for index in found if index is not None and subgraph.tensors[index].shape]
    return list(dict.fromkeys(vectors))
