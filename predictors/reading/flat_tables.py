"""Reading FlatBuffers without a schema package: every offset is checked before it is followed.

The format: https://flatbuffers.dev/internals/. A table starts with the distance back to its description,
which lists where each field (a "slot") lies; vectors and texts start with their length. Files of ONNX Runtime
are read with `Table`; those of TensorFlow Lite are walked over first (`predictors.reading.tflite.walk`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.messages import Message
from predictors.errors import ModelError

MOST_READ = 1_000_000
"""Tables, texts and entries of lists read in one file: a file that leads to one place again and again ends
here; a transformer of 2,000 operators has 50,000.
"""
LONGEST_TEXT = 10_000
"""Bytes of a name: longer ones are no names."""
USUAL_TEXT = 100
"""A longer text counts once more for each so many bytes: many lists may lead to one text."""


ORT_IDENTIFIER, IDENTIFIER_OFFSET = b"ORTM", 4


def is_ort(view: memoryview | bytes) -> bool:
    """Whether the first bytes are those of an .ort file."""
    return bytes(view[IDENTIFIER_OFFSET : IDENTIFIER_OFFSET + len(ORT_IDENTIFIER)]) == ORT_IDENTIFIER


_ONE = {form: struct.Struct(f"<{form}") for form in "bBhHiIqQf"}
_HEAD = struct.Struct("<HH")
_SMALLEST_DESCRIPTION = 4  # bytes: its own size and the table's, two each


@dataclass(slots=True)
class FlatFile:
    """A file's bytes and how much of it was read so far, of the `most` that is read."""

    view: memoryview
    most: int = MOST_READ
    read: int = 0

    def number(self, form: str, at: int) -> int:
        """The whole number at a position, in `struct`'s letters. Raises ModelError MODEL_TRUNCATED."""
        one = _ONE[form]
        if at < 0 or at + one.size > len(self.view):
            raise truncated(max(at, 0), len(self.view))
        number: int = one.unpack_from(self.view, at)[0]
        return number

    def several(self, form: str, at: int, how_many: int) -> tuple[Any, ...]:
        """So many numbers from a position on."""
        if at < 0:
            raise truncated(0, len(self.view))
        try:
            return struct.unpack_from(f"<{how_many}{form}", self.view, at)
        except struct.error:
            raise truncated(at, len(self.view)) from None

    def follow(self, at: int) -> int:
        """Where the offset at a position leads: to four bytes or more that lie in the file."""
        distance = self.number("I", at)
        if distance == 0:
            raise malformed(at, Message("an offset leads to itself"))
        if at + distance + 4 > len(self.view):
            raise truncated(at, len(self.view))
        return at + distance

    def count(self, how_many: int = 1) -> None:
        """Count what is read. Raises ModelError MODEL_TOO_COMPLEX beyond the limit."""
        self.read += how_many
        if self.read > self.most:
            raise too_complex(Message("more than {most:,} tables and entries of lists", most=self.most))

    def described(self, place: int) -> tuple[int, int, int]:
        """Where the description of a table starts, its length, and the table's size (bytes), all in the file.

        Raises ModelError where the description makes no sense.
        """
        start = place - self.number("i", place)
        if start < IDENTIFIER_OFFSET:
            raise malformed(place, Message("a table's description lies before the file"))
        if start + _HEAD.size > len(self.view):
            raise truncated(start, len(self.view))
        length, size = _HEAD.unpack_from(self.view, start)
        if length < _SMALLEST_DESCRIPTION or length % 2 or size < _SMALLEST_DESCRIPTION:
            raise malformed(start, Message("a table's description has an impossible size"))
        if max(start + length, place + size) > len(self.view):
            raise truncated(start, len(self.view))
        return start, length, size

    def table(self, place: int) -> Table:
        """The table at a position. Raises ModelError where its description makes no sense."""
        self.count()
        start, length, size = self.described(place)
        return Table(self, place, start + 4, length // 2 - 2, size)

    def entries(self, place: int, width: int) -> tuple[int, int]:
        """Where the entries of a list start, and how many there are; all of them lie in the file."""
        found = self.number("I", place)
        if place + 4 + found * width > len(self.view):
            raise truncated(place, len(self.view))
        return place + 4, found

    def text_at(self, place: int) -> str:
        """A text. Raises ModelError where it is too long for a name."""
        start, length = self.entries(place, 1)
        self.count(1 + length // USUAL_TEXT)
        if length > LONGEST_TEXT:
            raise malformed(place, Message("a name of more than {most:,} bytes", most=LONGEST_TEXT))
        return bytes(self.view[start : start + length]).decode("utf-8", "replace")


@dataclass(slots=True)
class Table:
    """One table; fields by their slot. What is not there has the usual value: 0, "" or nothing.

    `described`: where its description lists its slots; `slots`: how many; `size`: of the table (bytes). A
    slot is looked up when it is asked for: a description of 32,764 slots that every table shares would
    otherwise cost time and memory for each of them.
    """

    file: FlatFile
    place: int
    described: int
    slots: int
    size: int

    def _at(self, slot: int) -> int:
        offset = self.file.number("H", self.described + 2 * slot) if slot < self.slots else 0
        if offset >= self.size:
            raise outside(self.place)
        return self.place + offset if offset else 0

    def number(self, slot: int, form: str = "i") -> int:
        """A whole number."""
        return self.file.number(form, self._at(slot)) if self._at(slot) else 0

    def real(self, slot: int) -> float:
        """A 32-bit real number."""
        return float(self.file.several("f", self._at(slot), 1)[0]) if self._at(slot) else 0.0

    def text(self, slot: int) -> str:
        """A text."""
        return self.file.text_at(self.file.follow(self._at(slot))) if self._at(slot) else ""

    def table(self, slot: int) -> Table | None:
        """Another table."""
        return self.file.table(self.file.follow(self._at(slot))) if self._at(slot) else None

    def _list(self, slot: int, width: int) -> tuple[int, int]:
        if not self._at(slot):
            return 0, 0
        return self.file.entries(self.file.follow(self._at(slot)), width)

    def tables(self, slot: int) -> Iterator[Table]:
        """A list of tables."""
        start, found = self._list(slot, 4)
        for entry in range(found):
            yield self.file.table(self.file.follow(start + 4 * entry))

    def texts(self, slot: int) -> list[str]:
        """A list of texts."""
        start, found = self._list(slot, 4)
        self.file.count(found)
        return [self.file.text_at(self.file.follow(start + 4 * entry)) for entry in range(found)]

    def numbers(self, slot: int, form: str = "q") -> list[int]:
        """A list of whole numbers."""
        width = struct.calcsize(form)
        start, found = self._list(slot, width)
        self.file.count(found)
        return list(self.file.several(form, start, found))

    def reals(self, slot: int) -> list[float]:
        """A list of 32-bit real numbers."""
        start, found = self._list(slot, 4)
        self.file.count(found)
        return list(self.file.several("f", start, found))

    def content(self, slot: int) -> memoryview:
        """A list of bytes, as a view of the file."""
        start, found = self._list(slot, 1)
        return self.file.view[start : start + found]


def outside(place: int) -> ModelError:
    """The error for a field that its table has no room for."""
    return malformed(place, Message("a field lies outside its table"))


def malformed(offset: int, reason: Message) -> ModelError:
    """The error for a file whose structure makes no sense at a byte."""
    return ModelError(
        "MODEL_MALFORMED",
        "The file makes no sense at byte {offset:,} ({reason}). It is probably damaged: copy or convert it "
        "again.",
        offset=offset,
        reason=reason,
    )


def truncated(offset: int, size: int) -> ModelError:
    """The error for a file that leads behind its own end."""
    return ModelError(
        "MODEL_TRUNCATED",
        "The file leads from byte {offset:,} to behind its end ({size:,} bytes). The copy or download was "
        "probably interrupted: fetch the file again.",
        offset=offset,
        size=size,
    )


def too_complex(what: Message) -> ModelError:
    """The error for a file that holds more than is read; `what` names it."""
    return ModelError(
        "MODEL_TOO_COMPLEX",
        "The file holds {what}. Real networks are smaller: check how the file was made, or split the model.",
        what=what,
    )
