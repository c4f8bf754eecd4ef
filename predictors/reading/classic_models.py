"""Classic models of ai.onnx.ml written as the operators on tensors that they compute.

Linear models and support vector machines are matrix products; an ensemble of trees reads one feature and
compares it with a threshold on every level of every tree. Semantics:
https://onnx.ai/onnx/operators/index_classes.html#l-onnx-operators (domain ai.onnx.ml)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from predictors.reading.limits import DEFAULT_LIMITS

DOMAIN = "ai.onnx.ml"
TREES = frozenset(("TreeEnsembleRegressor", "TreeEnsembleClassifier"))
_LINEAR = {"LinearRegressor": "targets", "LinearClassifier": ""}
_SVM = frozenset(("SVMRegressor", "SVMClassifier"))
_MOST_COMPARISONS = 50_000_000  # beyond any ensemble that runs on an edge device


@dataclass(slots=True)
class _Written:
    """Operators that stand for one node; names begin with `prefix`."""

    prefix: str
    nodes: list[onnx.NodeProto] = field(default_factory=list)

    def constant(self, name: str, values: np.ndarray[Any, Any]) -> str:
        full = f"{self.prefix}{name}"
        tensor = numpy_helper.from_array(values, full)
        self.nodes.append(helper.make_node("Constant", [], [full], value=tensor))
        return full

    def make(self, op: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """An operator with one result, which is called `name`: as it stands where it has the prefix or is an
        output of the node."""
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=f"{self.prefix}{op}", **attributes))
        return name


def written_out(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
    """The operators that a classic model computes; None for another node or one that cannot be read."""
    if node.domain != DOMAIN or not node.input or not node.output:
        return None
    attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    made = _Written(f"{node.name or node.output[0]}/")
    try:
        if node.op_type in _LINEAR:
            scores = _linear(node, attributes, made)
        elif node.op_type in _SVM:
            scores = _machine(node, attributes, made)
        elif node.op_type in TREES:
            scores = _trees(node, attributes, made)
        else:
            return None
    except (KeyError, IndexError, ValueError, TypeError, ZeroDivisionError):
        return None  # attributes that the contract does not have
    _hand_over(node, scores, made)
    return made.nodes


def _hand_over(node: onnx.NodeProto, scores: str, made: _Written) -> None:
    """Give scores, and for classifiers the label of the largest one, the names of the node's outputs."""
    outputs = [*node.output, ""]
    if not node.op_type.endswith("Classifier"):
        made.make("Identity", [scores], outputs[0])
        return
    if outputs[0]:
        made.make("ArgMax", [scores], outputs[0], axis=1, keepdims=0)
    if outputs[1]:
        made.make("Softmax", [scores], outputs[1], axis=1)


def _linear(node: onnx.NodeProto, attributes: dict[str, Any], made: _Written) -> str:
    coefficients = np.asarray(attributes["coefficients"], np.float32)
    intercepts = np.asarray(attributes.get("intercepts", []), np.float32)
    rows = _classes(attributes) if node.op_type == "LinearClassifier" else int(attributes.get("targets", 1))
    rows = len(intercepts) or rows
    weights = made.constant("weights", coefficients.reshape(rows, -1).T.copy())
    product = made.make("MatMul", [node.input[0], weights], f"{made.prefix}product")
    if not len(intercepts):
        return product
    return made.make("Add", [product, made.constant("intercepts", intercepts)], f"{made.prefix}scores")


def _classes(attributes: dict[str, Any]) -> int:
    labels = attributes.get("classlabels_ints") or attributes.get("classlabels_int64s")
    return len(labels or attributes.get("classlabels_strings") or [0])


def _machine(node: onnx.NodeProto, attributes: dict[str, Any], made: _Written) -> str:
    """Products with every support vector, then with their coefficients (kernels are element-wise)."""
    vectors = np.asarray(attributes.get("support_vectors", []), np.float32)
    coefficients = np.asarray(attributes["coefficients"], np.float32)
    if not len(vectors):  # a linear machine keeps its weights instead of vectors
        return _linear(node, attributes, made)
    count = int(attributes.get("n_supports") or sum(attributes["vectors_per_class"]))
    weights = made.constant("vectors", vectors.reshape(count, -1).T.copy())
    product = made.make("MatMul", [node.input[0], weights], f"{made.prefix}product")
    kind = attributes.get("kernel_type", b"LINEAR")
    shaped = product if kind == b"LINEAR" else made.make("Exp", [product], f"{made.prefix}kernel")
    sums = made.constant("coefficients", coefficients.reshape(-1, count).T.copy())
    return made.make("MatMul", [shaped, sums], f"{made.prefix}scores")


def _trees(node: onnx.NodeProto, attributes: dict[str, Any], made: _Written) -> str:
    """Features that are read, thresholds they are compared with, and the sums of the leaves.

    Trees are walked to their mean depth, as if every leaf were as likely as every other.
    """
    modes = attributes["nodes_modes"]
    leaves = np.array([mode in (b"LEAF", "LEAF") for mode in modes])
    count = len(set(attributes["nodes_treeids"]))
    depth = _mean_depth(attributes, leaves)
    steps = max(1, ceil(count * depth))
    if steps > min(_MOST_COMPARISONS, DEFAULT_LIMITS.nodes * 1000):
        raise ValueError("more comparisons than are written out")
    features = np.resize(np.asarray(attributes["nodes_featureids"], np.int64)[~leaves], steps)
    thresholds = np.resize(np.asarray(attributes["nodes_values"], np.float32)[~leaves], steps)
    read = made.make(
        "Gather", [node.input[0], made.constant("features", features)], f"{made.prefix}read", axis=1
    )
    compared = made.make("Less", [read, made.constant("thresholds", thresholds)], f"{made.prefix}compared")
    chosen = made.make("Cast", [compared], f"{made.prefix}chosen", to=onnx.TensorProto.FLOAT)
    targets = int(attributes.get("n_targets", 0)) or _classes(attributes)
    leaf = made.make("ArgMax", [chosen], f"{made.prefix}leaf", axis=1, keepdims=1)
    total = made.make("Cast", [leaf], f"{made.prefix}sum", to=onnx.TensorProto.FLOAT)
    return total if targets == 1 else made.make("Concat", [total] * targets, f"{made.prefix}scores", axis=1)


def _mean_depth(attributes: dict[str, Any], leaves: np.ndarray[Any, Any]) -> float:
    """Mean number of comparisons on the way to a leaf."""
    trees, ids = attributes["nodes_treeids"], attributes["nodes_nodeids"]
    depths: dict[tuple[int, int], int] = {}
    found = []
    for tree, node, yes, no, leaf in zip(
        trees,
        ids,
        attributes["nodes_truenodeids"],
        attributes["nodes_falsenodeids"],
        leaves.tolist(),
        strict=True,
    ):
        depth = depths.get((tree, node), 0)
        if leaf:
            found.append(depth)
            continue
        depths[tree, yes] = depths[tree, no] = depth + 1
    return float(np.mean(found)) if found else 1.0
