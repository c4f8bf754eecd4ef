"""What operators make of their inputs, remembered: networks repeat their operators, and asking takes longest.

Only what depends on nothing but the operator, its attributes and its inputs is remembered, never a name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx

from predictors.model.graph import Shape, Tensor
from predictors.reading.tensors import Array

Made: TypeAlias = tuple[Shape, str, Array | None]
"""Shape, element type and, of a small constant, the content of one output."""
Question: TypeAlias = tuple[Any, ...]
MOST_KEPT = 8_192
"""Answers that are remembered: those of some hundred networks."""
MOST_ELEMENTS = 1_000_000
"""Elements, extents and bytes of attributes in all questions and answers: at most some 40 MB."""
MOST_ASKED = 512
"""What one question may hold. Known operators need some dozens; a file may give one as much as it likes."""
CONTROL_FLOW = frozenset(("If", "Loop", "Scan", "SequenceMap"))
_RANDOM = frozenset(
    ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial")
)
_BY_SHAPE_ALONE = frozenset(("Add", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul", "Mul"))
"""Operators whose result's shape does not depend on the content of an input."""

_answers: dict[Question, tuple[Made, ...]] = {}
_kept = {"elements": 0}


def question(
    node: onnx.NodeProto,
    version: int,
    inputs: Sequence[Tensor | None],
    attributes: Mapping[str, Any],
    arrays: Collection[str],
    *,
    constant: bool,
) -> Question | None:
    """All that an answer depends on, its weight last; None where that is more than can be compared quickly.

    `version`: the opset of the node's domain; `arrays`: tensors whose content is known; `constant`: the
    results are known before inference, so that they may be computed.
    """
    weight = len(node.op_type) + len(node.domain) + len(node.output) + len(node.input)
    kinds: list[int] = []
    for attribute in node.attribute:
        weight += attribute.ByteSize()
        kinds.append(attribute.type)
    if weight > MOST_ASKED:
        return None
    given: list[tuple[Any, ...] | None] = []
    by_shape = not constant and node.op_type in _BY_SHAPE_ALONE
    for name, tensor in zip(node.input, inputs, strict=True):
        if not name:
            given.append(None)
            continue
        if tensor is None or tensor.shape is None:
            return None
        content = None
        if name in arrays and not by_shape:
            content = tensor.values
            if content is None and (constant or not tensor.dtype.startswith("float")):
                return None
        values = None if by_shape else tensor.values
        given.append((tensor.shape, tensor.dtype, tensor.is_constant, content is not None, values))
        weight += len(tensor.shape) + len(values or ())
    if weight > MOST_ASKED:
        return None
    held = tuple((name, _comparable(value)) for name, value in attributes.items())
    if len(held) != len(kinds) or any(value is None for _, value in held):
        return None
    outputs = tuple(map(bool, node.output))
    return node.op_type, node.domain, version, outputs, tuple(given), tuple(kinds), held, weight


def _comparable(value: Any) -> Any:
    """The value of an attribute as it can be compared; None for a tensor that is more than a number."""
    if not isinstance(value, onnx.TensorProto):
        return value
    return value.SerializeToString() if value.ByteSize() <= _LONGEST_TENSOR else None


_LONGEST_TENSOR = 64
"""Bytes of a tensor in an attribute that is compared: one number and its type."""


def recalled(asked: Question | None) -> tuple[Made, ...] | None:
    """The answer to a question that was asked before."""
    return None if asked is None else _answers.get(asked)


def remember(asked: Question | None, made: Sequence[tuple[Shape | None, str, Array | None]]) -> None:
    """Keep an answer that is known in full and small."""
    if asked is None:
        return
    known = tuple((shape, dtype, array) for shape, dtype, array in made if shape is not None)
    if len(known) < len(made):
        return
    elements: int = asked[-1] + sum(len(shape) + (0 if a is None else np.size(a)) for shape, _, a in known)
    if elements > MOST_ELEMENTS:
        return
    if len(_answers) >= MOST_KEPT or _kept["elements"] + elements > MOST_ELEMENTS:
        forget()
    _kept["elements"] += elements
    _answers[asked] = known


def forget() -> None:
    """Let go of all answers: a worker does between models, so that nothing of one meets the next."""
    _answers.clear()
    _kept["elements"] = 0


def is_constant(node: onnx.NodeProto, inputs: Sequence[Tensor | None]) -> bool:
    """Whether the outputs are known before inference: all inputs are, or only a static shape is read."""
    if node.op_type in _RANDOM or node.op_type in CONTROL_FLOW:
        return False
    if node.op_type in ("Shape", "Size"):
        return bool(inputs) and inputs[0] is not None and inputs[0].shape is not None
    if node.op_type == "CastLike":  # the second input only says which type
        inputs = inputs[:1]
    present = [one for one in inputs if one is not None]
    return bool(present) and all(one.is_constant for one in present)
