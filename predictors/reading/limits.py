"""How large and how involved a model file may be before it is refused.

The limits are checked on the raw bytes, before any parser allocates memory for them. They are generous:
the largest networks met in practice (decoders of language models with quantisation nodes) have about ten
thousand nodes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one model file.

    `file_bytes`: size of the file (2 GiB - 1 is also the most that protobuf can hold); `kept_bytes`: what is
    left without weights; `nodes`: operators including those of subgraphs and functions, after functions are
    expanded too; `depth`: subgraphs inside subgraphs, types inside types; `functions`; `tensors`: inputs,
    outputs, initializers and shape records; `edges`: inputs and outputs of all operators (of one operator a
    quarter of that); `fields`: records walked in the file; `dimension` and `elements`: extent and size of a
    tensor. Real networks for edge devices stay at least several times below every one of them.
    """

    file_bytes: int = 2**31 - 1
    kept_bytes: int = 64 * 2**20
    nodes: int = 20_000
    depth: int = 12
    functions: int = 2_000
    tensors: int = 60_000
    edges: int = 200_000
    fields: int = 1_000_000
    dimension: int = 2**31 - 1
    elements: int = 2**42


DEFAULT_LIMITS = Limits()

FOLD_ELEMENTS = 4_096
"""Constants are computed up to this many elements; larger ones keep their shape only."""

FOLDED_ELEMENTS_IN_ALL = 2_000_000
"""Content of constants is kept up to this many elements over the whole model."""

VALUES_KEPT = 64
"""Constants up to this many elements show their content in `Tensor.values`."""
