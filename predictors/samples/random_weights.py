"""Files of sample networks with random weights in them, so that a runtime has real work with real numbers.

The samples hold no weights: ConstantOfShape makes zeros. Zeros cost less energy than numbers do (fewer bits
change), so before a network is measured each of them becomes random values of a fixed seed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

SEED: Final = 20_23  # the same weights on every machine
BLOCK: Final = 1 << 18
"""Random values drawn; larger tensors repeat them. Drawing 138 million would take longer than measuring."""
INT8_SPREAD: Final = 40.0
"""Standard deviation of int8 weights: most of the range of -128 to 127 is used, as after quantising."""


def with_random_weights(content: bytes) -> bytes:
    """The ONNX file with random values where it made zeros of a fixed shape; all else stays as it was.

    Weights get the spread that keeps activations at theirs (He et al. 2015), variances of batch norms lie
    around 1. Other files, whose weights are in them, come back as they are.
    """
    import onnx

    model = onnx.load_model_from_string(content)
    shapes = {tensor.name: tensor for tensor in model.graph.initializer}
    kept, made = [], []
    for node in model.graph.node:
        if node.op_type == "ConstantOfShape" and node.input[0] in shapes:
            made.append(_random_tensor(node, onnx.numpy_helper.to_array(shapes[node.input[0]])))
        else:
            kept.append(node)
    if not made:
        return content
    del model.graph.node[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(made)
    return bytes(model.SerializeToString())


def _random_tensor(node: onnx.NodeProto, shape: NDArray[np.int64]) -> onnx.TensorProto:
    import onnx

    value = onnx.numpy_helper.to_array(node.attribute[0].t)
    name, extents = node.output[0], tuple(int(extent) for extent in shape)
    return onnx.numpy_helper.from_array(_values(name, extents, value.dtype), name)


def _values(name: str, shape: tuple[int, ...], kind: np.dtype[Any]) -> NDArray[Any]:
    count = math.prod(shape)
    block = np.random.default_rng(SEED).standard_normal(min(count, BLOCK))
    drawn = np.resize(block, count).reshape(shape)
    if kind == np.int8:
        is_zero_point = len(shape) == 1
        values = np.zeros(shape) if is_zero_point else np.clip(np.rint(drawn * INT8_SPREAD), -127, 127)
        return values.astype(kind)
    if kind == np.int32:
        return np.rint(drawn * INT8_SPREAD).astype(kind)
    if name.endswith(".var"):
        return (0.8 + 0.4 * np.abs(drawn)).astype(kind)
    fan_in = count / shape[0] if len(shape) > 1 else 0.0
    spread = math.sqrt(2.0 / fan_in) if fan_in else 0.1
    return (drawn * spread).astype(kind)
