"""The sizes of an attention operator, whichever of its spellings a file has.

One operator, many contracts: heads are an axis of their own or part of the width, queries, keys and values
come apart or packed, keys and values of earlier tokens are an input, and some spellings hold the projections
too. Everything that counts the work of an attention (shapes, multiply-accumulates, configurations) starts
here. Contracts: https://onnx.ai/onnx/operators/onnx__Attention.html and
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from predictors.model.graph import Shape

Shapes = Sequence[Shape | None]
Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AttentionSizes:
    """Sizes in elements. `keys` counts those of earlier tokens (`past`) too; `head` and `value_head` are
    widths
    of one head. `projection` is (rows, input width, output width) of a matrix product inside the operator."""

    batch: int
    heads: int
    kv_heads: int
    queries: int
    keys: int
    head: int
    value_head: int
    projection: tuple[int, int, int] | None = None

    @property
    def macs(self) -> int:
        """Scores of every query against every key, the weighted sum of values, and the projection inside.

        A causal mask changes nothing: runtimes compute the scores and then hide them.
        """
        pairs = self.batch * self.heads * self.queries * self.keys
        return pairs * (self.head + self.value_head) + prod(self.projection or (0,))


def attention_sizes(
    op: str, domain: str, shapes: Shapes, attributes: Attributes, total: int | None = None
) -> AttentionSizes | None:
    """The sizes of an attention operator; None for another operator, or where too little is known.

    `shapes` are those of the node's inputs in order (None: absent or unknown). `total` is the number of keys
    where the file states it as a constant.
    """
    rule = _RULES.get((domain, op))
    if rule is None:
        return None
    try:
        sizes = rule(shapes, attributes)
    except (IndexError, KeyError, TypeError, ValueError, ZeroDivisionError):
        return None  # inputs or attributes that the contract does not have
    if total is not None and 0 < total <= sizes.keys:  # the cache is larger than what is filled of it
        return AttentionSizes(
            sizes.batch, sizes.heads, sizes.kv_heads, sizes.queries, total, sizes.head, sizes.value_head
        )
    return sizes


TOTAL_KEYS_AT = {("com.microsoft", "GroupQueryAttention"): 6}
"""Input that states the number of keys, earlier ones included."""


def _at(shapes: Shapes, place: int) -> Shape | None:
    return shapes[place] if place < len(shapes) else None


def _needed(shapes: Shapes, place: int) -> Shape:
    shape = shapes[place]
    if shape is None:
        raise KeyError(place)
    return shape


def _length_of_past(shapes: Shapes, place: int) -> int:
    """Earlier tokens: the last axis but one, with heads in front of it."""
    past = _at(shapes, place)
    return 0 if past is None else past[-2]


def _heads_and_rows(shape: Shape, heads: int) -> tuple[int, int, int, int]:
    """(batch, heads, rows, width of a head) of (B, S, heads * D) or (B, heads, S, D)."""
    if len(shape) == 4:
        return shape[0], shape[1], shape[2], shape[3]
    batch, rows, width = shape
    return batch, heads, rows, width // heads


def _standard(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
    query_heads = int(attributes.get("q_num_heads", 1))
    key_heads = int(attributes.get("kv_num_heads", query_heads))
    return _apart(shapes, query_heads, key_heads, past=4)


def _apart(shapes: Shapes, query_heads: int, key_heads: int, past: int) -> AttentionSizes:
    """Queries, keys and values as the first three inputs."""
    batch, heads, queries, head = _heads_and_rows(_needed(shapes, 0), query_heads)
    _, kv_heads, keys, _ = _heads_and_rows(_needed(shapes, 1), key_heads)
    *_, value_head = _heads_and_rows(_needed(shapes, 2), key_heads)
    keys += _length_of_past(shapes, past)
    return AttentionSizes(batch, heads, kv_heads, queries, keys, head, value_head)


def _multi_head(past: int) -> Callable[[Shapes, Attributes], AttentionSizes]:
    def rule(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
        heads, query, key = int(attributes["num_heads"]), _needed(shapes, 0), _at(shapes, 1)
        if len(query) == 5:  # (B, S, heads, 3, D): queries, keys and values in one
            batch, rows, heads, _, head = query
            keys = rows + _length_of_past(shapes, past)
            return AttentionSizes(batch, heads, heads, rows, keys, head, head)
        batch, heads, queries, head = _heads_and_rows(query, heads)
        if key is not None and len(key) == 5:  # (B, T, heads, 2, D): keys and values in one
            keys = key[1] + _length_of_past(shapes, past)
            return AttentionSizes(batch, heads, heads, queries, keys, head, key[4])
        if key is None:  # nothing but the cache: cross attention whose keys were computed earlier
            earlier, values = _needed(shapes, past), _needed(shapes, past + 1)
            return AttentionSizes(batch, heads, heads, queries, earlier[-2], head, values[-1])
        if len(key) == 4:  # keys and values of an encoder, heads first; nothing is added to them
            value = _needed(shapes, 2)
            return AttentionSizes(batch, heads, heads, queries, key[2], head, value[-1])
        return _apart(shapes, heads, heads, past)

    return rule


def _grouped(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
    heads, kv_heads = int(attributes["num_heads"]), int(attributes["kv_num_heads"])
    query, past = _needed(shapes, 0), _length_of_past(shapes, 3)
    if _at(shapes, 1) is None:  # queries, keys and values side by side
        batch, rows, width = query
        head = width // (heads + 2 * kv_heads)
        return AttentionSizes(batch, heads, kv_heads, rows, rows + past, head, head)
    return _apart(shapes, heads, kv_heads, past=3)


def _projecting(past: int) -> Callable[[Shapes, Attributes], AttentionSizes]:
    def rule(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
        """(B, S, C) and weights (C, queries + keys + values)."""
        batch, rows, width = _needed(shapes, 0)
        weight = _needed(shapes, 1)
        heads = int(attributes.get("num_heads", 1))  # MACs do not depend on it
        widths = attributes.get("qkv_hidden_sizes") or (weight[1] // 3,) * 3
        keys = rows + _length_of_past(shapes, past)
        projection = (batch * rows, width, weight[1])
        head, value_head = int(widths[0]) // heads, int(widths[2]) // heads
        return AttentionSizes(batch, heads, heads, rows, keys, head, value_head, projection)

    return rule


def _packed_projecting(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
    """Tokens of all sequences in one list (T, C), weights, and where each lies: (B, longest sequence).

    Every sequence counts as the longest one, since the file does not say how long the others are.
    """
    (tokens, width), weight, (batch, rows) = _needed(shapes, 0), _needed(shapes, 1), _needed(shapes, 3)
    heads = int(attributes["num_heads"])
    widths = attributes.get("qkv_hidden_sizes") or (weight[1] // 3,) * 3
    head, value_head = int(widths[0]) // heads, int(widths[2]) // heads
    projection = (tokens, width, weight[1])
    return AttentionSizes(batch, heads, heads, rows, rows, head, value_head, projection)


def _packed_heads(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
    """Sizes without the projection: queries (T, heads * D), or all three packed (T, heads, 3, D)."""
    query, (batch, rows), heads = _needed(shapes, 0), _needed(shapes, 4), int(attributes["num_heads"])
    if len(query) == 4:
        return AttentionSizes(batch, heads, heads, rows, rows, query[3], query[3])
    value = _needed(shapes, 2)
    return AttentionSizes(batch, heads, heads, rows, rows, query[1] // heads, value[1] // heads)


def _windowed(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
    """LongformerAttention: (B, S, C), weights (C, 3 C), and the same again for tokens that see everything.

    A query sees `window` keys on either side. How many tokens see everything depends on the data: their
    attention is left out, the projection that is made for them (of all tokens) is not.
    """
    batch, rows, width = _needed(shapes, 0)
    weight, extra = _needed(shapes, 1), _at(shapes, 4)
    heads, window = int(attributes["num_heads"]), int(attributes["window"])
    keys, head = min(rows, 2 * window + 1), width // heads
    projection = (batch * rows, width, weight[-1] + (0 if extra is None else extra[-1]))
    return AttentionSizes(batch, heads, heads, rows, keys, head, head, projection)


def _sparse(shapes: Shapes, attributes: Attributes) -> AttentionSizes:
    """SparseAttention: grouped heads and a cache; a query sees the blocks of keys that a table lists.

    The table of columns is (layouts, most blocks), that of rows (layouts, rows + 1): the mean number of
    blocks in a row, times their size, is what a query sees.
    """
    heads, kv_heads = int(attributes["num_heads"]), int(attributes["kv_num_heads"])
    query = _needed(shapes, 0)
    head = query[-1] // (heads if _at(shapes, 1) is not None else heads + 2 * kv_heads)
    rows, columns = _needed(shapes, 5)[-1] - 1, _needed(shapes, 6)[-1]
    past = _at(shapes, 3)
    most = query[1] if past is None else max(past[-2], query[1])
    seen = -(-columns * int(attributes["sparse_block_size"]) // rows)
    return AttentionSizes(query[0], heads, kv_heads, query[1], min(most, seen), head, head)


_RULES: dict[tuple[str, str], Callable[[Shapes, Attributes], AttentionSizes]] = {
    ("", "Attention"): _standard,
    ("com.microsoft", "Attention"): _projecting(past=4),
    ("com.microsoft", "DecoderMaskedMultiHeadAttention"): _multi_head(past=5),
    ("com.microsoft", "DecoderMaskedSelfAttention"): _projecting(past=4),
    ("com.microsoft", "GroupQueryAttention"): _grouped,
    ("com.microsoft", "LongformerAttention"): _windowed,
    ("com.microsoft", "MultiHeadAttention"): _multi_head(past=6),
    ("com.microsoft", "PackedAttention"): _packed_projecting,
    ("com.microsoft", "PackedMultiHeadAttention"): _packed_heads,
    ("com.microsoft", "QAttention"): _projecting(past=8),
    ("com.microsoft", "SparseAttention"): _sparse,
}
ATTENTION_OPERATORS = frozenset(op for _, op in _RULES)
"""Names of all of them (of which "Attention" means two things, by its domain)."""
