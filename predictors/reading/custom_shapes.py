"""Output shapes of operators that onnx has no rule for: com.microsoft and other custom domains, and Einsum.

A rule takes what is known of the inputs and the attributes, and returns shape and element type for each
output it knows; None where an input it needs is unknown. Contracts of the com.microsoft operators:
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from predictors.model.attention_sizes import ATTENTION_OPERATORS, attention_sizes
from predictors.model.graph import Shape, Tensor
from predictors.reading.contrib_shapes import contrib_outputs
from predictors.reading.old_shapes import old_outputs

STANDARD = frozenset(("", "ai.onnx"))
Attributes = Mapping[str, Any]
Known = tuple[Shape | None, str]
_Inputs = Sequence[Tensor | None]
_Rule = Callable[[_Inputs, Attributes], "list[Known] | None"]


def custom_outputs(op: str, domain: str, inputs: _Inputs, attributes: Attributes) -> list[Known] | None:
    """Shape and element type of each output of `op`; None when there is no rule or too little is known."""
    rule = _RULES.get(op)
    try:
        if op in ATTENTION_OPERATORS:
            return _attention_outputs(op, domain, inputs, attributes)
        if rule is None:
            outputs_of = old_outputs if domain in STANDARD else contrib_outputs
            return outputs_of(op, inputs, attributes)
        return rule(inputs, attributes)
    except (IndexError, KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError):
        return None  # inputs or attributes that the operator's contract does not have


def _shape(inputs: _Inputs, place: int) -> Shape:
    tensor = inputs[place]
    if tensor is None or tensor.shape is None:
        raise KeyError(place)
    return tensor.shape


def _dtype(inputs: _Inputs, place: int) -> str:
    tensor = inputs[place]
    if tensor is None:
        raise KeyError(place)
    return tensor.dtype


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape of an element-wise operation. Raises ValueError if the two don't fit."""
    rank = max(len(left), len(right))
    padded = ((1,) * (rank - len(one)) + one for one in (left, right))
    result = []
    for a, b in zip(*padded, strict=True):
        if a != b and 1 not in (a, b):
            raise ValueError("shapes don't broadcast")
        result.append(b if a == 1 else a)
    return tuple(result)


def _like(place: int = 0) -> _Rule:
    return lambda inputs, _: [(_shape(inputs, place), _dtype(inputs, place))]


def _broadcast_rule(left: int, right: int) -> _Rule:
    return lambda inputs, _: [(broadcast(_shape(inputs, left), _shape(inputs, right)), _dtype(inputs, left))]


def matmul_shape(left: Shape, right: Shape) -> Shape:
    """The shape of a matrix product in numpy's sense. Raises ValueError if the two don't fit."""
    a = (1, *left) if len(left) == 1 else left
    b = (*right, 1) if len(right) == 1 else right
    if a[-1] != b[-2]:
        raise ValueError("inner sizes differ")
    rows = () if len(left) == 1 else (a[-2],)
    columns = () if len(right) == 1 else (b[-1],)
    return (*broadcast(a[:-2], b[:-2]), *rows, *columns)


def _matmul(left: int, right: int, dtype: str | None = None) -> _Rule:
    def rule(inputs: _Inputs, attributes: Attributes) -> list[Known]:
        a, b = _shape(inputs, left), _shape(inputs, right)
        # FusedMatMul's "batch" transpositions bring the first dimension down to the rows.
        if attributes.get("transBatchA"):
            a = (*a[1:-1], a[0], a[-1])
        if attributes.get("transBatchB"):
            b = (*b[1:-1], b[0], b[-1])
        if attributes.get("transA"):
            a = (*a[:-2], a[-1], a[-2])
        if attributes.get("transB"):
            b = (*b[:-2], b[-1], b[-2])
        return [(matmul_shape(a, b), dtype or _dtype(inputs, left))]

    return rule


def _matmul_n_bits(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    return [((*_shape(inputs, 0)[:-1], int(attributes["N"])), _dtype(inputs, 0))]


def _q_gemm(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    result = _matmul(0, 3)(inputs, attributes)
    quantised = len(inputs) > 8 and inputs[8] is not None
    return [((result or [])[0][0], _dtype(inputs, 0) if quantised else "float32")]


def _q_global_pool(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    shape = _shape(inputs, 0)
    pooled = (shape[0], *(1,) * (len(shape) - 2), shape[-1])
    if not attributes.get("channels_last"):
        pooled = (*shape[:2], *(1,) * (len(shape) - 2))
    return [(pooled, _dtype(inputs, 0))]


def _q_reduce(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    shape = _shape(inputs, 0)
    axes = {int(axis) % len(shape) for axis in attributes.get("axes") or range(len(shape))}
    kept = [1 if axis in axes else extent for axis, extent in enumerate(shape)]
    if not attributes.get("keepdims", 1):
        kept = [extent for axis, extent in enumerate(shape) if axis not in axes]
    return [(tuple(kept), _dtype(inputs, 0))]


def _q_concat(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    # inputs: scale, zero point of the result, then (tensor, scale, zero point) for each part
    shapes = [_shape(inputs, place) for place in range(2, len(inputs), 3)]
    return [(_joined(shapes, int(attributes["axis"])), _dtype(inputs, 2))]


def _joined(shapes: Sequence[Shape], axis: int) -> Shape:
    axis %= len(shapes[0])
    return (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])


def window_output(shape: Shape, kernel: Shape, attributes: Attributes) -> Shape:
    """Spatial sizes after a sliding window (convolution or pooling). Raises ValueError if a stride is 0."""
    count = len(kernel)
    strides = attributes.get("strides") or (1,) * count
    dilations = attributes.get("dilations") or (1,) * count
    pads = attributes.get("pads") or (0,) * (2 * count)
    auto = attributes.get("auto_pad", "NOTSET")
    sizes = []
    for axis in range(count):
        span = (kernel[axis] - 1) * dilations[axis] + 1
        room = shape[axis] + pads[axis] + pads[axis + count] - span
        if auto.startswith("SAME"):
            sizes.append(-(-shape[axis] // strides[axis]))
        elif attributes.get("ceil_mode"):
            sizes.append(-(-room // strides[axis]) + 1)
        else:
            sizes.append(room // strides[axis] + 1)
    return tuple(sizes)


def _fused_conv(data: int, weight: int) -> _Rule:
    def rule(inputs: _Inputs, attributes: Attributes) -> list[Known]:
        shape, kernel = _shape(inputs, data), _shape(inputs, weight)
        if attributes.get("channels_last"):
            sizes = window_output(shape[1:-1], kernel[2:], attributes)
            return [((shape[0], *sizes, kernel[0]), _dtype(inputs, data))]
        return [
            ((shape[0], kernel[0], *window_output(shape[2:], kernel[2:], attributes)), _dtype(inputs, data))
        ]

    return rule


def _channels_last_conv(inputs: _Inputs, attributes: Attributes) -> list[Known] | None:
    """Pictures with channels last, weights (Cout, Cin / groups, Kh, Kw) as everywhere."""
    return _fused_conv(0, 1)(inputs, {**attributes, "channels_last": 1})


def _channels_last_pool(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    shape = _shape(inputs, 0)
    sizes = window_output(shape[1:-1], tuple(attributes["kernel_shape"]), attributes)
    return [((shape[0], *sizes, shape[-1]), _dtype(inputs, 0))]


def _q_pool(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    if attributes.get("channels_last"):
        return _channels_last_pool(inputs, attributes)
    shape = _shape(inputs, 0)
    sizes = window_output(shape[2:], tuple(attributes["kernel_shape"]), attributes)
    return [((*shape[:2], *sizes), _dtype(inputs, 0))]


def _dropout(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    return [(_shape(inputs, 0), _dtype(inputs, 0)), (_shape(inputs, 0), "bool")]


def _skip_norm(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    shape, dtype = _shape(inputs, 0), _dtype(inputs, 0)
    statistics = ((*shape[:-1], 1), "float32")
    return [(shape, dtype), statistics, statistics, (shape, dtype)]


def _layer_norm(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    shape = _shape(inputs, 0)
    axis = int(attributes.get("axis", -1))
    if not -len(shape) <= axis < len(shape):
        raise ValueError("the axis lies outside the shape")
    axis %= len(shape)
    statistics = ((*shape[:axis], *(1,) * (len(shape) - axis)), "float32")
    return [(shape, _dtype(inputs, 0)), statistics, statistics]


def _embed_norm(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    batch, length = _shape(inputs, 0)
    hidden, dtype = _shape(inputs, 2)[-1], _dtype(inputs, 2)
    return [((batch, length, hidden), dtype), ((batch,), "int32"), ((batch, length, hidden), dtype)]


def _attention_outputs(op: str, domain: str, inputs: _Inputs, attributes: Attributes) -> list[Known] | None:
    """Result, keys and values of all tokens so far, and scores; one tensor of keys and values in old
    spellings.
    """
    shapes = [None if one is None else one.shape for one in inputs]
    sizes = attention_sizes(op, domain, shapes, attributes)
    if sizes is None:
        return None
    dtype = _dtype(inputs, _SCALE_AT.get(op, 0))
    batch, heads, kv_heads, keys = sizes.batch, sizes.heads, sizes.kv_heads, sizes.keys
    query = _shape(inputs, 0)
    if op.startswith("Packed"):  # one list of the tokens of all sequences
        return [((query[0], heads * sizes.value_head), dtype)]
    result: Shape = (batch, sizes.queries, heads * sizes.value_head)
    if len(query) == 4:
        result = (batch, heads, sizes.queries, sizes.value_head)
    if sizes.projection is not None:
        return [(result, dtype), ((2, batch, heads, keys, sizes.head), dtype)]
    if op == "SparseAttention":  # its cache is as long as it may become, and stays so
        return [(result, dtype), *((_shape(inputs, place), _dtype(inputs, place)) for place in (3, 4))]
    present = [((batch, kv_heads, keys, width), dtype) for width in (sizes.head, sizes.value_head)]
    return [(result, dtype), *present, ((batch, heads, sizes.queries, keys), dtype)]


_SCALE_AT = {"QAttention": 3}
"""Input of the type that the result has, where that is not the first one."""


def _quantize(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    zero_point = inputs[2] if len(inputs) > 2 else None
    return [(_shape(inputs, 0), zero_point.dtype if zero_point is not None else "uint8")]


def _dequantize(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    return [(_shape(inputs, 0), _dtype(inputs, 1))]


def _einsum(inputs: _Inputs, attributes: Attributes) -> list[Known] | None:
    """The letters of the result, or without one those that occur once, in order; "..." are further axes."""
    equation = attributes["equation"].replace(" ", "").replace("...", ".")
    terms, arrow, result = equation.partition("->")
    if not arrow:
        letters = sorted(letter for letter in set(terms) - {",", "."} if terms.count(letter) == 1)
        result = "." * ("." in terms) + "".join(letters)
    extents: dict[str, int] = {}
    covered: Shape = ()
    for place, term in enumerate(terms.split(",")):
        shape = _shape(inputs, place)
        before, _, after = term.partition(".")
        end = len(shape) - len(after)
        extents.update(zip(before, shape if "." not in term else shape[: len(before)], strict=True))
        if "." in term:
            extents.update(zip(after, shape[end:], strict=True))
            covered = broadcast(covered, shape[len(before) : end])
    parts = (covered if letter == "." else (extents[letter],) for letter in result)
    return [(tuple(extent for part in parts for extent in part), _dtype(inputs, 0))]


def _feature_vector(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    """Columns of all inputs side by side."""
    widths = attributes.get("inputdimensions") or [_shape(inputs, at)[-1] for at in range(len(inputs))]
    first = _shape(inputs, 0)
    return [((first[0] if len(first) > 1 else 1, sum(map(int, widths))), "float32")]


def _bias_split_gelu(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    shape = _shape(inputs, 0)
    return [((*shape[:-1], shape[-1] // 2), _dtype(inputs, 0))]


def _gather_block(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    data, indices = _shape(inputs, 0), _shape(inputs, 1)
    axis = int(attributes.get("gather_axis", 0)) % len(data)
    bits = int(attributes.get("bits", 4))
    packed = 8 // bits if _dtype(inputs, 0) == "uint8" else 1
    kept = (*data[:-1], data[-1] * packed)
    return [((*kept[:axis], *indices, *kept[axis + 1 :]), _dtype(inputs, 2))]


def _flattened(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    shape, axis = _shape(inputs, 0), int(attributes.get("axis", 1))
    return [((prod(shape[:axis]), prod(shape[axis:])), _dtype(inputs, 0))]


def _integer_lstm(inputs: _Inputs, attributes: Attributes) -> list[Known]:
    """All hidden states, then the last hidden and cell state; weights are (directions, input, 4 * hidden)."""
    steps, batch, _ = _shape(inputs, 0)
    directions, hidden, _ = _shape(inputs, 2)
    dtype, last = _dtype(inputs, 0), (directions, batch, hidden)
    return [((steps, directions, batch, hidden), dtype), (last, dtype), (last, dtype)]


def _twice(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    return [(_shape(inputs, 0), _dtype(inputs, 0))] * 2


def _as_float(inputs: _Inputs, _attributes: Attributes) -> list[Known]:
    return [(_shape(inputs, 0), "float32")]


_SAME_AS_FIRST = (
    "Gelu", "FastGelu", "QuickGelu", "BiasGelu", "BiasSoftmax", "BiasAdd", "NhwcFusedBiasAdd",
    "QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax", "GroupNorm", "RotaryEmbedding", "Inverse",
    "GroupNormalization",
    "MeanVarianceNormalization", "InstanceNormalization", "BatchNormalization", "HardSwish", "HSwish",
    "Swish", "Silu", "SiLU", "Mish", "Relu6", "ReLU6", "Softplus", "Snake", "Clip", "FakeQuantize",
    "ScaledTanh", "ParametricSoftplus", "ThresholdedRelu", "Affine", "ImageScaler", "Identity", "PRelu",
    "LeakyRelu", "Relu", "Elu", "Selu", "Sigmoid", "Tanh", "HardSigmoid", "Exp", "Log", "Sqrt", "Neg",
    "Abs", "Ceil", "Floor", "Reciprocal", "MoE", "QMoE", "Quant", "IntQuant", "FloatQuant", "BipolarQuant",
    "Trunc", "MultiThreshold", "Binarizer", "Trilu", "BiasDropout", "BitmaskDropout", "BitmaskBiasDropout",
    "LabelEncoder", "ComplexMul", "ComplexMulConj",
)  # fmt: skip

_RULES: dict[str, _Rule] = {op: _like() for op in _SAME_AS_FIRST} | {
    "BiasSplitGelu": _bias_split_gelu,
    "ConvAddRelu": _fused_conv(0, 1),
    "DequantizeLinear": _dequantize,
    "Dropout": _dropout,
    "DynamicQuantizeLSTM": _integer_lstm,
    "DynamicQuantizeMatMul": _matmul(0, 1),
    "Einsum": _einsum,
    "EmbedLayerNormalization": _embed_norm,
    "FeatureVectorizer": _feature_vector,
    "Flatten": _flattened,
    "FusedConv": _fused_conv(0, 1),
    "FusedGemm": _matmul(0, 1),
    "FusedMatMul": _matmul(0, 1),
    "FusedMatMulActivation": _matmul(0, 1),
    "GatherBlockQuantized": _gather_block,
    "GemmFastGelu": _matmul(0, 1),
    "GemmFloat8": _matmul(0, 1),
    "Imputer": _as_float,
    "Normalizer": _as_float,
    "QEmbedLayerNormalization": _embed_norm,
    "QLinearWhere": _broadcast_rule(1, 4),
    "Scaler": _as_float,
    "SkipGroupNorm": _twice,
    "LayerNormalization": _layer_norm,
    "MatMulBnb4": _matmul_n_bits,
    "MatMulFpQ4": _matmul_n_bits,
    "MatMulIntegerToFloat": _matmul(0, 1, "float32"),
    "MatMulNBits": _matmul_n_bits,
    "NhwcConv": _channels_last_conv,
    "NhwcFusedConv": _channels_last_conv,
    "NhwcMaxPool": _channels_last_pool,
    "QGemm": _q_gemm,
    "QLinearAdd": _broadcast_rule(0, 3),
    "QLinearAveragePool": _q_pool,
    "QLinearConcat": _q_concat,
    "QLinearConv": _fused_conv(0, 3),
    "QLinearGlobalAveragePool": _q_global_pool,
    "QLinearReduceMean": _q_reduce,
    "QLinearMul": _broadcast_rule(0, 3),
    "QuantizeLinear": _quantize,
    "RMSNormalization": _layer_norm,
    "SimplifiedLayerNormalization": _layer_norm,
    "SkipLayerNormalization": _skip_norm,
    "SkipSimplifiedLayerNormalization": _skip_norm,
    "TransposeMatMul": _matmul(0, 1),
}
