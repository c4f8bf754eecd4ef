"""The tables of a TensorFlow Lite file that are followed, and what their fields are.

Written after the schema of version 3d (Apache-2.0, google-ai-edge/LiteRT, schema.fbs). Fields that stand in
no table here are never followed: they are dropped with the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

IDENTIFIER = b"TFL3"
PRUNED_IDENTIFIER = b"TFLp"
"""What stands in place of the identifier once weights are left out: they keep their length and lose their
content, so that a payload's length means nothing to the file's end any more."""
IDENTIFIER_OFFSET = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind`: "scalar", "vector" (of scalars), "text", "table", "tables", "payload" or "options".

    `size`: bytes of the scalar, or of one element of the vector; `table`: the name of the table it leads to.
    """

    kind: str
    size: int = 4
    table: str = ""


_BYTE = Field("scalar", 1)
_WORD = Field("scalar", 4)
_LONG = Field("scalar", 8)
_INTS = Field("vector", 4)
_TEXT = Field("text", 1)
_PAYLOAD = Field("payload", 1)
_OPTIONS = Field("options")


def _tables(name: str) -> Field:
    return Field("tables", table=name)


TABLES: dict[str, dict[int, Field]] = {
    "Model": {
        0: _WORD,
        1: _tables("OperatorCode"),
        2: _tables("SubGraph"),
        3: _TEXT,
        4: _tables("Buffer"),
        7: _tables("SignatureDef"),
    },
    "OperatorCode": {0: _BYTE, 1: _TEXT, 2: _WORD, 3: _WORD},
    "SubGraph": {0: _tables("Tensor"), 1: _INTS, 2: _INTS, 3: _tables("Operator"), 4: _TEXT},
    "Tensor": {
        0: _INTS,
        1: _BYTE,
        2: _WORD,
        3: _TEXT,
        4: Field("table", table="Quantization"),
        5: _BYTE,
        6: Field("table", table="Sparsity"),
        7: _INTS,
        8: _BYTE,
        10: _WORD,
    },
    "Quantization": {2: Field("vector", 4), 3: Field("vector", 8), 4: _BYTE, 6: _WORD},
    "Sparsity": {},
    "Operator": {
        0: _WORD,
        1: _INTS,
        2: _INTS,
        3: _BYTE,
        4: _OPTIONS,
        9: _LONG,
        10: _LONG,
        11: _BYTE,
        12: _OPTIONS,
    },
    "Buffer": {0: _PAYLOAD, 1: _LONG, 2: _LONG},
    "SignatureDef": {
        0: _tables("TensorMap"),
        1: _tables("TensorMap"),
        2: _TEXT,
        4: _WORD,
    },
    "TensorMap": {0: _TEXT, 1: _WORD},
    # Options: only scalars are read of most of them.
    "Options": {},
    "ReshapeOptions": {0: _INTS},
    "SqueezeOptions": {0: _INTS},
    "CompositeOptions": {0: _TEXT, 1: _WORD},
}

OPTION_TABLES: dict[tuple[int, int], str] = {
    (3, 17): "ReshapeOptions",
    (3, 30): "SqueezeOptions",
    (11, 21): "CompositeOptions",
}
"""(field of the union's type, its value) -> table; all other options hold nothing that is followed."""

MOST: dict[str, int] = {
    "OperatorCode": 2_000,
    "SubGraph": 500,
    "Tensor": 60_000,
    "Operator": 20_000,
    "Buffer": 100_000,
    "SignatureDef": 500,
    "TensorMap": 20_000,
}
"""Entries of one vector of tables. The largest real files met have 12 subgraphs and 2,000 operators."""

VECTOR_ELEMENTS = 65_536
"""Elements of one vector of numbers: shapes, indices of tensors, scales (one per channel)."""

KEPT_BYTES = 4_096
"""Content of a buffer is kept up to this many bytes: shapes, axes, bounds; weights are larger, or unread."""

USUAL_DESCRIPTION = 128
"""Bytes of a table's description, for 62 fields: a longer one counts once more for each so many bytes."""

VISITS = 400_000
"""Tables walked in one file, each way to one counted: about two seconds."""
