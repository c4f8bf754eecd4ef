"""Messages between a process and its reader: eight bytes of length (little-endian), then that many bytes."""

from __future__ import annotations

from typing import IO

MAX_FRAME = 512 * 2**20  # the largest answer (`budgets`) is an eighth of it; more is damage
_HEADER = 8


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Send one message."""
    stream.write(len(payload).to_bytes(_HEADER, "little"))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next message; None when the other side is gone or sends something that is none."""
    header = stream.read(_HEADER)
    if len(header) < _HEADER:
        return None
    length = int.from_bytes(header, "little")
    if length > MAX_FRAME:
        return None
    payload = stream.read(length)
    return payload if len(payload) == length else None
