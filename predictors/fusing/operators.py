"""What each operator name means to the kernel detector: its plain form, its data inputs, its kernel kind.

Quantised spellings (QLinear..., ...Integer) and vendor spellings are brought to the plain operator they
compute, so that every later table and pattern is written once. An operator that stands in no table here
becomes a kernel of kind UNSUPPORTED: it is counted, never dropped.
"""

from __future__ import annotations

from predictors.model.graph import Node
from predictors.model.kernels import KernelKind

KNOWN_DOMAINS = frozenset(
    {
        "",
        "ai.onnx",
        "ai.onnx.ml",
        "com.microsoft",
        "finn.custom_op.general",
        "onnx.brevitas",
        "qonnx.custom_op.general",
    }
)

INTEGER_OPS = frozenset(
    {
        "ConvInteger",
        "DynamicQuantizeLSTM",
        "DynamicQuantizeMatMul",
        "MatMulInteger",
        "MatMulIntegerToFloat",
        "QAttention",
        "QEmbedLayerNormalization",
        "QGemm",
    }
)
"""Operators that compute in 8-bit integers although their name does not start with QLinear."""

# Operator -> (plain operator, positions of its data inputs and weights). Scales, zero points, shape
# arguments, bounds and running statistics are left out: they are neither activations nor learned weights.
SPELLINGS: dict[str, tuple[str, tuple[int, ...]]] = {
    "QLinearConv": ("Conv", (0, 3, 8)),
    "ConvInteger": ("ConvInteger", (0, 1)),
    "FusedConv": ("Conv", (0, 1, 2, 3)),
    "NhwcConv": ("Conv", (0, 1, 2)),
    "NhwcFusedConv": ("Conv", (0, 1, 2, 3)),
    "NhwcMaxPool": ("MaxPool", (0,)),
    "QLinearMatMul": ("MatMul", (0, 3)),
    "MatMulInteger": ("MatMulInteger", (0, 1)),
    "QGemm": ("Gemm", (0, 3, 6)),
    "MatMulIntegerToFloat": ("MatMul", (0, 1, 6)),
    "FusedMatMul": ("MatMul", (0, 1)),
    "FusedMatMulActivation": ("MatMul", (0, 1)),
    "TransposeMatMul": ("MatMul", (0, 1)),
    "FusedGemm": ("Gemm", (0, 1, 2)),
    "GemmFloat8": ("Gemm", (0, 1, 2)),
    "DynamicQuantizeMatMul": ("MatMul", (0, 1, 4)),
    "QLinearAdd": ("Add", (0, 3)),
    "QLinearMul": ("Mul", (0, 3)),
    "QLinearSigmoid": ("Sigmoid", (0,)),
    "QLinearLeakyRelu": ("LeakyRelu", (0,)),
    "QLinearSoftmax": ("Softmax", (0,)),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", (0,)),
    "QLinearAveragePool": ("AveragePool", (0,)),
    "QLinearReduceMean": ("ReduceMean", (0,)),
    "Attention": ("FusedAttention", ()),
    "DecoderMaskedMultiHeadAttention": ("FusedAttention", ()),
    "DecoderMaskedSelfAttention": ("FusedAttention", ()),
    "PackedAttention": ("FusedAttention", (0, 1, 2)),
    "PackedMultiHeadAttention": ("FusedAttention", (0, 1, 2, 3)),
    "BiasDropout": ("Add", (0, 1, 2)),
    "BitmaskBiasDropout": ("Add", (0, 1, 2)),
    "QAttention": ("FusedAttention", (0, 1, 2, 8)),
    "DynamicQuantizeLSTM": ("LSTM", (0, 1, 2, 3)),
    "MultiHeadAttention": ("FusedAttention", (0, 1, 2, 3, 6, 7)),
    "GroupQueryAttention": ("FusedAttention", (0, 1, 2, 3, 4)),
    "LongformerAttention": ("FusedAttention", (0, 1, 2, 4, 5)),
    "SparseAttention": ("FusedAttention", (0, 1, 2, 3, 4)),
    "QuickGelu": ("Gelu", (0,)),
    "FastGelu": ("Gelu", (0, 1)),
    "BiasGelu": ("Gelu", (0, 1)),
    "BiasSplitGelu": ("Gelu", (0, 1)),
    "BiasSoftmax": ("Softmax", (0, 1)),
    "BiasAdd": ("BiasAdd", (0, 1, 2)),
    "NhwcFusedBiasAdd": ("BiasAdd", (0, 1, 2)),
    "DeformConv": ("DeformConv", (0, 1, 2, 3, 4)),
    "QMoE": ("MoE", ()),
    "RoiAlign": ("RoiAlign", (0, 1)),
    "CropAndResize": ("RoiAlign", (0, 1)),
    "CDist": ("MatMul", (0, 1)),
    "TorchEmbedding": ("Embedding", (0, 1)),
    "GemmaRotaryEmbedding": ("RotaryEmbedding", ()),
    "MaxRoiPool": ("RoiAlign", (0, 1)),
    "STFT": ("STFT", (0, 2)),
    "GemmFastGelu": ("MatMul", (0, 1, 2)),
    "MatMulFpQ4": ("MatMulNBits", (0, 1)),
    "GatherBlockQuantized": ("Embedding", (0, 1)),
    "QEmbedLayerNormalization": ("EmbedLayerNormalization", (2, 0, 1, 3, 4, 5, 6)),
    "SkipGroupNorm": ("GroupNorm", (0, 1, 2, 3, 4)),
    "Quant": ("QuantizeLinear", (0,)),
    "IntQuant": ("QuantizeLinear", (0,)),
    "FloatQuant": ("QuantizeLinear", (0,)),
    "BipolarQuant": ("QuantizeLinear", (0,)),
    "Trunc": ("QuantizeLinear", (0,)),
    "MultiThreshold": ("QuantizeLinear", (0,)),
    "QLinearWhere": ("Where", (0, 1, 4)),
    "EmbedLayerNormalization": ("EmbedLayerNormalization", (2, 0, 1, 3, 4, 5, 6)),
    "BatchNormalization": ("BatchNormalization", (0, 1, 2)),
    "Swish": ("Silu", (0,)),
    "SimplifiedLayerNormalization": ("LayerNormalization", (0, 1)),
    "RMSNormalization": ("LayerNormalization", (0, 1)),
    "SkipLayerNormalization": ("LayerNormalization", (0, 1, 2, 3, 4)),
    "SkipSimplifiedLayerNormalization": ("LayerNormalization", (0, 1, 2, 3)),
    "DynamicQuantizeLinear": ("DynamicQuantizeLinear", (0,)),
    "QuantizeLinear": ("QuantizeLinear", (0,)),
    "DequantizeLinear": ("DequantizeLinear", (0,)),
    "MatMulNBits": ("MatMulNBits", (0, 1)),
    "MatMulBnb4": ("MatMulNBits", (0, 1)),
    "Slice": ("Slice", (0,)),
    "Split": ("Split", (0,)),
    "SplitToSequence": ("SplitToSequence", (0,)),
    "Pad": ("Pad", (0,)),
    "Resize": ("Resize", (0,)),
    "Upsample": ("Resize", (0,)),
    "Clip": ("Clip", (0,)),
    "Expand": ("Expand", (0,)),
    "Tile": ("Tile", (0,)),
    "TopK": ("TopK", (0,)),
    "CumSum": ("CumSum", (0,)),
    "Trilu": ("Trilu", (0,)),
    "Sum": ("Add", ()),
}

_REDUCTIONS = (
    "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum "
    "ReduceLogSumExp ReduceSumSquare"
)
SPELLINGS.update({name: (name, (0,)) for name in _REDUCTIONS.split()})

_KIND_LINES: dict[KernelKind, str] = {
    KernelKind.CONV: "Conv ConvInteger",
    KernelKind.TRANSPOSED_CONV: "ConvTranspose",
    KernelKind.CONV_OTHER: "DeformConv",
    KernelKind.FC: "Dense MatMulNBits",
    KernelKind.MATMUL: "MatMul Gemm MatMulInteger Einsum MoE STFT",
    KernelKind.BN: "BatchNormalization",
    KernelKind.RELU: "Relu Relu6",
    KernelKind.HSWISH: "HardSwish",
    KernelKind.AVGPOOL: "AveragePool LpPool",
    KernelKind.MAXPOOL: "MaxPool GlobalMaxPool",
    KernelKind.GLOBAL_AVGPOOL: "GlobalAveragePool GlobalLpPool",
    KernelKind.CONCAT: "Concat",
    KernelKind.SPLIT: "Split",
    KernelKind.CHANNEL_SHUFFLE: "ChannelShuffle",
    KernelKind.SE: "SqueezeExcite",
    KernelKind.ADD: "ResidualAdd",
    KernelKind.ATTENTION: "Attention FusedAttention",
    KernelKind.LAYERNORM: "LayerNormalization",
    KernelKind.NORM: "InstanceNormalization GroupNormalization GroupNorm LpNormalization "
    "MeanVarianceNormalization",
    KernelKind.LRN: "LRN",
    KernelKind.ACTIVATION: "Sigmoid HardSigmoid Tanh Elu Selu Celu LeakyRelu PRelu Softplus Softsign "
    "ThresholdedRelu Silu Gelu Mish Clip Shrink SwiGLU ScaledTanh ParametricSoftplus",
    KernelKind.SOFTMAX: "Softmax LogSoftmax Hardmax",
    KernelKind.ELEMENTWISE: "Add Mul Sub Div Pow Sqrt Exp Log Abs Neg Min Max Mean Mod Floor Ceil Round "
    "Sign Reciprocal Where Equal Greater Less GreaterOrEqual LessOrEqual And Or Not Xor Erf Sin Cos Tan "
    "Sinh Cosh Asin Acos Atan Asinh Acosh Atanh IsNaN IsInf BitShift RotaryEmbedding BiasAdd "
    "SquaredDifference Rsqrt Square BitwiseAnd BitwiseNot BitwiseOr BitwiseXor AffineGrid Scaler Normalizer "
    "Binarizer Imputer LabelEncoder RandomNormal RandomUniform RandomNormalLike RandomUniformLike Bernoulli "
    "ComplexMul ComplexMulConj Affine ImageScaler",
    KernelKind.REDUCE: f"{_REDUCTIONS} ArgMax ArgMin CumSum CumProd TopK Multinomial",
    KernelKind.RESIZE: "Resize GridSample RoiAlign",
    KernelKind.EMBEDDING: "Embedding EmbedLayerNormalization",
    KernelKind.RNN: "LSTM GRU RNN",
    KernelKind.COPY: "Transpose Slice Pad Expand Tile Gather GatherElements GatherND ScatterND "
    "ScatterElements Scatter DepthToSpace SpaceToDepth ReverseSequence Trilu OneHot Col2Im MaxUnpool "
    "CenterCropPad TensorScatter Compress NonZero Unique Range EyeLike ConstantOfShape ArrayFeatureExtractor "
    "FeatureVectorizer OneHotEncoder UnfoldTensor Crop ReadVariable AssignVariable",
    KernelKind.QUANTIZE: "QuantizeLinear DequantizeLinear DynamicQuantizeLinear Quantize Dequantize",
}

KIND_OF_OP: dict[str, KernelKind] = {op: kind for kind, names in _KIND_LINES.items() for op in names.split()}
"""Plain operator (or operator made by a pattern) -> kernel kind; what is missing is unsupported."""

OWN_NAMES = frozenset(
    {"Dense", "ResidualAdd", "ChannelShuffle", "SqueezeExcite", "Embedding", "FusedAttention"}
)
"""Names made up here: an operator that a file calls so is not the one meant."""

SHAPE_READERS = frozenset({"Shape", "Size"})
"""Operators whose result is known once shapes are static."""

CONTROL_FLOW = frozenset({"If", "Loop", "Scan", "SequenceMap"})
RANDOM_OPS = frozenset(
    {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"}
)
NEVER_FOLDED = CONTROL_FLOW | RANDOM_OPS

PASS_THROUGH: dict[str, str] = {
    "Identity": "passes its input on",
    "Dropout": "does nothing at inference",
    "Cast": "type change folded into its neighbours",
    "CastLike": "type change folded into its neighbours",
}
VIEWS = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "ExpandDims"})
SAME_SHAPE_IS_NOTHING = frozenset({"Expand", "Tile", "Pad", "Slice"})
NEUTRAL_SECOND = {"Mul": 1.0, "Div": 1.0, "Add": 0.0, "Sub": 0.0}
"""Operators that do nothing when their second input is this constant."""

KEEPS_STORED = VIEWS | {
    "Transpose",
    "DequantizeLinear",
    "QuantizeLinear",
    "Identity",
    "Cast",
    "CastLike",
    "Quant",
}
"""Operators that, computed beforehand, leave a weight the one that the file stores."""

ONE_INPUT_IS_NOTHING = frozenset({"Concat", "Sum"})
QUANTISERS = frozenset({"QuantizeLinear", "DequantizeLinear"})


def computes_in_integers(node: Node) -> bool:
    """Whether an operator (as spelled in the file) computes in 8-bit integers."""
    return node.op.startswith("QLinear") or node.op in INTEGER_OPS or "quantised" in node.attributes


def spelling(op: str, input_count: int) -> tuple[str, tuple[int, ...]]:
    """Plain operator name and positions of its data inputs, for an operator with `input_count` inputs."""
    if op == "QLinearConcat":  # output scale, zero point, then (tensor, scale, zero point) per input
        return "Concat", tuple(range(2, input_count, 3))
    plain, positions = SPELLINGS.get(op, (op, ()))
    return plain, positions or tuple(range(input_count))
