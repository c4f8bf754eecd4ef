"""Weights as a file stores them: how many numbers a tensor holds, and how many bytes have to be read for
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Attributes = Mapping[str, Any]

DEFAULT_BITS = 4
"""Bits of a packed weight where its operator does not say (the default of all their contracts)."""
_BITS_AT = {"QMoE": "expert_weight_bits"}
_PACKED_AT: dict[str, frozenset[int]] = {
    "GatherBlockQuantized": frozenset((0,)),
    "MatMulBnb4": frozenset((1,)),
    "MatMulFpQ4": frozenset((1,)),
    "MatMulNBits": frozenset((1,)),
    "QMoE": frozenset((2, 5, 8)),
}
"""Inputs whose bytes hold several weights each, by operator of com.microsoft."""

_BITS = re.compile(r"(?:float|int|uint)(\d+)")


def bits_of(dtype: str) -> int:
    """Bits of one element of a type of ours (`float32`, `int4`, `float8e4m3fn`, ...); 32 where unknown."""
    if dtype == "bfloat16":
        return 16
    found = _BITS.match(dtype)
    return int(found[1]) if found else 32


def stored_elements(op: str, attributes: Attributes, place: int, dtype: str, elements: int) -> int:
    """Weights in a tensor of `elements` that operator `op` reads at input `place`."""
    if place not in _PACKED_AT.get(op, ()) or bits_of(dtype) != 8:
        return elements
    if op in ("MatMulNBits", "MatMulBnb4") and {"K", "N"} <= attributes.keys():
        return int(attributes["K"]) * int(attributes["N"])  # the last block may be padded
    bits = int(attributes.get(_BITS_AT.get(op, "bits"), DEFAULT_BITS))
    return elements * 8 // bits if 0 < bits <= 8 else elements
