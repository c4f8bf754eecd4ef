"""Element types of TensorFlow Lite tensors, and the names of operators and their options."""

from __future__ import annotations

import numpy as np
from tflite.BuiltinOperator import BuiltinOperator
from tflite.BuiltinOptions import BuiltinOptions

DTYPES: dict[int, str] = dict(
    enumerate(
        [
            "float32",
            "float16",
            "int32",
            "uint8",
            "int64",
            "string",
            "bool",
            "int16",
            "complex64",
            "int8",
            "float64",
            "complex128",
            "uint64",
            "resource",
            "variant",
            "uint32",
            "uint16",
            "int4",
            "bfloat16",
            "int2",
            "uint4",
            "float8e4m3fn",
            "float8e5m2",
        ]
    )
)
"""TensorType of the schema (version 3d) -> our name."""

NUMPY_TYPES: dict[str, np.dtype] = {
    name: np.dtype(name)
    for name in [
        "float32",
        "float16",
        "int32",
        "uint8",
        "int64",
        "int16",
        "int8",
        "float64",
        "uint64",
        "uint32",
        "uint16",
    ]
} | {"bool": np.dtype(np.bool_)}

BITS: dict[str, int] = {name: dtype.itemsize * 8 for name, dtype in NUMPY_TYPES.items()} | {
    "int4": 4,
    "uint4": 4,
    "int2": 2,
    "bfloat16": 16,
    "complex64": 64,
    "complex128": 128,
}
"""Bits of one element; narrow ones are packed. Texts and resources have none."""

OPERATORS: dict[int, str] = {
    code: name for name, code in vars(BuiltinOperator).items() if isinstance(code, int)
} | {209: "STABLEHLO_CASE"}

_ACTIVATED = "FusedActivationFunction"
_STRIDES = ("Padding", "StrideW", "StrideH", _ACTIVATED)
_DILATIONS = ("DilationWFactor", "DilationHFactor")
_MASKS = ("BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask")

# Operator -> (its table of options, the fields that are read).
OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CONV_2D": ("Conv2DOptions", (*_STRIDES, *_DILATIONS)),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", (*_STRIDES, *_DILATIONS)),
    "TRANSPOSE_CONV": ("TransposeConvOptions", _STRIDES),
    "CONV_3D": ("Conv3DOptions", (*_STRIDES, "StrideD", "DilationDFactor", *_DILATIONS)),
    "CONV_3D_TRANSPOSE": ("Conv3DOptions", (*_STRIDES, "StrideD", "DilationDFactor", *_DILATIONS)),
    "FULLY_CONNECTED": ("FullyConnectedOptions", (_ACTIVATED, "KeepNumDims")),
    "BATCH_MATMUL": ("BatchMatMulOptions", ("AdjX", "AdjY")),
    **dict.fromkeys(
        ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"),
        ("Pool2DOptions", (*_STRIDES, "FilterWidth", "FilterHeight")),
    ),
    "ADD": ("AddOptions", (_ACTIVATED,)),
    "SUB": ("SubOptions", (_ACTIVATED,)),
    "MUL": ("MulOptions", (_ACTIVATED,)),
    "DIV": ("DivOptions", (_ACTIVATED,)),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", _ACTIVATED)),
    "L2_NORMALIZATION": ("L2NormOptions", (_ACTIVATED,)),
    **dict.fromkeys(
        ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL"),
        ("ReducerOptions", ("KeepDims",)),
    ),
    "RESHAPE": ("ReshapeOptions", ("NewShape",)),
    "SQUEEZE": ("SqueezeOptions", ("SqueezeDims",)),
    "STRIDED_SLICE": ("StridedSliceOptions", _MASKS),
    "SPLIT": ("SplitOptions", ("NumSplits",)),
    "SPLIT_V": ("SplitVOptions", ("NumSplits",)),
    "PACK": ("PackOptions", ("Axis",)),
    "UNPACK": ("UnpackOptions", ("Axis", "Num")),
    "GATHER": ("GatherOptions", ("Axis", "BatchDims")),
    "SHAPE": ("ShapeOptions", ()),
    "CAST": ("CastOptions", ("OutDataType",)),
    "DEPTH_TO_SPACE": ("DepthToSpaceOptions", ("BlockSize",)),
    "SPACE_TO_DEPTH": ("SpaceToDepthOptions", ("BlockSize",)),
    "SVDF": ("SVDFOptions", ("Rank", _ACTIVATED)),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("UnidirectionalSequenceLSTMOptions", ("TimeMajor",)),
    "UNIDIRECTIONAL_SEQUENCE_RNN": ("SequenceRNNOptions", ("TimeMajor",)),
    "BIDIRECTIONAL_SEQUENCE_RNN": ("BidirectionalSequenceRNNOptions", ("TimeMajor", "MergeOutputs")),
    "BIDIRECTIONAL_SEQUENCE_LSTM": ("BidirectionalSequenceLSTMOptions", ("TimeMajor", "MergeOutputs")),
    "WHILE": ("WhileOptions", ("CondSubgraphIndex", "BodySubgraphIndex")),
    "IF": ("IfOptions", ("ThenSubgraphIndex", "ElseSubgraphIndex")),
    "CALL_ONCE": ("CallOnceOptions", ("InitSubgraphIndex",)),
    "VAR_HANDLE": ("VarHandleOptions", ()),
    "ONE_HOT": ("OneHotOptions", ("Axis",)),
}
COMPOSITE = "STABLEHLO_COMPOSITE"
COMPOSITE_TABLE = 21
"""Value of the second union of options for a composite."""

OPTION_TYPES: dict[str, int] = {
    name: code for name, code in vars(BuiltinOptions).items() if isinstance(code, int)
}
ACTIVATIONS: dict[int, str] = {1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH", 5: "SIGN_BIT"}
"""ActivationFunctionType of the schema; 0 is none."""
