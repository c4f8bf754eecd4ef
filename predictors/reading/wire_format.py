"""The protobuf wire format, as little of it as the reader needs: walking the fields of a message.

Encoding: https://protobuf.dev/programming-guides/encoding/ (records of a tag and a value;
wire types 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from data.messages import Message

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Field: TypeAlias = tuple[int, int, int, int, int]
"""Field number, wire type, where the record starts, where its value starts, where it ends (byte offsets)."""


class WireError(Exception):
    """The bytes break the wire format at byte `offset`."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.offset = offset
        self.reason = reason


class WireEndError(WireError):
    """The bytes end in the middle of a record."""


def read_varint(view: memoryview, offset: int, end: int) -> tuple[int, int]:
    """The number that starts at `offset` (64 bits at most), and the offset after it."""
    value = shift = 0
    position = offset
    while position < end:
        byte = view[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
        if shift > 63:
            raise WireError(offset, Message("a number is longer than ten bytes"))
    raise WireEndError(offset, Message("the bytes end inside a number"))


def walk(view: memoryview, start: int, end: int) -> Iterator[Field]:
    """The records of the message in `view[start:end]`, in file order, without copying their values."""
    position = start
    while position < end:
        record = position
        tag = view[position]
        position += 1
        if tag >= 0x80:
            tag, position = read_varint(view, record, end)
        wire = tag & 7
        value = position
        if wire == BYTES:
            length = view[position] if position < end else 0x80
            if length < 0x80:
                position += 1
            else:
                length, position = read_varint(view, position, end)
            value = position
            position += length
        elif wire == VARINT:
            _, position = read_varint(view, position, end)
        elif wire == FIXED32:
            position += 4
        elif wire == FIXED64:
            position += 8
        else:
            raise WireError(record, Message("record of unknown wire type {wire}", wire=wire))
        if position > end:
            raise WireEndError(record, Message("a record is longer than what is left"))
        yield tag >> 3, wire, record, value, position


def varint(value: int) -> bytes:
    """A non-negative number in wire format."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def message_field(number: int, payload: bytes) -> bytes:
    """A record of wire type 2 with its tag and length."""
    return varint(number << 3 | BYTES) + varint(len(payload)) + payload
