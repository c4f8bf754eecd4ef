"""A TensorFlow Lite file without its weights, as a smaller file of the same format."""

from __future__ import annotations

import struct
from bisect import bisect_right

from data.messages import Message
from predictors.reading.flat_tables import FlatFile, too_complex
from predictors.reading.limits import Limits
from predictors.reading.tflite.schema import IDENTIFIER, IDENTIFIER_OFFSET, PRUNED_IDENTIFIER, VISITS
from predictors.reading.tflite.walk import Walk

_PADDING = 16
"""Zero bytes at the end, so that a number read at the last byte of a table stays inside."""


def is_tflite(view: memoryview | bytes) -> bool:
    """Whether the first bytes are those of a TensorFlow Lite file, with its weights or without."""
    end = IDENTIFIER_OFFSET + len(IDENTIFIER)
    return bytes(view[IDENTIFIER_OFFSET:end]) in (IDENTIFIER, PRUNED_IDENTIFIER)


def prune_tflite(view: memoryview, limits: Limits) -> bytes:
    """The verified tables of a file, moved together; weights keep their length and lose their content.

    Pruning what was pruned gives the same bytes again. Raises ModelError:
    MODEL_TRUNCATED, MODEL_MALFORMED or MODEL_TOO_COMPLEX.
    """
    walk = Walk(FlatFile(view, min(VISITS, limits.fields)))
    walk.run()
    spans = _merged(walk.spans)
    kept = sum(end - start for start, end in spans)
    if kept > limits.kept_bytes:
        raise too_complex(Message("more than {most:,} bytes without its weights", most=limits.kept_bytes))
    places = _Places(spans)
    pruned = bytearray().join(view[start:end] for start, end in spans) + bytes(_PADDING)
    for at, target in walk.forward:
        struct.pack_into("<I", pruned, places.new(at), places.new(target) - places.new(at))
    for table, vtable in walk.back:
        struct.pack_into("<i", pruned, places.new(table), places.new(table) - places.new(vtable))
    for at, start in walk.far:
        struct.pack_into("<Q", pruned, places.new(at), places.new(start))
    pruned[IDENTIFIER_OFFSET : IDENTIFIER_OFFSET + len(PRUNED_IDENTIFIER)] = PRUNED_IDENTIFIER
    return bytes(pruned)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


class _Places:
    """From positions in the file to positions in what is kept of it."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in spans]
        self._new: list[int] = []
        total = 0
        for start, end in spans:
            self._new.append(total)
            total += end - start

    def new(self, position: int) -> int:
        """Where the byte at a kept position of the file is now."""
        span = bisect_right(self._starts, position) - 1
        return self._new[span] + position - self._starts[span]
