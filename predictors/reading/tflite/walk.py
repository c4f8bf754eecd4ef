"""A walk over a TensorFlow Lite file that checks every offset before it is followed.

Nothing else reads an unverified file: the schema package follows whatever a file says. The walk knows where
tables and vectors lie, so it also says which bytes matter; weights do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from data.messages import Message
from predictors.reading.flat_tables import FlatFile, outside, too_complex, truncated
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
    Field,
)


@dataclass(slots=True)
class Walk:
    """What was found: `spans` (start, end) of bytes that matter, and the places that hold an offset.

    `forward`: (place, target) of 32-bit offsets; `back`: (table, vtable) of signed ones; `far`: (place,
    start) of 64-bit positions counted from the file's first byte.
    """

    file: FlatFile
    spans: list[tuple[int, int]] = field(default_factory=list)
    forward: list[tuple[int, int]] = field(default_factory=list)
    back: list[tuple[int, int]] = field(default_factory=list)
    far: list[tuple[int, int]] = field(default_factory=list)
    _seen: set[tuple[int, str]] = field(default_factory=set)
    _is_pruned: bool = False

    def run(self) -> None:
        """Walk from the root. Raises ModelError: MODEL_TRUNCATED, MODEL_MALFORMED or MODEL_TOO_COMPLEX."""
        head = IDENTIFIER_OFFSET + len(IDENTIFIER)
        self._keep(0, head)
        self._is_pruned = bytes(self.file.view[IDENTIFIER_OFFSET:head]) == PRUNED_IDENTIFIER
        waiting = [(self._follow(0), "Model")]
        while waiting:
            place, name = waiting.pop()
            self.file.count()
            if (place, name) not in self._seen:
                self._seen.add((place, name))
                waiting.extend(self._table(place, name))

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
                raise outside(place)
            if what.kind != "scalar":
                found.extend(self._lead(what, place + offset, index, place, fields))
        if name == "Buffer":
            self._buffer(place, fields)
        return found

    def _fields(self, place: int, known: int) -> tuple[dict[int, int], int]:
        """Offsets of a table's first `known` fields by index, and the table's size (bytes).

        All its fields are checked, so that a description of very many counts as several tables.
        """
        start, length, size = self.file.described(place)
        self._keep(start, start + length)
        self._keep(place, place + size)
        self.back.append((place, start))
        self.file.count(length // USUAL_DESCRIPTION)
        offsets = self.file.several("H", start + 4, length // 2 - 2)
        if max(offsets, default=0) >= size:
            raise outside(place)
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
            union = self.file.view[place + kind] if kind else 0
            return [(target, OPTION_TABLES.get((index - 1, union), "Options"))]
        if what.kind == "tables":
            return self._tables(target, what.table)
        self._vector(target, what)
        return []

    def _tables(self, target: int, name: str) -> list[tuple[int, str]]:
        count = self.file.number("I", target)
        if count > MOST[name]:
            raise too_complex(
                Message("more than {most:,} entries of kind {kind}", most=MOST[name], kind=name)
            )
        self._keep(target, target + 4 + 4 * count)
        return [(self._follow(target + 4 + 4 * entry), name) for entry in range(count)]

    def _vector(self, target: int, what: Field) -> None:
        count = self.file.number("I", target)
        end = target + 4 + count * what.size
        left_out = what.kind == "payload" and count > KEPT_BYTES
        if end > len(self.file.view) and not (left_out and self._is_pruned):
            raise truncated(target, len(self.file.view))
        if left_out:
            end = target + 4
        elif what.kind == "vector" and count > VECTOR_ELEMENTS:
            raise too_complex(Message("a list of more than {most:,} numbers", most=VECTOR_ELEMENTS))
        elif what.kind == "text" and count > VECTOR_ELEMENTS:
            raise too_complex(Message("a name of more than {most:,} bytes", most=VECTOR_ELEMENTS))
        self._keep(target, end)

    def _buffer(self, place: int, fields: dict[int, int]) -> None:
        """A buffer may point to bytes behind the tables, by a position in the file and a size."""
        start, size = (self._long(place, fields.get(index, 0)) for index in (1, 2))
        if start <= 1 or size <= 1:
            return
        left_out, length = size > KEPT_BYTES, len(self.file.view)
        if start + size > length and not (left_out and self._is_pruned and start <= length):
            raise truncated(start, length)
        self.far.append((place + fields[1], start))
        self._keep(start, start + (0 if left_out else size))

    def _long(self, place: int, offset: int) -> int:
        return self.file.number("Q", place + offset) if offset else 0

    def _follow(self, at: int) -> int:
        target = self.file.follow(at)
        self.forward.append((at, target))
        return target

    def _keep(self, start: int, end: int) -> None:
        if end > len(self.file.view):
            raise truncated(start, len(self.file.view))
        self.spans.append((start, end))
