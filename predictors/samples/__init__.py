"""Sample networks written by the project itself: small ONNX files with real shapes and no weights.

Importing this package does not import onnx; building a network does.
"""

from predictors.model.reference_networks import REFERENCE_DNNS
from predictors.samples.boards import BoardNetwork, board_network, parse_board_network_name
from predictors.samples.catalogue import CLASSIFIERS, SAMPLES, reference_bytes, sample, sample_bytes
from predictors.samples.entry import Sample
from predictors.samples.values import Precision
from predictors.samples.variants import VARIANT_FAMILIES, Variant, sample_variants
from predictors.samples.writer import write_samples

__all__ = [
    "CLASSIFIERS",
    "REFERENCE_DNNS",
    "SAMPLES",
    "VARIANT_FAMILIES",
    "BoardNetwork",
    "Precision",
    "Sample",
    "Variant",
    "board_network",
    "parse_board_network_name",
    "reference_bytes",
    "sample",
    "sample_bytes",
    "sample_variants",
    "write_samples",
]
