"""Sample networks written by the project itself: small ONNX files with real shapes and no weights.

Importing this package does not import onnx; building a network does.
"""

from predictors.samples.boards import BoardNetwork, board_network, parse_board_network_name
from predictors.samples.catalogue import SAMPLES, Sample, sample, sample_bytes
from predictors.samples.values import Precision
from predictors.samples.writer import write_samples

__all__ = [
    "SAMPLES",
    "BoardNetwork",
    "Precision",
    "Sample",
    "board_network",
    "parse_board_network_name",
    "sample",
    "sample_bytes",
    "write_samples",
]
