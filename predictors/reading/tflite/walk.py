"""A walk over a TensorFlow Lite file that checks every offset before it is followed.

Nothing else reads an unverified file: the schema package follows whatever a file says. The walk knows where
tables and vectors lie, so it also says which bytes matter; weights do not.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from data.messages import Message
from predictors.errors import ModelError
from predictors.reading.tflite.schema import (
    IDENTIFIER,
    IDENTIFIER_OFFSET,
    KEPT_BYTES,
    MOST,
    OPTION_TABLES,
    PRUNED_IDENTIFIER,
    TABLES,
    USUAL_DESCRIPTION,
    VECTOR_ELEMENTS,
    VISITS,
    Field,
)

_UOFFSET = struct.Struct("<I")
_SOFFSET = struct.Struct("<i")
_UNSIGNED = {1: struct.Struct("<B"), 4: struct.Struct("<I"), 8: struct.Struct("<Q")}
_VTABLE_HEAD = struct.Struct("<HH")
_SMALLEST_VTABLE = 4


@dataclass(slots=True)
class Walk:
    """What was found: `spans` (start, end) of bytes that matter, and the places that hold an offset.

    `forward`: (place, target) of 32-bit offsets; `back`: (table, vtable) of signed ones; `far`: (place,
    start) of 64-bit positions counted from the file's first byte.
    """

    view: memoryview
    most: int = VISITS
    spans: list[tuple[int, int]] = field(default_factory=list)
    forward: list[tuple[int, int]] = field(default_factory=list)
    back: list[tuple[int, int]] = field(default_factory=list)
    far: list[tuple[int, int]] = field(default_factory=list)
    _seen: set[tuple[int, str]] = field(default_factory=set)
    _visits: int = 0
    _is_pruned: bool = False

    def run(self) -> None:
        """Walk from the root. Raises ModelError: MODEL_TRUNCATED, MODEL_MALFORMED or MODEL_TOO_COMPLEX."""
        head = IDENTIFIER_OFFSET + len(IDENTIFIER)
        self._keep(0, head)
        self._is_pruned = bytes(self.view[IDENTIFIER_OFFSET:head]) == PRUNED_IDENTIFIER
        waiting = [(self._follow(0), "Model")]
        while waiting:
            place, name = waiting.pop()
            self._visit()
            if (place, name) not in self._seen:
                self._seen.add((place, name))
                waiting.extend(self._table(place, name))

    def _visit(self, how_many: int = 1) -> None:
        self._visits += how_many
        if self._visits > self.most:
            raise too_complex(Message("more than {most:,} tables", most=self.most))

    def _table(self, place: int, name: str) -> list[tuple[int, str]]:
        """Check one table; the tables it leads to."""
        fields, size = self._fields(place, max(TABLES[name], default=-1) + 1)
        found: list[tuple[int, str]] = []
        for index, what in TABLES[name].items():
            offset = fields.get(index, 0)
            if not offset:
                continue
            width = what.size if what.kind == "scalar" else 4
            if offset + width > size:
                raise malformed(place, Message("a field lies outside its table"))
            if what.kind != "scalar":
                found.extend(self._lead(what, place + offset, index, place, fields))
        if name == "Buffer":
            self._buffer(place, fields)
        return found

    def _fields(self, place: int, known: int) -> tuple[dict[int, int], int]:
        """Offsets of a table's first `known` fields by index, and the table's size (bytes).

        All its fields are checked, so that a description of very many counts as several tables.
        """
        vtable = place - int(self._read(_SOFFSET, place))
        if vtable < IDENTIFIER_OFFSET:
            raise malformed(place, Message("a table's description lies before the file"))
        length, size = self._read_pair(vtable)
        if length < _SMALLEST_VTABLE or length % 2 or size < _SMALLEST_VTABLE:
            raise malformed(vtable, Message("a table's description has an impossible size"))
        self._keep(vtable, vtable + length)
        self._keep(place, place + size)
        self.back.append((place, vtable))
        self._visit(length // USUAL_DESCRIPTION)
        offsets = struct.unpack_from(f"<{length // 2 - 2}H", self.view, vtable + 4)
        if max(offsets, default=0) >= size:
            raise malformed(vtable, Message("a field lies outside its table"))
        return dict(enumerate(offsets[:known])), size

    def _lead(
        self, what: Field, at: int, index: int, place: int, fields: dict[int, int]
    ) -> list[tuple[int, str]]:
        """Follow the offset at `at`, which field `index` of the table at `place` holds."""
        target = self._follow(at)
        if what.kind == "table":
            return [(target, what.table)]
        if what.kind == "options":
            kind = fields.get(index - 1, 0)
            union = self.view[place + kind] if kind else 0
            return [(target, OPTION_TABLES.get((index - 1, union), "Options"))]
        if what.kind == "tables":
            return self._tables(target, what.table)
        self._vector(target, what)
        return []

    def _tables(self, target: int, name: str) -> list[tuple[int, str]]:
        count = int(self._read(_UOFFSET, target))
        if count > MOST[name]:
            raise too_complex(
                Message("more than {most:,} entries of kind {kind}", most=MOST[name], kind=name)
            )
        self._keep(target, target + 4 + 4 * count)
        return [(self._follow(target + 4 + 4 * entry), name) for entry in range(count)]

    def _vector(self, target: int, what: Field) -> None:
        count = int(self._read(_UOFFSET, target))
        end = target + 4 + count * what.size
        left_out = what.kind == "payload" and count > KEPT_BYTES
        if end > len(self.view) and not (left_out and self._is_pruned):
            raise truncated(target, len(self.view))
        if left_out:
            end = target + 4
        elif what.kind == "vector" and count > VECTOR_ELEMENTS:
            raise too_complex(Message("a list of more than {most:,} numbers", most=VECTOR_ELEMENTS))
        elif what.kind == "text" and count > VECTOR_ELEMENTS:
            raise too_complex(Message("a name of more than {most:,} bytes", most=VECTOR_ELEMENTS))
        self._keep(target, end)

    def _buffer(self, place: int, fields: dict[int, int]) -> None:
        """A buffer may point to bytes behind the tables, by a position in the file and a size."""
        start, size = (self._scalar(place, fields.get(index, 0), 8) for index in (1, 2))
        if start <= 1 or size <= 1:
            return
        left_out = size > KEPT_BYTES
        if start + size > len(self.view) and not (left_out and self._is_pruned and start <= len(self.view)):
            raise truncated(start, len(self.view))
        self.far.append((place + fields[1], start))
        self._keep(start, start + (0 if left_out else size))

    def _scalar(self, place: int, offset: int, size: int) -> int:
        return int(self._read(_UNSIGNED[size], place + offset)) if offset else 0

    def _follow(self, at: int) -> int:
        distance = int(self._read(_UOFFSET, at))
        target = at + distance
        if distance == 0:
            raise malformed(at, Message("an offset leads to itself"))
        if target + 4 > len(self.view):
            raise truncated(at, len(self.view))
        self.forward.append((at, target))
        return target

    def _read(self, form: struct.Struct, at: int) -> int:
        if at + form.size > len(self.view):
            raise truncated(at, len(self.view))
        number: int = form.unpack_from(self.view, at)[0]
        return number

    def _read_pair(self, at: int) -> tuple[int, int]:
        if at + _VTABLE_HEAD.size > len(self.view):
            raise truncated(at, len(self.view))
        length, size = _VTABLE_HEAD.unpack_from(self.view, at)
        return length, size

    def _keep(self, start: int, end: int) -> None:
        if end > len(self.view):
            raise truncated(start, len(self.view))
        self.spans.append((start, end))


def malformed(offset: int, reason: Message) -> ModelError:
    """The error for a file whose structure makes no sense at a byte."""
    return ModelError(
        "MODEL_MALFORMED",
        "The file starts like TensorFlow Lite but makes no sense at byte {offset:,} ({reason}). It is "
        "probably damaged: copy or convert it again.",
        offset=offset,
        reason=reason,
    )


def truncated(offset: int, size: int) -> ModelError:
    """The error for a file that leads behind its own end."""
    return ModelError(
        "MODEL_TRUNCATED",
        "The TensorFlow Lite file leads from byte {offset:,} to behind its end ({size:,} bytes). The copy or "
        "download was probably interrupted: fetch the file again.",
        offset=offset,
        size=size,
    )


def too_complex(what: Message) -> ModelError:
    """The error for a file that holds more than is read; `what` names it."""
    return ModelError(
        "MODEL_TOO_COMPLEX",
        "The TensorFlow Lite file holds {what}. Real networks are smaller: check how the file was made, or "
        "split the model.",
        what=what,
    )
