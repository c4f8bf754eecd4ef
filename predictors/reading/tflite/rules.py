"""All rules by operator."""

from __future__ import annotations

from functools import partial

from predictors.reading.tflite.rules_compute import (
    bidirectional_lstm,
    convolution,
    convolution_3d,
    depthwise_convolution,
    fully_connected,
    pool,
    product,
    sequence_lstm,
    svdf,
    transposed_convolution,
    transposed_convolution_3d,
)
from predictors.reading.tflite.rules_plain import PLAIN_RULES, Rule

RULES: dict[str, Rule] = {
    **PLAIN_RULES,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "TRANSPOSE_CONV": transposed_convolution,
    "CONV_3D": convolution_3d,
    "CONV_3D_TRANSPOSE": transposed_convolution_3d,
    "FULLY_CONNECTED": fully_connected,
    "BATCH_MATMUL": product,
    "AVERAGE_POOL_2D": partial(pool, "AveragePool"),
    "MAX_POOL_2D": partial(pool, "MaxPool"),
    "L2_POOL_2D": partial(pool, "LpPool"),
    "SVDF": svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": sequence_lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": bidirectional_lstm,
}
